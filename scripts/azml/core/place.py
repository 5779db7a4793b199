"""A value in a document and where it stands; findings are made here.

A part of a value, such as one binding in a command, is named by its offsets in the value. Quotes, escapes,
folds and indentation make the source another text; ``_spans`` maps one to the other.
"""

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache

import yaml
from yaml.scanner import Scanner

from .compose import Node
from .document import Document, Pointer
from .finding import Edit, Finding, Fix, Related
from .values import JSON, mapping

_BLANKS = " \t\r\n"
_RESOLVER = yaml.resolver.Resolver()
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")  # an anchor and a tag in front of a scalar


@dataclass(frozen=True)
class Place:
    """The value at ``pointer`` of a document, or with ``span`` the part of it from start to end."""

    document: Document
    pointer: Pointer = ()
    span: tuple[int, int] | None = None

    @property
    def value(self) -> JSON:
        """The value that stands here."""
        return self.document.get(self.pointer)

    @property
    def data(self) -> dict:
        """The value if it is a mapping, else an empty one."""
        return mapping(self.value)

    @property
    def text(self) -> str:
        """The value if it is a string, else an empty one."""
        value = self.value
        return value if isinstance(value, str) else ""

    def below(self, *keys: str | int) -> "Place":
        """Return the place of what stands further in."""
        return Place(self.document, (*self.pointer, *keys))

    def part(self, start: int, end: int) -> "Place":
        """Return the part of this string from ``start`` to ``end``."""
        return replace(self, span=(start, end))

    def word(self, text: str) -> "Place":
        """Return the first ``text`` in this string, as a whole word; the whole value if it is not there.

        ``--test`` is not a word of ``--test-share``.
        """
        before = r"(?<![\w-])" if re.match(r"[\w-]", text) else ""
        after = r"(?![\w-])" if re.search(r"[\w-]\Z", text) else ""
        found = re.search(before + re.escape(text) + after, self.text) if text else None
        return self.part(*found.span()) if found else self

    def finding(self, rule: str, message: str, key: bool = False, **more) -> Finding:
        """Return a finding here, or with ``key`` at the key of this value; ``more`` are its other fields."""
        node = self.document.node(self.pointer, key)
        if node is None:
            return self.document.shown(Finding(str(self.document.path), 1, 1, rule, message, **more))
        start, end = self._source_span() or (node.start, node.end)
        line, column = self.document.position(start)
        is_one_line = "\n" not in self.document.text[start:end]
        end_column = column + end - start if is_one_line else 0
        place = str(self.document.path), line, column
        return self.document.shown(Finding(*place, rule, message, end_column=end_column, **more))

    def fix(self, text: str | None, key: bool = False, is_safe: bool = False) -> Fix | None:
        """Return the fix that puts another text here, or with ``key`` in place of the key.

        It is written as what stands here is: in the same quotes, or in new ones if YAML would read a plain
        text otherwise. None without a text, and where an edit would change more than this: at an anchor.
        """
        found = self._scalar(key)
        if found is None or text is None:
            return None
        part = self._source_span()
        if self.span is not None:
            written = _escaped(text, found.style) if part else None
        else:
            written = _quoted(text, found.style)
        start, end = part or (found.start, found.end)
        return Fix((self._edit(start, end, written),), is_safe) if written is not None else None

    def rewrite(self, source: str, is_safe: bool = False) -> Fix | None:
        """Return the fix that writes another source for the value, as it is."""
        found = self._scalar(key=False)
        return Fix((self._edit(found.start, found.end, source),), is_safe) if found else None

    def _scalar(self, key: bool) -> Node | None:
        """Return the scalar that stands here itself: not merged or behind an alias, with no anchor or tag."""
        found = self.document.node(self.pointer, key) if self.document.has(self.pointer) else None
        if found is None or found.children is not None or self.document.is_foreign:
            return None
        source = self.document.text[found.start : found.end]
        return found if source and source[0] not in "*&!" else None

    def _edit(self, start: int, end: int, text: str) -> Edit:
        document = self.document
        return Edit(str(document.path), *document.position(start), *document.position(end), text)

    def related(self, message: str, key: bool = True) -> Related:
        """Return this place, or its value's with ``key=False``, as one that explains a finding."""
        node = self.document.node(self.pointer, key)
        line, column = (node.line, node.column) if node else (1, 1)
        return Related(str(self.document.path), line, column, message)

    def _source_span(self) -> tuple[int, int] | None:
        """Return where the part stands in the document's text; None for a whole value."""
        if self.span is None or not self.document.has(self.pointer):
            return None
        node = self.document.node(self.pointer)
        if node is None or node.data != self.value or not isinstance(node.data, str):
            return None  # --set has changed it
        spans = _spans(self.document.source(self.pointer), node.style or "", node.data)
        start, end = self.span
        if spans is None or not start < end <= len(spans):
            return None
        return node.start + spans[start][0], node.start + spans[end - 1][1]

    def __str__(self) -> str:
        """Return ``file:line:column``."""
        node = self.document.node(self.pointer, key=True)
        return f"{self.document.path}:{node.line}:{node.column}" if node else str(self.document.path)


