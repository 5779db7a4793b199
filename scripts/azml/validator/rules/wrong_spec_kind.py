"""A reference to a spec of the wrong kind: an environment for a component, a model for a job.

Bad:
    component: ./environment/environment.yml

Fix: refer to a spec of the expected kind.

Source: azure-ai-ml _schema/core/fields.py (ComponentYamlRefField), _schema/schedule/create_job.py.
"""

from azml.core.kinds import is_conda, is_no_component, kind_of
from azml.core.paths import is_file
from azml.validator.files import COMPONENT, CONDA, ENVIRONMENT, JOB
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("wrong-spec-kind")

_KINDS = {JOB: "job", ENVIRONMENT: "environment", COMPONENT: "component", CONDA: "conda file"}


def check_project(project: SpecProject) -> Findings:
    for use in project.file_uses:
        if use.role in _KINDS and is_file(use.path):
            document, wanted = project.document(use.path), _KINDS[use.role]
            kind = kind_of(document)
            is_wrong = is_no_component(document) if use.role == COMPONENT else kind not in (wanted, None)
            if use.role == ENVIRONMENT and kind is None and is_conda(document):
                message = f"{use.text} is a conda file, not an environment; {_as_environment(use.text)}"
                yield error(message, use)
            elif is_wrong:
                yield error(f"{use.text} is a spec of kind '{kind}'; expected '{wanted}'", use)


def _as_environment(text: str) -> str:
    return f"write environment: {{image: <image>, conda_file: {text.removeprefix('file:')}}}"
