"""Manifests from text, read as kubectl reads them, on libyaml's event stream.

The events are C's, the values are made here: PyYAML's own loaders know other scalars than Kubernetes, take the last of
two equal keys, and its C loader dies of deep nesting. What a file can do to us is bounded: nesting, and what aliases
repeat. Lines are not kept for every value; `line_of` reads a document again when something about it is to be said.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml
from yaml import cyaml

from scim_operator.local.document import MAX_DEPTH, Document, NoJson, Path, Torn, Unreadable, too_deep, twice
from scim_operator.local.jsontext import json_documents
from scim_operator.local.scalars import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_REPEATED = 100_000
"""Values of one document that aliases repeat."""

MOST_TORN = 100
"""Documents of one file that cannot be read: what follows them counts as one."""

_SEPARATOR = "---"
SEPARATORS = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
"""The beginnings of documents, within a text that is no document of text alone."""
_BOM = "\ufeff"
_TAGS = {
    "tag:yaml.org,2002:str": "!!str",
    "tag:yaml.org,2002:int": "!!int",
    "tag:yaml.org,2002:float": "!!float",
    "tag:yaml.org,2002:bool": "!!bool",
    "tag:yaml.org,2002:null": "!!null",
    "tag:yaml.org,2002:map": "!!map",
    "tag:yaml.org,2002:seq": "!!seq",
}


def decoded(body: bytes) -> str:
    """Return the text of a file. Errors: Unreadable unless it is UTF-8; a byte order mark is dropped."""
    try:
        return body.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Unreadable("not UTF-8; save the file as UTF-8", line) from None


def documents(text: str, *, as_json: bool = False) -> Iterator[Document]:
    """Yield the documents of a text, the empty ones left out. Errors: Unreadable, at the first that is wrong."""
    yield from json_documents(text) if as_json else _as_kubectl(text)


def _as_kubectl(text: str) -> Iterator[Document]:
    """Yield the documents of a file of YAML. As long as it is JSON from its beginning on, it is read as that.

    JSON has texts that YAML has not: the two halves of a character beyond 16 bits, as \\ud83d\\ude00, and tabs between
    values.
    """
    head = list(_leading_json(text))
    yield from head
    if not head:
        yield from _yaml_documents(text)
    elif (following := SEPARATORS.search(text, head[-1].end or 0)) is not None:
        start = following.start()
        for each in _yaml_documents(text[start:]):
            yield _further(each, start, text.count("\n", 0, start), len(head))


def _leading_json(text: str) -> Iterator[Document]:
    """Yield the documents of JSON with which a text begins, up to `---`; none where it begins with something else."""
    if not text.lstrip().startswith("{"):
        return
    found = SEPARATORS.search(text)
    head = text[: found.start() if found else len(text)].rstrip()
    while (last := head.rpartition("\n"))[2].lstrip().startswith("#"):
        head = last[0].rstrip()
    with contextlib.suppress(NoJson):
        yield from list(json_documents(head))


def is_json(text: str) -> bool:
    """Return whether a file of YAML is read as JSON, and as nothing else."""
    return SEPARATORS.search(text) is None and next(_leading_json(text), None) is not None


def _further(document: Document, start: int, lines: int, number: int = 0) -> Document:
    """Return a document of a part of a text, by its place in the whole."""
    end = None if document.end is None else document.end + start
    return replace(
        document,
        line=document.line + lines,
        number=document.number + number,
        start=document.start + start,
        end=end,
    )


def parts(text: str, *, as_json: bool = False) -> Iterator[Document | Torn]:
    """Yield the documents of a text, and in its place each one that cannot be read, for they fail alone."""
    last: Document | None = None
    try:
        for document in documents(text, as_json=as_json):
            if last is not None:
                yield last
            last = document
    except Unreadable as error:
        failed = error
    else:
        yield from [last] if last is not None else ()
        return
    start = 0 if last is None else last.end or 0
    # What stands behind a document, and does not begin one, is a part of it that was cut off.
    if last is not None and text.startswith(_SEPARATOR, start):
        yield last
    elif last is not None:
        start = last.start
    yield from [Torn(str(failed), failed.line, text[start:])] if as_json else _apart(text, start)


def _apart(text: str, start: int) -> Iterator[Document | Torn]:
    """Yield the same of YAML from `start` on, where documents part at `---`, as kubectl parts them."""
    places = [start, *(found.start() for found in SEPARATORS.finditer(text, start + 1)), len(text)]
    line, torn = text.count("\n", 0, start), 0
    for begin, end in itertools.pairwise(places):
        if torn == MOST_TORN:
            yield Torn(
                f"{torn} documents above cannot be read, and this is left; correct those", line + 1, text[begin:]
            )
            return
        piece = text[begin:end]
        try:
            for each in [*(_yaml_documents(piece) if begin else _as_kubectl(piece))]:
                yield _further(each if each.end is not None else replace(each, end=len(piece)), begin, line)
        except Unreadable as error:
            torn += 1
            yield Torn(str(error), error.line + line, piece)
        line += piece.count("\n")


def line_of(text: str, document: Document, path: Path) -> int:
    """Return the line of the field at `path`, or of the nearest one above it that exists."""
    lines = lines_of(text, document.start, document.end)
    known = (lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines)
    return next((line + document.line - 1 for line in known), document.line)


@lru_cache(maxsize=8)
def lines_of(text: str, start: int, end: int | None) -> dict[Path, int]:
    """Return the lines of all fields of one document, kept for the next questions.

    One group may have thousands, and two Lists in which the same people stand are asked about in turn.
    """
    lines: dict[Path, int] = {}
    # The document alone: a file may hold ten thousand, each with something to say of. JSON that is no YAML, or a fault
    # further down, leaves what was found before.
    with contextlib.suppress(Unreadable):
        next(_yaml_documents(text[start:end], 0, lines.setdefault), None)
    return lines


def _yaml_documents(
    text: str, only: int | None = None, note: Callable[[Path, int], object] | None = None
) -> Iterator[Document]:
    try:
        parser: Any = cyaml.CParser(text)  # type: ignore[attr-defined]  # the stubs leave it out
        number = 0
        while True:
            event = parser.get_event()
            if isinstance(event, yaml.StreamEndEvent):
                return
            if isinstance(event, yaml.DocumentStartEvent):
                noted = note if only == number else None
                builder = _Builder(parser, noted)
                first = parser.get_event()
                value = builder.value(first, 0, ())
                end = parser.get_event().end_mark.index
                if value is not None:
                    yield Document(value, _line(first), number, _line_start(text, first), end)
                number += 1
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(f"no YAML: {error.problem or error.context}", mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise Unreadable(_reader_message(error), _line_of_control(text)) from None


@dataclass(frozen=True, slots=True)
class _Anchored:
    """The size of what an alias repeats: its values, and its levels."""

    value: Any
    size: int
    height: int


class _Builder:
    """Makes one document's value of its events."""

    def __init__(self, parser: Any, note: Callable[[Path, int], object] | None) -> None:  # noqa: ANN401 - untyped C
        self._next: Callable[[], Any] = parser.get_event
        self._note = note
        self._anchors: dict[str, _Anchored] = {}
        self._made = 0
        self._reached = 0
        self._repeated = 0

    def value(self, event: Any, depth: int, path: Path) -> Any:  # noqa: ANN401 - any JSON value
        if event.anchor is None:
            if type(event) is yaml.ScalarEvent:  # most events are
                self._made += 1
                return self._scalar(event)
            return self._made_of(event, depth, path)
        if type(event) is yaml.AliasEvent:
            return self._alias(event, depth)
        made, above = self._made, self._reached
        self._reached = depth
        found = self._made_of(event, depth, path)
        self._anchors[event.anchor] = _Anchored(found, self._made - made, self._reached - depth)
        self._reached = max(above, self._reached)
        return found

    def _made_of(self, event: Any, depth: int, path: Path) -> Any:  # noqa: ANN401 - any JSON value
        self._made += 1
        if type(event) is yaml.ScalarEvent:
            return self._scalar(event)
        self._reach(depth + 1, event)
        if type(event) is yaml.MappingStartEvent:
            _check_tag(event, "tag:yaml.org,2002:map")
            return self._mapping(depth + 1, path)
        _check_tag(event, "tag:yaml.org,2002:seq")
        return self._sequence(depth + 1, path)

    def _reach(self, depth: int, event: Any) -> None:  # noqa: ANN401 - untyped C
        if depth > MAX_DEPTH:
            raise Unreadable(too_deep(), _line(event))
        self._reached = max(self._reached, depth)

    def _mapping(self, depth: int, path: Path) -> dict[str, Any]:
        built: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        following, noting = self._next, self._note is not None
        while type(event := following()) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent:
                raise Unreadable("a key is a text; write it as one", _line(event))
            key = event.value if event.style else _key(event)
            if key == "<<" and not event.style:
                merged += _mergeable(self.value(following(), depth, path), event)
                continue
            if key in built:
                raise Unreadable(twice(key), _line(event))
            at = (*path, key) if noting else path
            if self._note is not None:
                self._note(at, _line(event))
            built[key] = self.value(following(), depth, at)
        return _merged(merged, built) if merged else built

    def _sequence(self, depth: int, path: Path) -> list[Any]:
        built: list[Any] = []
        following = self._next
        while type(event := following()) is not yaml.SequenceEndEvent:
            at = (*path, len(built)) if self._note is not None else path
            if self._note is not None:
                self._note(at, _line(event))
            built.append(self.value(event, depth, at))
        return built

    def _scalar(self, event: Any) -> Any:  # noqa: ANN401 - untyped C
        if event.tag is not None:
            return _tagged(event)
        if event.style:
            return event.value
        try:
            return resolve(event.value)
        except ValueError as error:
            raise Unreadable(str(error), _line(event)) from None

    def _alias(self, event: Any, depth: int) -> Any:  # noqa: ANN401 - untyped C
        found = self._anchors.get(event.anchor)
        if found is None:
            raise Unreadable(f"there is no anchor &{event.anchor} above; correct the alias's name", _line(event))
        self._reach(depth + found.height, event)
        self._made += found.size
        self._repeated += found.size
        if self._repeated > MAX_REPEATED:
            raise Unreadable(f"aliases repeat more than {MAX_REPEATED} values; write the values out", _line(event))
        return found.value


