"""YAML text -> nodes: every value with its place in the text, and the data PyYAML would give it.

The parser's events are read in a loop with a stack of our own, so that deep nesting, alias bombs and
anchors that contain themselves end in a finding and cost nothing.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

import yaml

from .finding import ERROR, WARNING, Edit, Finding, Fix, Related
from .rule_ids import DUPLICATE_KEY, YAML_SYNTAX
from .syntax import explain
from .values import JSON

MAX_DEPTH = 100
MAX_EXPANSION = 200_000
MAX_SCALAR = 100_000

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
STRING_TAG, MERGE_TAG = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"


@dataclass(slots=True)
class Node:
    """One value of the document; ``start`` and ``end`` are offsets in the text.

    ``children`` is None for a scalar, a list of (key node, value node) for a mapping and a list of
    (None, value node) for a sequence. ``size`` counts the values below it, aliases expanded.
    """

    start: int
    end: int
    line: int
    column: int
    data: JSON = None
    style: str | None = None
    tag: str | None = None
    children: list[tuple[Any, "Node"]] | None = None
    is_mapping: bool = False
    size: int = 1
    by_key: dict | None = None

    @property
    def pairs(self) -> list[tuple[Any, "Node"]]:
        """The (key node, value node) of a mapping, the (None, value node) of a sequence."""
        return self.children or []

    def child(self, key: str | int) -> tuple["Node | None", "Node"] | None:
        """Return the (key node, value node) under ``key``; the last one wins, as in PyYAML."""
        if self.is_mapping:
            if self.by_key is None:
                self.by_key = {pair[0].data: pair for pair in self.pairs}
            return self.by_key.get(key) or self._merged(key)
        if self.children and isinstance(key, int) and key < len(self.children):
            return self.children[key]
        return None

    def _merged(self, key: str | int) -> tuple["Node | None", "Node"] | None:
        for name, value in self.pairs:
            if name.tag == MERGE_TAG:
                sources = [value] if value.is_mapping else [item for _, item in value.pairs]
                for source in sources:
                    if source.is_mapping and (found := source.child(key)):
                        return found
        return None


def compose(text: str, path: str) -> tuple[Node | None, list[Finding]]:
    """Return the root node (None for an empty text) and what is wrong with the YAML itself."""
    composer = _Composer(text, path)
    root = None
    try:
        root = composer.compose()
    except _Refused as refused:
        composer.findings.append(refused.finding)
    except yaml.MarkedYAMLError as error:
        line, column, problem = explain(text, error)
        composer.findings.append(Finding(path, line, column, YAML_SYNTAX, f"this is not YAML: {problem}"))
    except yaml.reader.ReaderError as error:
        line, column = position(text, error.position)
        message = f"the character {chr(error.character)!r} is not allowed in YAML"
        composer.findings.append(Finding(path, line, column, YAML_SYNTAX, message))
    return root, composer.findings


def position(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column, both counted from 1, of an offset in a text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


class _Refused(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class _Composer:
    """Builds nodes from the parser's events with a stack of its own instead of recursion."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        self.findings: list[Finding] = []
        self.anchors: dict[str, Node | None] = {}
        self.nodes = self.documents = 0

    def compose(self) -> Node | None:
        """Return the root node, None for an empty document; raise _Refused or yaml.YAMLError."""
        root: Node | None = None
        stack: list[tuple[Node, list, str | None]] = []
        for event in yaml.parse(self.text, Loader=LOADER):
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                stack.append((self.open(event, len(stack)), [], event.anchor))
                continue
            node = self.ended(event, stack)
            if node and stack:
                stack[-1][1].append(node)
            elif node:
                root = node
        return root

    def ended(self, event: yaml.Event, stack: list[tuple[Node, list, str | None]]) -> Node | None:
        """Return the node that an event completes, if it completes one."""
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            return self.close(event, *stack.pop())
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.refuse(event, "a second YAML document starts here; a spec holds exactly one")
        return None

    def refuse(self, event: yaml.Event | Node, message: str, rule: str = YAML_SYNTAX) -> NoReturn:
        """Raise: nothing sensible can be said about the rest of this document."""
        if isinstance(event, Node):
            line, column = event.line, event.column
        else:
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
        raise _Refused(Finding(self.path, line, column, rule, message))

    def new(self, event: yaml.Event) -> Node:
        """Return an empty node at the event's place."""
        self.nodes += 1
        mark = event.start_mark
        return Node(mark.index, event.end_mark.index, mark.line + 1, mark.column + 1)

    def open(self, event: yaml.Event, depth: int) -> Node:
        """Start a mapping or sequence."""
        if depth >= MAX_DEPTH:
            self.refuse(event, f"values are nested more than {MAX_DEPTH} deep")
        if event.tag not in _PLAIN_TAGS:
            self.refuse(event, f"a spec holds plain mappings and lists, not the type {event.tag}")
        node = self.new(event)
        node.is_mapping = isinstance(event, yaml.MappingStartEvent)
        node.children = []
        if event.anchor:
            self.anchors[event.anchor] = None
        return node

    def close(self, event: yaml.Event, node: Node, items: list[Node], anchor: str | None) -> Node:
        """Finish a mapping or sequence: its children and its data."""
        is_flow = self.text[node.start : node.start + 1] in ("[", "{")
        node.end = event.end_mark.index if is_flow or not items else max(node.end, items[-1].end)
        node.children = (
            list(zip(items[::2], items[1::2], strict=True))
            if node.is_mapping
            else [(None, item) for item in items]
        )
        node.size = 1 + sum(item.size for item in items)
        if node.size > max(MAX_EXPANSION, 4 * self.nodes):
            self.refuse(node, f"aliases expand to more than {MAX_EXPANSION} values here")
        node.data = self.mapping(node) if node.is_mapping else [item.data for item in items]
        if anchor:
            self.anchors[anchor] = node
        return node

    def scalar(self, event: yaml.ScalarEvent) -> Node:
        """Return a scalar's node with the value that PyYAML's safe loader gives it."""
        if len(event.value) > MAX_SCALAR:
            self.refuse(event, f"a value of {len(event.value):,} characters is too long for a spec")
        node = self.new(event)
        plain = event.implicit[0]
        node.tag = event.tag or _resolve(event.value, event.implicit)
        node.style = event.style
        try:
            node.data = _construct(node.tag, event.value)
        except (yaml.constructor.ConstructorError, ValueError, OverflowError, LookupError, AttributeError):
            what = "a date or number" if plain else f"of type {node.tag}"
            self.refuse(event, f"'{event.value}' cannot be read as {what}; quote it")
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: yaml.AliasEvent) -> Node:
        """Return the anchored node, standing where the alias stands."""
        if event.anchor not in self.anchors:
            self.refuse(event, f"the anchor '&{event.anchor}' is not defined before this alias")
        if (target := self.anchors[event.anchor]) is None:
            self.refuse(event, f"the alias '*{event.anchor}' stands inside what it refers to")
        node = self.new(event)
        node.data, node.tag, node.style = target.data, target.tag, target.style
        node.children, node.is_mapping, node.size = target.children, target.is_mapping, target.size
        return node

    def mapping(self, node: Node) -> dict:
        """Return the mapping's data: merge keys first, then its own keys, the last duplicate winning."""
        data: dict = {}
        seen: dict = {}
        for key, value in node.pairs:
            if key.tag == MERGE_TAG:
                data = {**self.merged(value), **data}
        for key, value in node.pairs:
            if key.tag == MERGE_TAG:
                continue
            if key.children is not None:
                self.refuse(key, "a mapping or list cannot be a key; is a value missing its quotes?")
            if key.data in seen:
                self.duplicate(key, value, seen[key.data], is_equal=data[key.data] == value.data)
            seen[key.data] = key
            data[key.data] = value.data
        return data

    def merged(self, value: Node) -> dict:
        """Return what ``<<`` brings in; the first of several mappings wins."""
        sources = [value] if value.is_mapping else [item for _, item in value.pairs]
        if not sources or not all(source.is_mapping for source in sources):
            self.refuse(value, "'<<' takes a mapping or a list of mappings")
        return {key: data for source in reversed(sources) for key, data in source.data.items()}

    def duplicate(self, key: Node, value: Node, first: Node, is_equal: bool) -> None:
        """Record a key that appears twice in one mapping: PyYAML silently keeps the last value."""
        effect = "with the same value" if is_equal else "only this last one counts"
        self.findings.append(
            Finding(
                self.path,
                key.line,
                key.column,
                DUPLICATE_KEY,
                f"the key '{key.data}' appears twice in this mapping, {effect}",
                WARNING if is_equal else ERROR,
                end_column=key.column + key.end - key.start,
                related=(Related(self.path, first.line, first.column, "first given"),),
                fix=self.without_lines(key.start, value.end) if is_equal else None,
            )
        )

    def without_lines(self, start: int, end: int) -> Fix | None:
        """Return the fix that removes the lines from start to end; None if they hold anything else."""
        first = self.text.rfind("\n", 0, start) + 1
        last = self.text.find("\n", end) + 1
        if self.text[first:start].strip() or self.text[end:last].strip() or not last:
            return None
        edit = Edit(self.path, *position(self.text, first), *position(self.text, last), "")
        return Fix((edit,), is_safe=True)


_RESOLVER = yaml.resolver.Resolver()
_CONSTRUCTOR = yaml.constructor.SafeConstructor()


@lru_cache(maxsize=4096)
def _resolve(value: str, implicit: tuple[bool, bool]) -> str:
    return _RESOLVER.resolve(yaml.ScalarNode, value, implicit)


@lru_cache(maxsize=4096)
def _construct(tag: str, value: str) -> object:
    if tag in (STRING_TAG, MERGE_TAG):
        return value
    return _CONSTRUCTOR.construct_document(yaml.ScalarNode(tag, value))
