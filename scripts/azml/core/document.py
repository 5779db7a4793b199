"""YAML text -> plain data, and the position of every key and value.

The data is what ``yaml.safe_load`` returns, which is what azure-ai-ml reads (``_utils/utils.py``,
``load_yaml``). Whatever is wrong with the text becomes findings, never an exception.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from .compose import Node, compose
from .finding import Finding
from .paths import Unreadable, read_bytes
from .privacy import secret_nodes
from .rule_ids import YAML_SYNTAX
from .values import JSON

# A place inside a document: the keys and indices that lead to it, ("jobs", "train", "inputs").
Pointer = tuple[str | int, ...]

MAX_BYTES = 1024 * 1024
MOST_OF_A_MESSAGE = 1000


@dataclass(eq=False)
class Document:
    """A YAML file: its text, plain data, and where everything stands.

    ``is_foreign`` says that it lies outside the repository: findings in it show nothing of what it holds.
    """

    path: Path
    text: str = ""
    data: JSON = None
    root: Node | None = None
    findings: list[Finding] = field(default_factory=list)
    is_foreign: bool = False

    def parse(self) -> None:
        """Fill ``root``, ``data`` and ``findings`` from the text."""
        self.root, findings = compose(self.text, str(self.path))
        self.findings += map(self.shown, findings)
        self.data = self.root.data if self.root else None

    def shown(self, finding: Finding) -> Finding:
        """Return a finding in this document as it may be shown, with the line it stands in."""
        if self.is_foreign:
            message = "wrong, and not shown: the file is outside the repository"
            return replace(finding, message=message, related=(), fix=None)
        message = finding.message
        for secret in self._secrets:
            message = message.replace(secret, f"<{len(secret)} characters>")
        if len(message) > MOST_OF_A_MESSAGE:
            message = f"{message[:MOST_OF_A_MESSAGE]}..."
        lines = self._shown_lines
        source = lines[finding.line - 1] if finding.line <= len(lines) else ""
        return replace(finding, message=message, source=source)

    @cached_property
    def _secrets(self) -> list[str]:
        return [str(node.data) for node in secret_nodes(self.root) if len(str(node.data)) > 3]

    @cached_property
    def _shown_lines(self) -> list[str]:
        text = self.text
        for node in secret_nodes(self.root):
            hidden = re.sub(r"[^\r\n]", "*", text[node.start : node.end])
            text = f"{text[: node.start]}{hidden}{text[node.end :]}"
        return text.split("\n")

    def node(self, pointer: Pointer, key: bool = False) -> Node | None:
        """Return the node at ``pointer`` (its key's node with ``key``), or of the nearest ancestor."""
        found_key, found = None, self.root
        for part in pointer:
            pair = found.child(part) if found else None
            if pair is None:
                return found_key if key and found_key else found
            found_key, found = pair
        return found_key if key and found_key else found

    def at(self, offset: int) -> tuple[Pointer, bool]:
        """Return the innermost place that holds an offset of the text, and whether that is its key."""
        pointer: Pointer = ()
        found = self.root
        while found is not None:
            inner = None
            for index, (key, value) in enumerate(found.pairs):
                part = key.data if key else index
                if key and key.start <= offset <= key.end:
                    return (*pointer, part), True
                if value.start <= offset <= value.end:
                    pointer, inner = (*pointer, part), value
            found = inner
        return pointer, False

    def has(self, pointer: Pointer) -> bool:
        """Tell whether the text itself holds something at ``pointer``."""
        found = self.root
        for part in pointer:
            pair = found.child(part) if found else None
            if pair is None:
                return False
            found = pair[1]
        return found is not None

    def get(self, pointer: Pointer) -> JSON:
        """Return the data at ``pointer``, or None."""
        value = self.data
        for part in pointer:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def source(self, pointer: Pointer) -> str:
        """Return the value's source text as written: quotes, folds and comments included."""
        node = self.node(pointer)
        return self.text[node.start : node.end] if node else ""

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and column, both counted from 1, of an offset in the text."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Return the offset in the text of a line and column, both counted from 1."""
        return self._line_starts[line - 1] + column - 1

    def line(self, number: int) -> str:
        """Return a line, counted from 1, without its end; none where the text has no such line."""
        starts = self._line_starts[number - 1 : number + 1]
        return self.text[slice(*starts)].rstrip("\r\n") if starts else ""

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def scalars(self, pointer: Pointer = (), skip: frozenset[Pointer] = frozenset()) -> Iterator[tuple]:
        """Yield (pointer, value) of every scalar of the data at or below ``pointer``, in order."""
        if pointer not in skip:
            yield from _scalars(self.get(pointer), pointer, skip)


def _scalars(value: object, pointer: Pointer, skip: frozenset[Pointer]) -> Iterator[tuple[Pointer, object]]:
    items: Iterable[tuple[str | int, JSON]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        yield pointer, value
    for key, child in items:
        if (*pointer, key) not in skip:
            yield from _scalars(child, (*pointer, key), skip)


def load(path: Path, is_foreign: bool = False) -> Document:
    """Read one YAML file. A file that cannot be read or parsed gives a document with findings."""
    document = Document(path, is_foreign=is_foreign)
    try:
        # utf-8-sig is how azure-ai-ml opens specs (constants/_common.py, DefaultOpenEncoding).
        document.text = read_bytes(path, MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _add(document, f"the file is not UTF-8 (byte {error.start}); save it as UTF-8")
        return document
    except Unreadable as error:
        _add(document, str(error))
        return document
    document.parse()
    return document


def _add(document: Document, message: str) -> None:
    document.findings.append(Finding(str(document.path), 1, 1, YAML_SYNTAX, message))
