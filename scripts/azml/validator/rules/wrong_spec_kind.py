"""A reference to a spec of another kind: an environment for a component, a model for a job.

Bad:
    component: ./environment/environment.yml

Fix: name a spec of the kind that belongs there.

Source: azure-ai-ml _schema/core/fields.py (ComponentYamlRefField), _schema/schedule/create_job.py.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.kind import is_no_component
from azml.spec.paths import is_file
from azml.spec.reference import FILE
from azml.validator.files import ENVIRONMENT, JOB
from azml.validator.kinds import spec_kind
from azml.validator.specs import SpecProject

ID = "wrong-spec-kind"

_KINDS = {JOB: "job", ENVIRONMENT: "environment"}


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every reference to a spec that does not belong there."""
    for use in project.file_uses:
        kind = project.kinds.get(use.path)
        if use.role in _KINDS and kind not in (_KINDS[use.role], None):
            message = f"{use.text} holds a spec of the kind '{kind}', not '{_KINDS[use.role]}'"
            yield use.document.finding(ID, message, use.pointer)
    for component in list(project.components.values()):
        for step in component.steps.values():
            if step.reference is None or step.reference.kind != FILE:
                continue
            path = step.reference.resolve(step.document.path.parent)
            if is_file(path) and is_no_component(project.document(path)):
                key = "trial" if "trial" in step.data else "component"
                kind = spec_kind(project.document(path))
                message = f"{step.reference.path} holds a spec of the kind '{kind}', not 'component'"
                yield step.document.finding(ID, message, (*step.pointer, key))
