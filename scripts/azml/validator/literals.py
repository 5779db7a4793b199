"""The literals of components and steps, each with the type that Azure ML will read it as."""

from collections.abc import Iterator

from azml.spec.binding import PARENT_INPUT, whole_binding
from azml.spec.component import Component
from azml.spec.document import Pointer


def literals(component: Component) -> Iterator[tuple[Pointer, str | None]]:
    """Yield (pointer, type; None where it is not known) of what may hold a literal in a component."""
    wanted: dict[str, set[str | None]] = {}
    for step in component.steps.values():
        ports = step.component.inputs if step.component and not step.is_inline else {}
        for name, value in step.inputs.items():
            kind = ports[name].type if name in ports else None
            yield (*step.pointer, "inputs", name), kind
            if (binding := whole_binding(value)) and binding.scope == PARENT_INPUT:
                wanted.setdefault(binding.name, set()).add(kind)
    for port in component.inputs.values():
        kinds = wanted.get(port.name, {None})
        yield port.pointer, kinds.pop() if len(kinds) == 1 else None
        yield from (((*port.pointer, key), port.type) for key in ("default", "min", "max"))
