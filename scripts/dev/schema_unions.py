"""Turn "one of these" into JSON Schema that names the mistake.

A plain `anyOf` tells the author of a spec only that the whole object fits none of the branches. Here a
union becomes if/then/else that first picks the branch the author meant and then reports what is wrong in
that branch. The choice is made by, in this order:


1. the JSON type of the value (object, array, scalar);
2. a key whose value is an enum in several branches and tells them apart (`type`, `task`, ...);
3. a key that one branch requires and no other branch knows.
Branches that nothing tells apart are merged into one object that allows what any of them allows.
"""

from collections.abc import Callable, Iterable

Schema = dict
TAGS = ("type", "task", "kind", "model_provider", "sampling_algorithm", "signal_type", "schedule_type")


class Unions:
    """Builds unions of schemas; `resolve` follows a `$ref` to the object schema behind it."""

    def __init__(self, resolve: Callable[[Schema], Schema]):
        self._resolve = resolve

    def union(self, alternatives: Iterable[Schema]) -> Schema:
        """The schema that accepts what any of the alternatives accepts."""
        branches = _distinct(alternatives)
        if {} in branches:
            return {}
        anything = [b for b in branches if isinstance(b.get("type"), list)]
        if anything:
            return {} if {"type": "null"} in branches else anything[0]
        objects = [b for b in branches if self._resolve(b).get("type") == "object"]
        arrays = [b for b in branches if b.get("type") == "array"]
        scalars = [b for b in branches if b not in objects and b not in arrays]
        chain = []
        if objects:
            chain.append(("object", self._object_union(objects)))
        if arrays:
            chain.append(("array", self._array_union(arrays)))
        return _by_json_type(chain, merge_scalars(scalars) if scalars else None)

    def _array_union(self, arrays: list[Schema]) -> Schema:
        merged = dict(arrays[0])
        if len(arrays) > 1:
            merged["items"] = self.union(a["items"] for a in arrays)
        return merged

    def _object_union(self, branches: list[Schema]) -> Schema:
        if len(branches) == 1:
            return branches[0]
        tag = self._tag(branches)
        if tag:
            return self._by_tag(branches, tag)
        return self._by_key(branches)

    # -- by the value of a key -------------------------------------------------------------------------

    def _tag(self, branches: list[Schema]) -> str | None:
        """The key whose enum tells most branches apart, if any does."""
        keys = {k for b in branches for k in self._properties(b)}
        order = [t for t in TAGS if t in keys] + sorted(keys - set(TAGS))
        groups = {key: len(self._groups(branches, key)) for key in order}
        best = max(order, key=lambda key: groups[key], default=None)
        return best if best and groups[best] > 1 else None

    def _groups(self, branches: list[Schema], key: str) -> dict[tuple[int, ...], list]:
        """Which values of `key` lead to which branches: branch numbers -> values."""
        known = [self._properties(b)[key] for b in branches if key in self._properties(b)]
        free = [schema for schema in known if "enum" not in schema]
        if free and (key not in TAGS or any(schema != {"type": "string"} for schema in free)):
            return {}
        by_value: dict[str, list[int]] = {}
        for number, branch in enumerate(branches):
            for value in self._words(branch, key):
                by_value.setdefault(value, []).append(number)
        groups: dict[tuple[int, ...], list] = {}
        for value, numbers in by_value.items():
            groups.setdefault(tuple(numbers), []).append(value)
        return groups

    def _words(self, branch: Schema, key: str) -> list:
        return self._properties(branch).get(key, {}).get("enum", [])

    def _by_tag(self, branches: list[Schema], tag: str) -> Schema:
        groups = self._groups(branches, tag)
        mark = _case([self._properties(b).get(tag, {}) for b in branches])
        every = {"enum": sorted({word for words in groups.values() for word in words}), **mark}
        cases = [
            {
                "if": {"properties": {tag: {"enum": sorted(words), **mark}}, "required": [tag]},
                "then": self._object_union([branches[n] for n in numbers]),
            }
            for numbers, words in groups.items()
        ]
        schema: Schema = {"type": "object"}
        free = [b for b in branches if tag in self._properties(b) and not self._words(b, tag)]
        if free:
            test = {"properties": {tag: {"not": every}}, "required": [tag]}
            cases.append({"if": test, "then": self._by_key(free)})
        else:
            schema["properties"] = {tag: every}
        untagged = [b for b in branches if tag not in self._resolve(b).get("required", [])]
        if not untagged:
            return {**schema, "required": [tag], "allOf": cases}
        absent = {"if": {"not": {"required": [tag]}}, "then": self._without_tag(untagged, tag)}
        return {**schema, "allOf": [*cases, absent]}

    def _without_tag(self, branches: list[Schema], tag: str) -> Schema:
        """The tag is left out: the kind that has a key to show for itself, else the first kind."""
        kinds: dict[str, list[Schema]] = {}
        for branch in branches:
            kinds.setdefault(str(self._words(branch, tag)), []).append(branch)
        first, *rest = kinds.values()
        known = self._keys(first)
        if all(known <= self._keys(kind) or self._keys(kind) <= known for kind in rest):
            return self._by_key(branches)
        schema = default = self._object_union(first)
        for kind in reversed(rest):
            own = self._keys(kind) - self._keys([b for b in branches if b not in kind])
            if own:
                schema = {"if": has_any(sorted(own)), "then": self._object_union(kind), "else": schema}
        needed = {key for b in first for key in self._resolve(b).get("required", [])}
        sure = sorted(needed - self._keys([b for kind in rest for b in kind]))
        return {"if": has_any(sure), "then": default, "else": schema} if sure else schema

    def _keys(self, branches: list[Schema]) -> set[str]:
        return {key for branch in branches for key in self._properties(branch)}

    # -- by the presence of a key ----------------------------------------------------------------------

    def _by_key(self, branches: list[Schema]) -> Schema:
        if len(branches) == 1:
            return branches[0]
        if len(branches) == 2:
            return self._either(*branches)
        for branch in reversed(branches):
            rest = [b for b in branches if b is not branch]
            keys = self._own_keys(branch, rest)
            if keys:
                return {"if": has_any(keys), "then": branch, "else": self._by_key(rest)}
        return self._merged(branches)

    def _either(self, first: Schema, second: Schema) -> Schema:
        """Of two branches the one that has a key to show for itself; the first if neither has."""
        for one, other in ((first, second), (second, first)):
            keys = self._own_keys(one, [other])
            if keys:
                needs = [key for key in self._resolve(other).get("required", []) if key not in keys]
                rest = {"if": has_any(needs), "then": other, "else": first} if needs else other
                return {"if": has_any(keys), "then": one, "else": rest}
        return self._merged([first, second])

    def _own_keys(self, branch: Schema, others: list[Schema]) -> list[str]:
        """Keys that show a branch: those that it requires and no other knows; all, if it shares none."""
        known = {key for other in others for key in self._properties(other)}
        own = set(self._properties(branch))
        return sorted(own if not own & known else set(self._resolve(branch).get("required", [])) - known)

    def _merged(self, branches: list[Schema]) -> Schema:
        resolved = [self._resolve(b) for b in branches]
        for schema in resolved:
            if "additionalProperties" not in schema or schema["additionalProperties"]:
                return schema  # a mapping with free keys takes whatever the others take
        keys = sorted({key for r in resolved for key in r.get("properties", {})})
        merged: Schema = {
            "type": "object",
            "properties": {
                k: self._merged_value([r["properties"][k] for r in resolved if k in r["properties"]])
                for k in keys
            },
            "additionalProperties": False,
        }
        required = set.intersection(*(set(r.get("required", [])) for r in resolved))
        return {**merged, "required": sorted(required)} if required else merged

    def _merged_value(self, schemas: list[Schema]) -> Schema:
        schemas = _distinct(schemas)
        if len(schemas) == 1:
            return schemas[0]
        return {"anyOf": schemas} if any("if" in s for s in schemas) else self.union(schemas)

    def _properties(self, branch: Schema) -> dict[str, Schema]:
        return self._resolve(branch).get("properties", {})