def _key(event: Any) -> str:  # noqa: ANN401 - untyped C
    """Return a key as JSON has it: kubectl turns `on: x` into the key "true", which is then an unknown field."""
    text: str = event.value
    if text == "<<" or event.tag is not None:
        return text
    try:
        found = _plain_key(text)
    except ValueError as error:
        raise Unreadable(str(error), _line(event)) from None
    if found is None:
        raise Unreadable("a key is missing before the colon", _line(event))
    return found


@lru_cache(maxsize=1024)  # a directory has a few dozen keys, each ten thousand times
def _plain_key(text: str) -> str | None:
    found = resolve(text)
    return json.dumps(found) if isinstance(found, bool | int | float) else found


def _merged(others: list[dict[str, Any]], own: dict[str, Any]) -> dict[str, Any]:
    """Return the merged mapping: keys of the mapping itself win, then those of the first of `others`."""
    whole: dict[str, Any] = {}
    for other in reversed(others):
        whole.update(other)
    return {**whole, **own}


def _mergeable(value: Any, event: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    """Return the mappings that `<<` merges, the winning one first."""
    several = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in several):
        raise Unreadable("<< merges an alias of a mapping; give it one", _line(event))
    return several


def _tagged(event: Any) -> Any:  # noqa: ANN401 - untyped C
    tag, text = event.tag, event.value
    if tag in ("tag:yaml.org,2002:str", "!"):
        return text
    line = _line(event)
    if tag not in _TAGS or tag in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
        raise Unreadable("a tag is not taken here; remove it", line)
    try:
        value = resolve(text)
    except ValueError as error:
        raise Unreadable(str(error), line) from None
    if not isinstance(value, _MEANT[tag]) or (isinstance(value, bool) and bool not in _MEANT[tag]):
        raise Unreadable(f"the value is not what its tag {_TAGS[tag]} says; correct one of them", line)
    return float(value) if isinstance(value, int) and tag.endswith("float") else value


_MEANT: dict[str, tuple[type, ...]] = {
    "tag:yaml.org,2002:int": (int,),
    "tag:yaml.org,2002:float": (int, float),
    "tag:yaml.org,2002:bool": (bool,),
    "tag:yaml.org,2002:null": (type(None),),
}


def _check_tag(event: Any, meant: str) -> None:  # noqa: ANN401 - untyped C
    if event.tag is not None and event.tag != meant:
        raise Unreadable("a tag is not taken here; remove it", _line(event))


def _line(event: Any) -> int:  # noqa: ANN401 - untyped C
    line: int = event.start_mark.line + 1
    return line


def _line_start(text: str, event: Any) -> int:  # noqa: ANN401 - untyped C
    return text.rfind("\n", 0, event.start_mark.index) + 1


def _reader_message(error: yaml.YAMLError) -> str:
    reason = getattr(error, "reason", "")
    return f"no YAML: {reason or 'the text has characters that YAML does not allow'}; remove control characters"


def _line_of_control(text: str) -> int:
    """Return the line of the first character that YAML forbids, 1 when none is found."""
    for line, content in enumerate(text.split("\n"), 1):
        if any(ord(char) < 32 and char not in "\t\r" for char in content) or "\x7f" in content:
            return line
    return 1
