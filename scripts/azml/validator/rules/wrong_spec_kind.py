"""A reference to a spec of another kind: an environment for a component, a model for a job.

Bad:
    component: ./environment/environment.yml

Fix: name a spec of the kind that belongs there.

Source: azure-ai-ml _schema/core/fields.py (ComponentYamlRefField), _schema/schedule/create_job.py.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.kind import is_no_component
from azml.validator.files import COMPONENT, ENVIRONMENT, JOB
from azml.validator.kinds import spec_kind
from azml.validator.specs import SpecProject

ID = "wrong-spec-kind"

_KINDS = {JOB: "job", ENVIRONMENT: "environment", COMPONENT: "component"}


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every reference to a spec that does not belong there."""
    for use in project.file_uses:
        if use.role not in _KINDS or not use.path.is_file():
            continue
        document = project.document(use.path)
        kind, wanted = spec_kind(document), _KINDS[use.role]
        is_wrong = is_no_component(document) if use.role == COMPONENT else kind not in (wanted, None)
        if is_wrong:
            message = f"{use.text} holds a spec of the kind '{kind}', not '{wanted}'"
            yield use.document.finding(ID, message, use.pointer)