def _quoted(text: str, style: str | None) -> str | None:
    """Return a scalar's source in a style; None in a block, whose header and indentation are its own."""
    if style == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if style in (None, "") and _is_plain(text):
        return text
    return json.dumps(text, ensure_ascii=False) if style not in ("|", ">") else None


def _is_plain(text: str) -> bool:
    """Tell whether YAML reads a text without quotes as that string, in a flow mapping too."""
    if not re.fullmatch(r"[\w./$@+-][^\n,\[\]#\"'&*!|>%`]*", text) or re.search(r":(\s|$)|\s$", text):
        return False
    return _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)).endswith(":str")


def _escaped(text: str, style: str | None) -> str | None:
    """Return a part of a scalar's source in a style; None where YAML would read it otherwise."""
    if style == "'":
        return text.replace("'", "''")
    if style == '"':
        return json.dumps(text, ensure_ascii=False)[1:-1]
    is_other = style not in ("|", ">") and re.search(r": |:$| #|\n", text)
    return None if is_other or "\n" in text else text


@lru_cache(maxsize=256)
def _spans(source: str, style: str, value: str) -> list[tuple[int, int]] | None:
    """Return (start, end) in a scalar's source of each character of its value.

    None where the two do not match: behind an alias stands another text. Blanks of the value are placed
    at the blanks of the source, which may be more or fewer.
    """
    at = _content(source, style)
    spans = []
    for character in value:
        if character not in _BLANKS or _read(source, at, style)[0] == character:
            at = at if character in _BLANKS else _next(source, at, style)
            read, length = _read(source, at, style)
            if read != character:
                return None
            spans.append((at, at + length))
            at += length
        else:
            spans.append((at, at + 1))
    return spans


def _content(source: str, style: str) -> int:
    """Return where the content of a scalar begins: behind its quote, or its block's header."""
    properties = _PROPERTIES.match(source)
    start = properties.end() if properties else 0
    if style in ("|", ">"):
        return source.find("\n", start) + 1
    return start + len(style)


def _next(source: str, at: int, style: str) -> int:
    """Return the next place that is not blank; in double quotes a backslash at a line's end is blank too."""
    while (source[at : at + 1] in _BLANKS and at < len(source)) or _is_continuation(source, at, style):
        at += 1
    return at


def _is_continuation(source: str, at: int, style: str) -> bool:
    return style == '"' and source[at : at + 1] == "\\" and source[at + 1 : at + 2] in ("\n", "\r")


def _read(source: str, at: int, style: str) -> tuple[str, int]:
    """Return the character that stands at a place of the source, and how long it is there."""
    character = source[at : at + 1]
    if style == "'" and character == "'":
        return "'", 2
    if style != '"' or character != "\\":
        return character, 1
    escape = source[at + 1 : at + 2]
    if digits := Scanner.ESCAPE_CODES.get(escape):
        return chr(int(source[at + 2 : at + 2 + digits], 16)), 2 + digits
    return Scanner.ESCAPE_REPLACEMENTS.get(escape, escape), 2
