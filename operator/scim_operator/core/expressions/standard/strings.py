"""CEL's functions on texts: the standard ones, the strings extension, and Kubernetes' find and findAll.

https://pkg.go.dev/github.com/google/cel-go/ext#Strings, https://kubernetes.io/docs/reference/using-api/cel/
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scim_operator.core.expressions import regex
from scim_operator.core.expressions.case import ascii_lower, ascii_upper
from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.standard.conversions import to_string
from scim_operator.core.expressions.standard.values import described, elements, integer, string

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.standard.values import Standard
    from scim_operator.core.resource import JsonValue


def matches(frame: Frame, text: JsonValue, pattern: JsonValue) -> bool:
    """Return whether the pattern matches somewhere in the text."""
    checked = regex.pattern(frame, string(pattern, "matches"))
    return regex.search(frame, checked, string(text, "matches")) is not None


def find(frame: Frame, text: JsonValue, pattern: JsonValue) -> str:
    """Return the first match of the pattern; "" where there is none."""
    found = regex.search(frame, regex.pattern(frame, string(pattern, "find")), string(text, "find"))
    return "" if found is None else str(found.group())


def find_all(frame: Frame, text: JsonValue, pattern: JsonValue, limit: JsonValue = -1) -> list[str]:
    """All matches of the pattern, at most `limit` where that is not negative."""
    found: list[str] = []
    most = integer(limit, "findAll")
    if most == 0:
        return found
    for match in regex.matches(frame, regex.pattern(frame, string(pattern, "findAll")), string(text, "findAll")):
        found.append(match.group())
        if len(found) == most:
            break
    return found


def regex_replace(frame: Frame, text: JsonValue, pattern: JsonValue, replacement: JsonValue) -> str:
    """Each match of the pattern replaced; `$1` and `${name}` in the replacement stand for groups."""
    texts = [string(each, "regex.replace") for each in (text, pattern, replacement)]
    return regex.replaced(frame, regex.pattern(frame, texts[1]), texts[0], texts[2])


def char_at(_: Frame, text: JsonValue, position: JsonValue) -> str:
    """Return the character at that index, counted from 0; "" at the very end."""
    checked, at = string(text, "charAt"), integer(position, "charAt")
    if not 0 <= at <= len(checked):
        raise Fault("charAt counts from 0 to the text's size; ask its size(…) first")
    return checked[at : at + 1]


def index_of(_: Frame, text: JsonValue, part: JsonValue, start: JsonValue = 0) -> int:
    """Return where the part first stands in the text, counted from 0; -1 where it does not."""
    checked, begin = string(text, "indexOf"), integer(start, "indexOf")
    _within(checked, begin, "indexOf")
    return checked.find(string(part, "indexOf"), begin)


def last_index_of(_: Frame, text: JsonValue, part: JsonValue, end: JsonValue = None) -> int:
    """Return where the part last stands in the text, beginning at `end` or before it; -1 where it does not."""
    checked, sought = string(text, "lastIndexOf"), string(part, "lastIndexOf")
    last = len(checked) if end is None else integer(end, "lastIndexOf")
    _within(checked, last, "lastIndexOf")
    return checked.rfind(sought, 0, last + len(sought))


def _within(text: str, position: int, name: str) -> None:
    if not 0 <= position <= len(text):
        raise Fault(f"{name} counts from 0 to the text's size; ask its size(…) first")


def join(frame: Frame, texts: JsonValue, separator: JsonValue = "") -> str:
    """Return the texts of a list with the separator between them."""
    parts = [string(each, "join") for each in elements(texts, "join")]
    between = string(separator, "join")
    frame.charge_text(sum(map(len, parts)) + len(between) * len(parts))
    frame.charge(len(parts))
    return between.join(parts)


def replace(frame: Frame, text: JsonValue, old: JsonValue, new: JsonValue, limit: JsonValue = -1) -> str:
    """Return the text with `old` replaced by `new`, at most `limit` times where that is not negative."""
    source, before, after = (string(each, "replace") for each in (text, old, new))
    most = integer(limit, "replace")
    return bounded_replace(frame, source, before, after, most if most >= 0 else -1)


def bounded_replace(frame: Frame, text: str, old: str, new: str, limit: int = -1) -> str:
    """`text.replace`, charged by the length of its result before that is made."""
    times = text.count(old) if limit < 0 else min(text.count(old), limit)
    frame.charge_text(len(text) + times * len(new))
    return text.replace(old, new, limit)


def split(frame: Frame, text: JsonValue, separator: JsonValue, limit: JsonValue = -1) -> list[str]:
    """Return the parts between separators, at most `limit` where that is not negative; of "" its characters."""
    source, between, most = string(text, "split"), string(separator, "split"), integer(limit, "split")
    frame.charge(1 + (source.count(between) if between else len(source)))
    if most == 0:
        return []
    if between:
        return source.split(between, most - 1 if most > 0 else -1)
    if 0 < most < len(source):
        return [*source[: most - 1], source[most - 1 :]]
    return list(source) or [""]


def substring(_: Frame, text: JsonValue, start: JsonValue, end: JsonValue = None) -> str:
    """Return the characters from `start` up to and without `end`, counted from 0."""
    source, begin = string(text, "substring"), integer(start, "substring")
    stop = len(source) if end is None else integer(end, "substring")
    if not 0 <= begin <= stop <= len(source):
        raise Fault(
            "substring counts from 0 to the text's size, and its start is not after its end; or use Mid or Left"
        )
    return source[begin:stop]


def quote(frame: Frame, text: JsonValue) -> str:
    """Return the text between double quotes, with what needs it escaped."""
    quoted = json.dumps(string(text, "strings.quote"), ensure_ascii=False)
    frame.charge_text(len(quoted))
    return quoted


def format_(frame: Frame, template: JsonValue, values: JsonValue) -> str:
    """Return the template with %s and %d filled in from the list, %% being a percent sign."""
    parts, rest = string(template, "format").split("%%"), list(elements(values, "format"))
    done = "%".join(_filled(frame, part, rest) for part in parts)
    if rest:
        raise Fault("format has more values than its template has places; add %s for each")
    return done


def _filled(frame: Frame, part: str, rest: list[JsonValue]) -> str:
    first, *pieces = part.split("%")
    result = [first]
    for piece in pieces:
        if piece[:1] not in ("s", "d"):
            raise Fault("format knows %s, %d and %%; write other forms with functions")
        if not rest:
            raise Fault("format has fewer values than its template has places; add one to the list for each")
        result += [_shown(frame, rest.pop(0), piece[0]), piece[1:]]
    frame.charge_text(sum(map(len, result)))
    return "".join(result)


def _shown(frame: Frame, value: JsonValue, verb: str) -> str:
    return str(integer(value, "%d")) if verb == "d" else to_string(frame, value)


def _of_text(name: str, compute: Callable[[str], str]) -> Standard:
    def run(frame: Frame, text: JsonValue) -> str:
        source = string(text, name)
        frame.charge_text(len(source))
        return compute(source)

    return run


def _question(name: str, holds: Callable[[str, str], bool]) -> Standard:
    def ask(_: Frame, text: JsonValue, part: JsonValue) -> bool:
        return holds(string(text, name), string(part, name))

    return ask


def reverse(frame: Frame, value: JsonValue) -> JsonValue:
    """Return a text or a list backwards."""
    if isinstance(value, str | list | tuple):
        frame.charge(1 + len(value) // 16)
        return value[::-1] if isinstance(value, str) else list(reversed(value))
    raise Fault(f"reverse takes texts and lists, and this is {described(value)}")


STRINGS: dict[str, Standard] = {
    "startsWith": _question("startsWith", str.startswith),
    "endsWith": _question("endsWith", str.endswith),
    "contains": _question("contains", str.__contains__),
    "matches": matches,
    "find": find,
    "findAll": find_all,
    "regex.replace": regex_replace,
    "charAt": char_at,
    "indexOf": index_of,
    "lastIndexOf": last_index_of,
    "join": join,
    "lowerAscii": _of_text("lowerAscii", ascii_lower),
    "upperAscii": _of_text("upperAscii", ascii_upper),
    "trim": _of_text("trim", str.strip),
    "replace": replace,
    "split": split,
    "substring": substring,
    "reverse": reverse,
    "format": format_,
    "strings.quote": quote,
}
