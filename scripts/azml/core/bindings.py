"""What the bindings of a pipeline's steps refer to, and the order that they put the steps in."""

from graphlib import TopologicalSorter

from . import expressions as grammar
from .components import Component, Port, Step
from .expressions import Binding


def resolve(pipeline: Component, binding: Binding) -> Port | None:
    """Return the port that a ``parent.`` binding refers to; None when unknown, or not known here."""
    if binding.scope == grammar.PARENT_INPUT:
        return pipeline.inputs.get(binding.name)
    if binding.scope == grammar.PARENT_OUTPUT:
        return pipeline.outputs.get(binding.name)
    step = pipeline.steps.get(binding.job or "")
    if step is None:
        return None
    if binding.scope == grammar.JOB_INPUT:
        return step.component.inputs.get(binding.name) if step.component else None
    return step_output(step, binding.name)


def step_output(step: Step, name: str) -> Port | None:
    """Return an output of a step: as its component declares it, else as the step itself does."""
    component = step.component
    while component is not None:
        if name in component.outputs:
            return component.outputs[name]
        component = component.base
    return None


def dependencies(pipeline: Component) -> dict[str, set[str]]:
    """Return, for each step, the steps whose outputs it takes."""
    needs: dict[str, set[str]] = {name: set() for name in pipeline.steps}
    for step in pipeline.steps.values():
        for _, binding in step.parent_bindings:
            if binding.job in pipeline.steps and binding.job != step.name:
                needs[step.name].add(binding.job)
    return needs


def step_order(pipeline: Component) -> list[str]:
    """Return the steps' names in an order they can run in; raise ``graphlib.CycleError``."""
    return list(TopologicalSorter(dependencies(pipeline)).static_order())
