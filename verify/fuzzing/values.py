"""What may stand anywhere: values of JSON and their odd spellings, texts, and documents with something changed."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from verify.fuzzing.target import CANARY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Anything = st.SearchStrategy[Any]
Path = tuple[Any, ...]

ODD_TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "\r\n",
        "\t",
        "\u2028",
        "\u202e",
        "\ufeff",
        "\U0001f600",
        "\u00df",
        "\u0130",
        "\u0308",
        "²",
        "٣",
    ),
    *("\ud800", "null", "true", "NaN", "Infinity", "-0", "1e99999", "0x10", "1_000", "%00", "%", "../..", "."),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30", "2026-01-01T00:00:00.1234567890Z"),
    *("x@x.example", "urn:ietf:params:scim:schemas:core:2.0:User", "$ref", "__proto__", "{{a}}", "'\"`$;"),
    *(CANARY, f"{CANARY}@corp.example", f"'{CANARY}'", f'"{CANARY}"', f"Bearer {CANARY}"),
)
LONG_TEXTS = st.sampled_from([("9", 5_000), ("a", 70_000), ("\u00e9", 300)]).map(lambda given: given[0] * given[1])
TEXTS = st.one_of(*[st.sampled_from(ODD_TEXTS), st.text(max_size=12)] * 4, LONG_TEXTS)
NUMBERS = (
    st.integers(-(2**63), 2**64 - 1)
    | st.sampled_from([0, -1, 1, 10**18, 10**400, -(10**30), 2**31, 2**63])
    | st.floats()
    | st.sampled_from([0.1, -0.0, 1e308, float("nan"), float("inf")])
)
SCALARS: Anything = st.none() | st.booleans() | NUMBERS | TEXTS
KEYS = st.sampled_from(["id", "ID", "value", "type", "primary", "name", "", "$ref", "meta", "schemas"]) | TEXTS
VALUES: Anything = st.recursive(
    SCALARS, lambda part: st.lists(part, max_size=4) | st.dictionaries(KEYS, part, max_size=4), max_leaves=12
)


def nested(levels: int) -> list[Any]:
    """Return a list in a list, so many levels deep."""
    held: list[Any] = []
    for _ in range(levels):
        held = [held]
    return held


_BULKY: dict[str, Callable[[], Any]] = {
    "deep": lambda: nested(30),
    "deeper": lambda: nested(40),
    "deepest": lambda: nested(400),
    "many": lambda: ["x"] * 2_000,
    "wide": lambda: {f"k{number}": number for number in range(300)},
    "long": lambda: "y" * 300_000,
}
BULKY: Anything = st.sampled_from(list(_BULKY)).map(lambda kind: _BULKY[kind]())
ANYTHING: Anything = VALUES | VALUES | VALUES | BULKY


def places(value: Any, path: Path = ()) -> list[Path]:  # noqa: ANN401 - JSON
    """Return where something stands in a document, the document itself included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))]


def replaced(value: Any, path: Path, new: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a document with `new` at one place."""
    if not path:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


def _at(value: Any, path: Path) -> Any:  # noqa: ANN401 - JSON
    for step in path:
        value = value[step]
    return value


def _removed(value: Any, path: Path) -> Any:  # noqa: ANN401 - JSON
    holder = copy.copy(_at(value, path[:-1]))
    del holder[path[-1]]
    return replaced(value, path[:-1], holder)


def _renamed(value: Any, path: Path, name: str) -> Any:  # noqa: ANN401 - JSON
    holder = _at(value, path[:-1])
    if not isinstance(holder, dict):
        return replaced(value, path[:-1], [*holder, *holder])
    return replaced(value, path[:-1], {name if key == path[-1] else key: each for key, each in holder.items()})


def _added(value: Any, path: Path, name: str, new: Any) -> Any:  # noqa: ANN401 - JSON
    held = _at(value, path)
    if isinstance(held, dict):
        return replaced(value, path, {**held, name: new})
    return replaced(value, path, [*held, new]) if isinstance(held, list) else replaced(value, path, new)


@st.composite
def changed(draw: st.DrawFn, wholes: Sequence[Any], *, values: Anything = ANYTHING, most: int = 3) -> Any:  # noqa: ANN401
    """Draw one of several documents, with up to `most` things replaced, left out, spelled otherwise, or added."""
    document = copy.deepcopy(draw(st.sampled_from(wholes)))
    for _ in range(draw(st.integers(0, most))):
        at = draw(st.sampled_from(places(document)))
        how = draw(st.sampled_from(["replace", "replace", "remove", "rename", "add"]))
        if how == "add":
            document = _added(document, at, draw(KEYS), draw(values))
        elif how == "remove" and at:
            document = _removed(document, at)
        elif how == "rename" and at:
            document = _renamed(document, at, draw(st.sampled_from([str(at[-1]).upper(), str(at[-1]).title()]) | KEYS))
        else:
            document = replaced(document, at, draw(values))
    return document


def spelled(document: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return JSON as Python writes it: with NaN, numbers of any length, and lone surrogates as escapes."""
    return json.dumps(document).encode()


_SPELLINGS: dict[str, Callable[[Any], bytes]] = {
    "as it is": spelled,
    "UTF-8": lambda document: json.dumps(document, ensure_ascii=False).encode(errors="surrogatepass"),
    "with a mark": lambda document: b"\xef\xbb\xbf" + spelled(document),
    "UTF-16": lambda document: spelled(document).decode().encode("utf-16"),
    "Latin-1": lambda document: json.dumps(document, ensure_ascii=False).encode("latin-1", errors="replace"),
    "twice": lambda document: spelled(document) * 2,
    "in lines": lambda document: json.dumps(document, indent=2).encode() + b"\n\n",
    "each name twice": lambda document: spelled(document).replace(b"{", b'{"id": "2", "totalResults": 1, ', 1),
    "with NaN": lambda document: spelled(document).replace(b"true", b"NaN"),
    "broken": lambda document: spelled(document).replace(b":", b"", 1),
    "as a text": lambda document: spelled(spelled(document).decode()),
    "a web page": lambda document: b"<!DOCTYPE html><html>" + spelled(document) + b"</html>",
}


@st.composite
def bodies(draw: st.DrawFn, documents: Anything) -> bytes:
    """Draw the bytes of an answer: a document in one of many spellings, cut off, or nothing of the sort."""
    if draw(st.integers(0, 11)) == 0:
        return draw(st.binary(max_size=200))
    body = _SPELLINGS[draw(st.sampled_from(["as it is"] * 6 + list(_SPELLINGS)))](draw(documents))
    return body[: draw(st.integers(0, len(body)))] if draw(st.integers(0, 11)) == 0 else body
