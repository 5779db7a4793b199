"""The rules, one module each: its docstring is the published documentation.

A rule has an ``ID`` (its file's name with hyphens) and ``check(project)``, which yields findings for
every document and component of the project.
"""

from importlib import import_module

RULES = tuple(
    import_module(f"{__name__}.{name}")
    for name in (
        "cycle",
        "duplicate_key",
        "missing_file",
        "unknown_binding",
        "unknown_ignore",
        "yaml_syntax",
    )
)

IDS = tuple(rule.ID for rule in RULES)
