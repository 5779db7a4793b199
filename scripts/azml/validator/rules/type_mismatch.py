"""Data given to a literal input, a literal to a data input, or a string to a number.

Bad:
    inputs:
      trees: ${{parent.jobs.prepare.outputs.train_data}}    # trees is an integer

Fix: bind an input or output of the same type; write data in a job as ``{type: uri_file, path: ./data.csv}``.

Source: azure-ai-ml entities/_job/pipeline/_io/base.py (a data input takes only a path). A string bound
to a number or boolean is a warning: the service converts what it can.
"""

from azml.core.components import DATA_TYPES, LITERAL_TYPES, Port
from azml.core.expressions import PARENT_INPUT, PARENT_OUTPUT, Binding
from azml.core.finding import ERROR, WARNING
from azml.core.values import mapping
from azml.validator.dataflow import Given
from azml.validator.findings import Findings, error, see
from azml.validator.rule import Rule

RULE = Rule("type-mismatch", is_consequence=True)


def check_given(given: Given) -> Findings:
    port, source, severity = given.port, given.source, _severity(given.type, given.port, given.binding)
    # A job's input without a type may hold any literal: 128 is a valid string.
    is_declared = source is not None and "type" in mapping(source.data)
    if severity is None or (severity == WARNING and not is_declared):
        return
    if source and isinstance(source.data, str) and (source.data[:1] == "." or "/" in source.data):
        message = f"this is a string, but it is bound to a data input; write {{type: {port.type}, path: …}}"
        yield error(message, source)
    elif source and given.binding:
        bound = f"{given.binding.text} is {_words(given.type)}"
        message = f"{bound}, but the input '{port.name}' expects {_words(port.type)}"
        related = see("declared here", port) + see("bound to this", source)
        yield error(message, given, severity=severity, related=related)
    else:
        message = f"the input '{port.name}' expects {_words(port.type)}, not {_words(given.type)}"
        yield error(message, given, related=see("declared here", port))


def _severity(given: str | None, port: Port, binding: Binding | None) -> str | None:
    """Return the severity of giving a type to an input; None for what Azure ML accepts."""
    if port.is_literal and given in DATA_TYPES:
        return ERROR
    if port.is_data and given in LITERAL_TYPES:
        # The outputs of control components are literals in files; a path may be given as a plain text.
        return ERROR if binding is None or binding.scope in (PARENT_INPUT, PARENT_OUTPUT) else None
    is_text = (given == "string") != (port.type == "string")
    return WARNING if binding and is_text and port.is_literal and given in LITERAL_TYPES else None


def _words(kind: str | None) -> str:
    return f"data ({kind})" if kind in DATA_TYPES else f"a literal ({kind})"
