"""Words of the older SDK, of its Python classes and of other languages, and what YAML calls them."""

from collections.abc import Iterable

_MEANT = {
    "code_path": ("code",),
    "component": ("trial",),
    "dataset": ("path",),
    "direction": ("goal",),
    "double": ("number",),
    "float": ("number",),
    "max_concurrent_runs": ("max_concurrent_trials",),
    "max_nodes": ("max_instances",),
    "max_total_runs": ("max_total_trials",),
    "min_nodes": ("min_instances",),
    "node_count": ("instance_count",),
    "required": ("optional",),
    "source_directory": ("code",),
    "target": ("compute",),
    "vm_size": ("size", "instance_type"),
}


def meant_among(word: object, known: Iterable[str]) -> str | None:
    """Return the known word that another word stands for, or None."""
    return next((each for each in _MEANT.get(str(word), ()) if each in known), None)
