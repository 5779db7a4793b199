"""Texts that are still to be filled in by their owner's tools before Azure ML reads them."""

import re

# A text with one of these holds something that is still to be filled in, or a binding.
OPEN = re.compile(r"[<>{}$#]|__\w+__")
# $(x), ${X}, #{x}#, {{x}}, <x>, __X__
_PLACEHOLDER = re.compile(r"\$\([\w.\-]+\)|\$\{[\w.\-]+\}|#\{[^{}]+\}#?|\{\{[^{}]+\}\}|<[^<>]+>|__\w+__")


def is_placeholder(value: object) -> bool:
    """Tell whether a value consists of a placeholder alone."""
    return isinstance(value, str) and bool(_PLACEHOLDER.fullmatch(value.strip()))
