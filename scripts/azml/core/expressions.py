"""``${{ ... }}`` bindings and ``$[[ ... ]]`` optional sections: the one grammar of validator and runner.

Find them in the *source* of a value (``Document.source``) when a position is wanted and in its data when
it is to be rendered: folded block scalars make the two texts differ, never the order of the bindings.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# azure-ai-ml _utils/utils.py, get_all_data_binding_expressions: white space inside the braces is free.
BINDING = re.compile(r"\$\{\{([^{}]*)\}\}")
_SECTION = re.compile(r"\$\[\[((?:(?!\$\[\[).)*?)\]\]", re.DOTALL)

# What was meant as a binding but is not one: a brace or bracket too few, too many or of the wrong kind.
_SCOPED = r"\s*(?:parent\s*\.\s*)?(?:inputs?|outputs?|jobs?|search_space)\s*\.\s*[\w.\-]*\w\s*"
_MALFORMED = re.compile(
    rf"(?<!\$)\$\s*[({{\[]+{_SCOPED}[)}}\]]+"  # ${inputs.x} $(inputs.x) $ {{inputs.x}}, and well formed ones
    rf"|(?<![$\w{{])\{{+{_SCOPED}\}}+"  # {inputs.x} {{inputs.x}}
    rf"|\$\{{\{{{_SCOPED}(?=\s+[^\s}}]|[^\w.\-\s}}]|$)"  # ${{inputs.x --more
    r"|\$\{\{\s*[\w.]+\s*\}(?!\})|\$\s+\{\{\s*[\w.]+\s*\}\}",  # ${{name} $ {{name}}
    re.IGNORECASE,
)

# The scopes that Azure ML documents (https://learn.microsoft.com/azure/machine-learning/
# reference-yaml-core-syntax, "Parameterizing the command", "Binding inputs and outputs").
PARENT_INPUT, PARENT_OUTPUT, JOB_OUTPUT, JOB_INPUT = (
    "parent.inputs", "parent.outputs", "parent.jobs.outputs", "parent.jobs.inputs"
)  # fmt: skip
INPUT, OUTPUT, SEARCH_SPACE = "inputs", "outputs", "search_space"


@dataclass(frozen=True)
class Binding:
    """One ``${{ ... }}``: ``text`` as written, ``parts`` between the dots, its place in the text searched.

    ``scope`` says what it refers to (one of the constants above; None for anything else), ``job``
    the sibling step's name (for the ``parent.jobs`` scopes) and ``name`` the input's or output's name.
    """

    text: str
    start: int
    end: int
    parts: tuple[str, ...]
    scope: str | None
    job: str | None
    name: str


def _scope(parts: tuple[str, ...]) -> tuple[str | None, str | None, str]:
    match parts:
        case ("parent", "inputs", _, *_):
            return PARENT_INPUT, None, ".".join(parts[2:])
        case ("parent", "outputs", _, *_):
            return PARENT_OUTPUT, None, ".".join(parts[2:])
        case ("parent", "jobs", job, "outputs", _, *_):
            return JOB_OUTPUT, job, ".".join(parts[4:])
        case ("parent", "jobs", job, "inputs", _, *_):
            return JOB_INPUT, job, ".".join(parts[4:])
        case ("inputs" | "outputs" | "search_space", _, *_):
            return parts[0], None, ".".join(parts[1:])
    return None, None, ".".join(parts)


def find_bindings(text: object) -> list[Binding]:
    """Return the bindings of a text in their order; none for anything but a string."""
    if not isinstance(text, str) or "${{" not in text:
        return []
    found = []
    for match in BINDING.finditer(text):
        parts = tuple(part.strip() for part in match[1].split("."))
        found.append(Binding(match[0], match.start(), match.end(), parts, *_scope(parts)))
    return found


def whole_binding(value: object) -> Binding | None:
    """Return the binding that is the whole of the value, or None."""
    found = find_bindings(value)
    if len(found) == 1 and found[0].text == str(value).strip():
        return found[0]
    return None


def find_malformed(text: str) -> list[tuple[int, int]]:
    """Return the places (start, end) of what looks like a binding with wrong braces."""
    whole = [(each.start, each.end) for each in find_bindings(text)]
    places = ((each.start(), each.start() + len(each[0].rstrip())) for each in _MALFORMED.finditer(text))
    malformed = [span for span in places if not any(start <= span[0] < end for start, end in whole)]
    # A brace too many closes nothing: in JSON and the like, one that follows a binding does.
    is_odd = text.count("}") > text.count("{")
    return malformed + [(start, end + 1) for start, end in whole if is_odd and text[end : end + 1] == "}"]


@dataclass(frozen=True)
class Section:
    """One ``$[[ ... ]]``: its place in the text searched, brackets included, and what is inside."""

    start: int
    end: int
    inside: str


def find_sections(text: str) -> Iterator[Section]:
    """Yield the optional sections of a command in their order."""
    for match in _SECTION.finditer(text):
        yield Section(match.start(), match.end(), match[1])


def render(text: str, resolve: Callable[[Binding], str | None]) -> str:
    """Return the text with every binding replaced by what ``resolve`` says.

    A ``$[[ ... ]]`` section vanishes when a binding inside it resolves to None
    (https://learn.microsoft.com/azure/machine-learning/how-to-create-component-pipelines-cli, optional
    inputs); outside of sections None renders as nothing.
    """

    def fill(part: str) -> str:
        return BINDING.sub(lambda match: _text(resolve(find_bindings(match[0])[0])), part)

    def section(match: re.Match) -> str:
        absent = any(resolve(binding) is None for binding in find_bindings(match[1]))
        return "" if absent else match[1]

    return fill(_SECTION.sub(section, text))


def _text(value: str | None) -> str:
    return "" if value is None else value
