"""Which modules each Python 3 brings itself.

Source: https://docs.python.org/3/library/ ("Added in version"), PEP 594, "Removed" in What's New.
distutils is not in the table: setuptools, which comes with conda's pip, still brings it.
"""

import sys

# The minor version that brought a module, and the one that no longer has it.
_ADDED = {
    "contextvars": 7,
    "dataclasses": 7,
    "graphlib": 9,
    "zoneinfo": 9,
    "tomllib": 11,
    "annotationlib": 14,
}
_REMOVED = {
    **dict.fromkeys(("macpath",), 8),
    **dict.fromkeys(("_dummy_threading", "dummy_threading"), 9),
    **dict.fromkeys(("formatter", "parser", "symbol"), 10),
    **dict.fromkeys(("binhex",), 11),
    **dict.fromkeys(("asynchat", "asyncore", "imp", "smtpd"), 12),
    **dict.fromkeys(
        ("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap"), 13
    ),
    **dict.fromkeys(("msilib", "nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau"), 13),
    **dict.fromkeys(("telnetlib", "uu", "xdrlib"), 13),
}
_NAMES = {*sys.stdlib_module_names, *_ADDED, *_REMOVED, "__main__", "distutils"}


def has_name(module: str) -> bool:
    """Tell whether some Python 3 brings a module of this name."""
    return module in _NAMES


def has(module: str, python: str) -> bool:
    """Tell whether a Python ("3.11") brings a module that some Python 3 has."""
    major, minor = map(int, python.split("."))
    return major != 3 or _ADDED.get(module, 0) <= minor < _REMOVED.get(module, sys.maxsize)
