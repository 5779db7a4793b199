"""Generate scripts/azml/validator/schema/ from the field classes of azure-ai-ml: `make schemas`.

One bundle, `azureml.schema.json`, holds every object of every kind of spec once, under `$defs`. Beside it
lies one thin file per kind that points into the bundle (for editors) and `index.json` (for the validator):

    kind -> file        the thin file
            ref         where the kind starts in the bundle
            supplied    keys that the SDK requires but the `az` command line can give instead of the file:
                        not required here

The schemas are draft 2020-12, with `patternErrorMessage` (what a string should look like, in words), which
editors show. Two keywords are our own; `azml.validator.schema.keywords` honours them, an editor ignores them
and so is a little stricter:

    x-case      the SDK transforms a word before it compares it with `enum`: "lower", "upper", "snake"
                (CamelCase to snake_case), "camel", "pascal";
                "any": capitals do not count
    x-coerce    an integer or number may be written as a string ("3"), a boolean as a word ("yes") or 0 and 1

The rest of the work is in `schema_fields` (fields to schemas), `schema_unions` (alternatives to if/then) and
`schema_overrides` (what the SDK checks in code).
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import schema_kinds
from schema_fields import Converter, Schema

FOLDER = Path(__file__).parents[1] / "azml" / "validator" / "schema"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
BUNDLE = "azureml.schema.json"
LOCAL = "#/$defs/"
KIND = "kind_"  # how the names of the kinds' own definitions start
WIDTH = 110  # of a line of JSON
MIN_SHARED = 80  # characters of JSON from which a repeated schema is worth a name of its own


def generate() -> dict[str, str]:
    """The files to write: name -> text."""
    converter = Converter()
    roots, index = {}, {}
    for kind in schema_kinds.KINDS:
        converter.waived.clear()
        roots[KIND + kind.name] = kind.schema(converter)
        index[kind.name] = _entry(kind, sorted(converter.waived))
    bundle = {"$schema": DRAFT, "$defs": _sorted(share({**converter.defs, **roots}))}
    thin = {entry["file"]: {"$schema": DRAFT, "$ref": BUNDLE + entry["ref"]} for entry in index.values()}
    files = {BUNDLE: bundle, "index.json": index, **thin}
    return {name: _lines(content) + "\n" for name, content in files.items()}


def _entry(kind: schema_kinds.Kind, supplied: list[str]) -> dict:
    """What the index holds on a kind."""
    return {
        "file": f"{kind.name}.schema.json",
        "ref": LOCAL + KIND + kind.name,
        "supplied": supplied,
    }


def _lines(node: object, indent: str = "") -> str:
    """JSON that reads well in a diff: what fits on a line stays on one line."""
    line = json.dumps(node, ensure_ascii=False)
    if len(indent) + len(line) <= WIDTH or not isinstance(node, dict | list):
        return line
    inner = f"\n{indent} "
    if isinstance(node, list):
        return "[" + ",".join(inner + _lines(item, indent + " ") for item in node) + f"\n{indent}]"
    rows = (f"{inner}{json.dumps(key)}: {_lines(value, indent + ' ')}" for key, value in node.items())
    return "{" + ",".join(rows) + f"\n{indent}}}"


def _sorted(node: object) -> object:
    """The same with the keys of every mapping in order."""
    if isinstance(node, dict):
        return {key: _sorted(node[key]) for key in sorted(node)}
    return [_sorted(item) for item in node] if isinstance(node, list) else node


def share(defs: dict[str, Schema]) -> dict[str, Schema]:
    """Give each schema that occurs several times in `defs` a name, and put references in its places."""
    repeated = {
        text: hint
        for text, (count, hint) in _occurrences(defs).items()
        if count > 1 and len(text) >= MIN_SHARED
    }
    names: dict[str, str] = {}
    shared = dict(defs)

    def visit(node: Schema) -> Schema:
        text = _text(node)
        if text in repeated and text not in names:
            names[text] = _free(repeated[text], shared)
            shared[names[text]] = {}  # holds the name while the inner schemas get theirs
            shared[names[text]] = _rebuilt(node, visit)
        return {"$ref": f"{LOCAL}{names[text]}"} if text in repeated else _rebuilt(node, visit)

    for name in sorted(defs):
        shared[name] = _rebuilt(defs[name], visit)
    return _inlined(shared, set(names.values()))


def _occurrences(defs: dict[str, Schema]) -> dict[str, tuple[int, str]]:
    """How often each inner schema occurs, and the name of the first property that it describes."""
    found: dict[str, tuple[int, str]] = {}

    def count(node: Schema, hint: str) -> None:
        for key, inner in _inner(node):
            text = _text(inner)
            times, first = found.get(text, (0, key or hint))
            found[text] = (times + 1, first)
            count(inner, key or hint)

    for name in sorted(defs):
        count(defs[name], name)
    return found


def _inner(node: Schema) -> Iterator[tuple[str, Schema]]:
    """The schemas directly inside a schema, each with its property name, if it has one."""
    for key, value in node.items():
        if key == "properties":
            yield from ((name, inner) for name, inner in value.items() if isinstance(inner, dict))
        elif key in ("items", "additionalProperties", "then", "else") and isinstance(value, dict):
            yield "", value
        elif key in ("allOf", "anyOf"):
            yield from (("", inner) for inner in value)


def _rebuilt(node: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """A copy of a schema with the schemas directly inside it changed."""

    def rebuild(key: str, value):
        if key == "properties":
            return {
                name: change(inner) if isinstance(inner, dict) else inner for name, inner in value.items()
            }
        if key in ("items", "additionalProperties", "then", "else") and isinstance(value, dict):
            return change(value)
        return [change(inner) for inner in value] if key in ("allOf", "anyOf") else value

    return {key: rebuild(key, value) for key, value in node.items()}


def _inlined(defs: dict[str, Schema], candidates: set[str]) -> dict[str, Schema]:
    """Undo the sharing of those candidates that only one place refers to, and drop what nothing refers to."""
    used = Counter(re.findall(f'"{re.escape(LOCAL)}([^"]+)"', _text(defs)))
    single = {name for name in candidates if used[name] == 1}

    def visit(node: Schema) -> Schema:
        name = node.get("$ref", "").removeprefix(LOCAL)
        return _rebuilt(defs[name] if name in single else node, visit)

    kept = {name: _rebuilt(schema, visit) for name, schema in defs.items() if name not in single}
    return _reachable(kept)


def _reachable(defs: dict[str, Schema]) -> dict[str, Schema]:
    todo, reached = [name for name in defs if name.startswith(KIND)], set()
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += re.findall(f'"{re.escape(LOCAL)}([^"]+)"', _text(defs[name]))
    return {name: schema for name, schema in defs.items() if name in reached}


def _text(node: Schema) -> str:
    return json.dumps(node, sort_keys=True)


def _free(hint: str, defs: dict[str, Schema]) -> str:
    base = re.sub(r"\W", "_", hint.removeprefix(KIND))
    number, name = 1, base
    while name in defs:
        number += 1
        name = f"{base}{number}"
    return name


def main() -> int:
    logging.getLogger("azure.ai.ml").setLevel(logging.ERROR)
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = generate()
    for stale in {path.name for path in FOLDER.glob("*.json")} - set(files):
        (FOLDER / stale).unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"{len(files)} files in {FOLDER}, the bundle {len(files[BUNDLE]) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
