"""Manifests from text, read as kubectl reads them, on libyaml's event stream.

The events are C's, the values are made here: PyYAML's own loaders know other scalars than Kubernetes, take the last of
two equal keys, and its C loader dies of deep nesting. What a file can do to us is bounded: nesting, and what aliases
repeat. Lines are not kept for every value; `line_of` reads a document again when something about it is to be said.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from yaml import cyaml

from scim_operator.errors import InvalidSpec
from scim_operator.local.scalars import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_DEPTH = 64
"""Levels of nesting; the deepest field of our kinds is at ten."""
MAX_REPEATED = 100_000
"""Values of one document that aliases repeat."""

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

Path = tuple[str | int, ...]


class Unreadable(InvalidSpec):
    """A file is no YAML that we take; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value in JSON's types, the line it begins at, its number in the file, from 0.

    `start` is the index in the text of the beginning of that line, `end` that of its end.
    """

    value: Any
    line: int
    number: int
    start: int = 0
    end: int | None = None


def decoded(body: bytes) -> str:
    """The text of a file. Errors: Unreadable unless it is UTF-8; a byte order mark is dropped."""
    try:
        return body.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Unreadable("not UTF-8; save the file as UTF-8", line) from None


def documents(text: str, *, as_json: bool = False) -> Iterator[Document]:
    """Yield the documents of a text, the empty ones left out. Errors: Unreadable, at the first that is wrong."""
    yield from _json_documents(text) if as_json else _yaml_documents(text)


def line_of(text: str, document: Document, path: Path) -> int:
    """The line of the field at `path`, or of the nearest one above it that exists."""
    lines: dict[Path, int] = {}
    wanted = {path[:length] for length in range(1, len(path) + 1)}

    def note(at: Path, line: int) -> None:
        if at in wanted:
            lines.setdefault(at, line + document.line - 1)

    # The document alone: a file may hold ten thousand, each with something to say of. JSON that is no YAML, or a fault
    # further down, leaves what was found before.
    with contextlib.suppress(Unreadable):
        next(_yaml_documents(text[document.start : document.end], 0, note), None)
    return max(lines.items(), key=lambda item: len(item[0]), default=((), document.line))[1]


def _json_documents(text: str) -> Iterator[Document]:
    decoder, number, start = _DECODER, 0, 0
    while (start := _past_blanks(text, start)) < len(text):
        line, begin = text.count("\n", 0, start) + 1, text.rfind("\n", 0, start) + 1
        try:
            value, start = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            raise Unreadable(f"no JSON: {error.msg}", error.lineno) from None
        except ValueError as error:
            raise Unreadable(str(error), line) from None
        except RecursionError:
            raise Unreadable(_too_deep(), line) from None
        if "\\u" in text and not _is_unicode(value):
            raise Unreadable("half of a character, as \\ud800 without its other half; correct it", line)
        yield Document(value, line, number, begin, start)
        number += 1


def _is_unicode(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _past_blanks(text: str, start: int) -> int:
    return len(text) - len(text[start:].lstrip(" \t\r\n"))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(_twice(twice))
    return built


def _no_constant(name: str) -> Any:  # noqa: ANN401 - never returns
    raise ValueError(f"{name} is no JSON; write a number")


def _json_number(text: str) -> Any:  # noqa: ANN401 - int or float
    found = resolve(text)
    if not isinstance(found, int | float):
        raise ValueError(f"{text[:20]} is a number beyond all bounds; correct it")  # noqa: TRY004 - as json's own
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_json_number, parse_float=_json_number
)


def _yaml_documents(
    text: str, only: int | None = None, note: Callable[[Path, int], None] | None = None
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


class _Builder:
    """Makes one document's value of its events."""

    def __init__(self, parser: Any, note: Callable[[Path, int], None] | None) -> None:  # noqa: ANN401 - untyped C
        self._next: Callable[[], Any] = parser.get_event
        self._note = note
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._made = 0
        self._repeated = 0

    def value(self, event: Any, depth: int, path: Path) -> Any:  # noqa: ANN401 - any JSON value
        self._made += 1
        made = self._made
        kind = type(event)
        if kind is yaml.ScalarEvent:
            found = self._scalar(event)
        elif kind is yaml.AliasEvent:
            return self._alias(event)
        elif depth >= MAX_DEPTH:
            raise Unreadable(_too_deep(), _line(event))
        elif kind is yaml.MappingStartEvent:
            _check_tag(event, "tag:yaml.org,2002:map")
            found = self._mapping(depth + 1, path)
        else:
            _check_tag(event, "tag:yaml.org,2002:seq")
            found = self._sequence(depth + 1, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (found, self._made - made + 1)
        return found

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
                raise Unreadable(_twice(key), _line(event))
            at = (*path, key) if noting else path
            if self._note is not None:
                self._note(at, _line(event))
            built[key] = self.value(following(), depth, at)
        for other in merged:
            built = {**other, **built}
        return built

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

    def _alias(self, event: Any) -> Any:  # noqa: ANN401 - untyped C
        line = _line(event)
        if event.anchor not in self._anchors:
            raise Unreadable(f"there is no anchor &{event.anchor} above; correct the alias's name", line)
        found, size = self._anchors[event.anchor]
        self._made += size
        self._repeated += size
        if self._repeated > MAX_REPEATED:
            raise Unreadable(f"aliases repeat more than {MAX_REPEATED} values; write the values out", line)
        return found


def _key(event: Any) -> str:  # noqa: ANN401 - untyped C
    """A key as JSON has it: kubectl turns `on: x` into the key "true", which is then an unknown field."""
    text: str = event.value
    if text == "<<" or event.tag is not None:
        return text
    found = resolve(text)
    if found is None:
        raise Unreadable("a key is missing before the colon", _line(event))
    return json.dumps(found) if isinstance(found, bool | int | float) else found


def _mergeable(value: Any, event: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    """What `<<` merges, the one that wins first."""
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


def _twice(key: str) -> str:
    return f"the key {key[:100]} stands twice in one mapping; keep one of them"


def _too_deep() -> str:
    return f"nested deeper than {MAX_DEPTH} levels; no field of a manifest is so deep"


def _reader_message(error: yaml.YAMLError) -> str:
    reason = getattr(error, "reason", "")
    return f"no YAML: {reason or 'the text has characters that YAML does not allow'}; remove control characters"


def _line_of_control(text: str) -> int:
    """The line of the first character that YAML forbids, 1 when none is found."""
    for line, content in enumerate(text.split("\n"), 1):
        if any(ord(char) < 32 and char not in "\t\r" for char in content) or "\x7f" in content:
            return line
    return 1