def has_any(keys: list[str]) -> Schema:
    """A schema for objects that have at least one of the keys."""
    tests = [{"required": [key]} for key in keys]
    return tests[0] if len(tests) == 1 else {"anyOf": tests}


def merge_scalars(scalars: list[Schema]) -> Schema:
    """One schema for several scalar ones, built so that a wrong value gives one error."""
    words = [s for s in scalars if "enum" in s]
    strings = [s for s in scalars if s.get("type") == "string"]
    others = [s["type"] for s in scalars if s.get("type") in ("integer", "number", "boolean", "null")]
    if any(set(s) == {"type"} for s in strings):
        return {"type": _types(["string", *others])}
    typed = (
        _typed(strings, others, lenient=any("x-coerce" in s for s in scalars)) if strings or others else None
    )
    if not words:
        return typed or {}
    enum: Schema = {"enum": sorted({word for s in words for word in s["enum"]}), **_case(words)}
    if set(others) == {"null"} and not strings:
        return {**enum, "enum": [*enum["enum"], None]}
    # What else is allowed, for the message; that a value may be a binding goes without saying.
    numbers = {"integer": "an integer", "number": "a number"}
    wanted = next((numbers[each] for each in others if each in numbers), "${{")
    wanted = typed.get("patternErrorMessage", wanted) if typed else wanted
    if not wanted.startswith("${{"):
        enum["patternErrorMessage"] = wanted
    return {"if": typed, "else": enum} if typed else enum


