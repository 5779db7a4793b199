"""An online deployment with a scoring script whose environment has no server to run it.

Bad:
    code_configuration: {code: ./scoring, scoring_script: score.py}
    environment:
      image: mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04
      conda_file: {dependencies: [python=3.11, pip, {pip: [scikit-learn]}]}

Fix: add azureml-inference-server-http to the conda file. Reported only where everything installed is known:
Microsoft's bare base image, and a conda file of common packages; and not beside the spec of a model package,
which adds the server.

Source: https://github.com/Azure/azureml-examples/issues/2760 ("A required package
azureml-inference-server-http is missing"). Azure's images for inference have it, azureml-defaults brings it.
"""

from azml.core.environment import read_environment
from azml.core.finding import WARNING
from azml.core.place import Place
from azml.validator.findings import Findings, see, warning
from azml.validator.packages import installed, normalized
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("no-inference-server", severity=WARNING, since="0.2")

_KIND, _PACKAGE = "online_deployment", "model_package"
_SERVERS = {"azureml-inference-server-http", "azureml-defaults"}


def check_project(project: SpecProject) -> Findings:
    if _PACKAGE in project.kinds.values():
        return  # packaging a model adds the server
    for code in project.places("code_configuration"):
        if project.kinds.get(code.document.path) != _KIND or "scoring_script" not in code.data:
            continue
        environment = read_environment(project, Place(code.document, (*code.pointer[:-1], "environment")))
        known, names = installed(environment), {normalized(each.text) for each in environment.requirements}
        has_server = environment.definition and "inference_config" in environment.definition.data
        if known is not None and environment.conda and not names & _SERVERS and not has_server:
            message = "azureml-inference-server-http is not installed: nothing runs the scoring script"
            related = see("the scoring script", code, "scoring_script")
            yield warning(message, environment.conda, "dependencies", key=True, related=related)
