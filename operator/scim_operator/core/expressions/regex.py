"""Regular expressions in linear time (RE2), and counted against the cost of an evaluation.

RE2's time is at worst the length of the text times the size of the compiled pattern, so that is what is charged:
`(.{1,900})(.{1,900})z` on 64 KiB takes more than a second of a processor, without any backtracking.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import re2

from scim_operator.core.expressions.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.core.expressions.frame import Frame

    Pattern = Any
    """A compiled pattern of google-re2, which has no types."""
    Match = Any

MAX_PATTERN = 2_000
"""Characters of the longest pattern."""

_INSTRUCTIONS_PER_STEP = 200
_STEPS_PER_COMPILED_INSTRUCTION = 2
_REFUSED = 30_000
"""Steps of an invalid pattern: RE2 reports it only once it has filled the memory that it may use."""
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 20
_REFERENCE = re.compile(r"\$(?:(\$)|([0-9]{1,3})|\{([A-Za-z0-9_]{1,64})\}|(&))")


@lru_cache(maxsize=256)
def compiled(text: str) -> Pattern:
    """Return the compiled pattern. Raises Fault where it is invalid, naming what RE2 does not have."""
    if len(text) > MAX_PATTERN:
        raise Fault(f"The regular expression is longer than {MAX_PATTERN} characters; shorten it")
    try:
        return re2.compile(text, _OPTIONS)
    except re2.error as error:
        detail = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise Fault(
            f"This is no regular expression: {detail.partition(':')[0]}; write it in RE2's syntax, which has no "
            "look-around and no back-references"
        ) from None


def pattern(frame: Frame, text: str) -> Pattern:
    """Return the pattern, charged by its size on first use in an evaluation: an expression may build many."""
    known = frame.patterns.get(text)
    if known is None:
        try:
            known = frame.patterns[text] = compiled(text)
        except Fault:
            frame.charge(_REFUSED)
            raise
        frame.charge(20 + known.programsize * _STEPS_PER_COMPILED_INSTRUCTION)
    return known


def search(frame: Frame, expression: Pattern, text: str, start: int = 0) -> Match | None:
    """Return the first match at or after `start`, or None; charged before it runs."""
    frame.charge(1 + (len(text) - start) * expression.programsize // _INSTRUCTIONS_PER_STEP)
    return expression.search(text, start)


def matches(frame: Frame, expression: Pattern, text: str) -> Iterator[Match]:
    """All matches that do not overlap, from left to right; an empty one is followed a character further."""
    start = 0
    while start <= len(text) and (match := search(frame, expression, text, start)) is not None:
        yield match
        start = match.end() + (match.start() == match.end())


def replaced(frame: Frame, expression: Pattern, text: str, replacement: str) -> str:
    """Return the text with each match replaced; `$1`, `${name}`, `$&` and `$$` mean what they mean in .NET."""
    return _joined(frame, text, ((m.span(), expanded(m, replacement)) for m in matches(frame, expression, text)))


def group_replaced(frame: Frame, expression: Pattern, text: str, group: int, replacement: str) -> str:
    """Return the text with what the group matched, in each match where it did, replaced by the literal replacement."""
    found = (m.span(group) for m in matches(frame, expression, text) if m.group(group) is not None)
    return _joined(frame, text, ((span, replacement) for span in found))


def _joined(frame: Frame, text: str, pieces: Iterator[tuple[tuple[int, int], str]]) -> str:
    parts, end, length = [], 0, 0
    for span, piece in pieces:
        length += span[0] - end + len(piece)
        frame.charge_text(length if length > len(text) else 0)
        parts += [text[end : span[0]], piece]
        end = span[1]
    return "".join([*parts, text[end:]])


def expanded(match: Match, replacement: str) -> str:
    """Return the replacement with its references to groups filled in; a reference to no group stands for itself."""
    return _REFERENCE.sub(lambda reference: _referred(match, reference), replacement)


def _referred(match: Match, reference: re.Match[str]) -> str:
    if reference[1] or reference[4]:
        return "$" if reference[1] else str(match.group())
    name = reference[2] or reference[3]
    number = int(name) if name.isdecimal() else match.re.groupindex.get(name, -1)
    if 0 <= number <= match.re.groups:
        return match.group(number) or ""
    return reference[0]


def group_number(expression: Pattern, name: str) -> int:
    """Return the number of the group of that name, or of that number. Raises Fault where the pattern has none."""
    number = int(name) if name.isdecimal() and len(name) < 4 else expression.groupindex.get(name, -1)
    if not 0 <= number <= expression.groups:
        raise Fault("regexGroupName names no group of the pattern; write the group as (?<name>…)")
    return int(number)