def _typed(strings: list[Schema], others: list[str], lenient: bool) -> Schema:
    """A schema of the given types; strings must match one of the patterns."""
    patterns = _distinct(s["pattern"] for s in strings)
    if lenient and patterns:
        return {
            "if": {"type": "string", "pattern": "|".join(patterns)},
            "else": {"type": _types(others), "x-coerce": True},
        }
    schema: Schema = {"type": _types([*(["string"] if strings else []), *others])}
    if patterns:
        schema["pattern"] = "|".join(patterns)
        wanted = _distinct(s["patternErrorMessage"] for s in strings if "patternErrorMessage" in s)
        if wanted:
            schema["patternErrorMessage"] = " or ".join(wanted)
    if lenient:
        schema["x-coerce"] = True
    return schema


def _case(schemas: list[Schema]) -> Schema:
    """The rule by which several enums compare words."""
    rules = sorted({s["x-case"] for s in schemas if "x-case" in s})
    return {"x-case": rules[-1]} if rules else {}


def _types(names: Iterable[str]) -> str | list[str]:
    distinct = set(names)
    if "number" in distinct:
        distinct.discard("integer")
    return next(iter(distinct)) if len(distinct) == 1 else sorted(distinct)


def _by_json_type(chain: list[tuple[str, Schema]], scalar: Schema | None) -> Schema:
    """if object then ... else if array then ... else scalar; a value of another type gives one error."""
    names = [name for name, _ in chain]
    if scalar is None:
        if len(chain) == 1 and (
            "$ref" in chain[0][1] or ("allOf" not in chain[0][1] and "if" not in chain[0][1])
        ):
            return chain[0][1]
        schema: Schema = {"type": _types(names)}
    else:
        schema = _also_names(scalar, names)
    for name, branch in reversed(chain):
        schema = {"if": {"type": name}, "then": branch, "else": schema}
    return schema


def _also_names(scalar: Schema, names: list[str]) -> Schema:
    """Add the JSON types tested before to `type`: only the message of a type error shows them."""
    if not names or "type" not in scalar:
        return scalar
    own = scalar["type"] if isinstance(scalar["type"], list) else [scalar["type"]]
    return {**scalar, "type": _types([*names, *own])}


def _distinct(items: Iterable) -> list:
    seen: list = []
    for item in items:
        if item not in seen:
            seen.append(item)
    return seen
