"""A pipeline as a Mermaid flowchart: data in, steps, what they hand on, data out.

Syntax: https://mermaid.js.org/syntax/flowchart.html
"""

from collections.abc import Iterator

from . import expressions as grammar
from .components import Component, Step
from .expressions import whole_binding
from .values import mapping


def mermaid(pipeline: Component) -> str:
    """Return the flowchart of a linked pipeline; nested pipelines are boxes with their own steps inside."""
    pipeline = pipeline.base or pipeline
    lines = ["flowchart LR", *_lines(pipeline, "", "  ")]
    return "\n".join(lines) + "\n"


def _lines(pipeline: Component, prefix: str, indent: str) -> Iterator[str]:
    for step in pipeline.steps.values():
        yield from _step_lines(step, prefix, indent)
    for edge in dict.fromkeys(edge for step in pipeline.steps.values() for edge in _edges(step, prefix)):
        yield indent + edge


def _step_lines(step: Step, prefix: str, indent: str) -> Iterator[str]:
    name = f"{prefix}jobs.{step.name}"
    if step.component and step.component.steps:
        yield f'{indent}subgraph {name}["{step.name}"]'
        yield from _lines(step.component, f"{name}.", indent + "  ")
        yield f"{indent}end"
    else:
        yield f'{indent}{name}["{step.name}"]'


def _edges(step: Step, prefix: str) -> Iterator[str]:
    name = f"{prefix}jobs.{step.name}"
    for _, binding in step.parent_bindings:
        if binding.job in step.pipeline.steps and binding.scope == grammar.JOB_OUTPUT:
            yield f"{prefix}jobs.{binding.job} -- {binding.name} --> {name}"
        elif not prefix and binding.scope == grammar.PARENT_INPUT and _is_data(step.pipeline, binding.name):
            yield f'in.{binding.name}(["{binding.name}"]) --> {name}'
    for value in step.outputs.values() if not prefix else ():
        bound = whole_binding(value if isinstance(value, str) else mapping(value).get("path"))
        if bound and bound.scope == grammar.PARENT_OUTPUT:
            yield f'{name} --> out.{bound.name}(["{bound.name}"])'


def _is_data(pipeline: Component, name: str) -> bool:
    return name in pipeline.inputs and pipeline.inputs[name].is_data
