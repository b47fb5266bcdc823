"""Entra's Replace, in its five modes, and what of .NET's regular expressions RE2 does not write the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.expressions import regex
from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.library.registry import OMITTED, Style, declare
from scim_operator.core.expressions.standard.strings import bounded_replace
from scim_operator.core.expressions.syntax import Constant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.syntax import Node

_MODES = (
    "Replace: give oldValue with replacementValue or template, or regexPattern with replacementValue, or regexPattern "
    "and regexGroupName with replacementValue or replacementAttributeName; null for the others"
)


def replace(  # noqa: PLR0913, PLR0917 - the reference has seven
    frame: Frame,
    source: Any,  # noqa: ANN401 - a text, None or OMITTED, as all of them
    old: Any = OMITTED,  # noqa: ANN401
    pattern: Any = OMITTED,  # noqa: ANN401
    group: Any = OMITTED,  # noqa: ANN401
    replacement: Any = OMITTED,  # noqa: ANN401
    attribute: Any = OMITTED,  # noqa: ANN401
    template: Any = OMITTED,  # noqa: ANN401
) -> str | None:
    """Replace(source, oldValue, regexPattern, regexGroupName, replacementValue, replacementAttributeName, template).

    What the expression gives, and not what has a value for this user, decides the mode: an attribute without a value
    as the replacement replaces by nothing.
    """
    text = None if source is OMITTED else source
    if attribute is not OMITTED:
        return _fallback(frame, text, pattern or "", group or "", attribute)
    if text is None:
        return None
    if template is not OMITTED:
        return bounded_replace(frame, template or "", old, text) if old else template
    if pattern is not OMITTED:
        return _by_pattern(frame, text, pattern or "", group, replacement or "")
    return bounded_replace(frame, text, old, replacement or "") if old else text


def _by_pattern(frame: Frame, text: str, pattern: str, group: Any, replacement: str) -> str:  # noqa: ANN401
    compiled = regex.pattern(frame, pattern)
    if group is OMITTED:
        return regex.replaced(frame, compiled, text, replacement)
    return regex.group_replaced(frame, compiled, text, regex.group_number(compiled, group or ""), replacement)


def _fallback(frame: Frame, source: str | None, pattern: str, group: str, attribute: str | None) -> str | None:
    if source:
        return source
    compiled = regex.pattern(frame, pattern)
    number = regex.group_number(compiled, group)
    match = regex.search(frame, compiled, attribute or "")
    return None if match is None else match.group(number)


def _modes(arguments: Sequence[Node]) -> None:
    """Refuses a combination that means nothing, and an invalid literal pattern, before any object is touched."""
    given = [not (isinstance(each, Constant) and each.value is None) for each in arguments]
    _, old, pattern, group, replacement, attribute, template = [*given, *[False] * 7][:7]
    if (old, pattern, group, replacement, attribute, template) not in _ALLOWED:
        raise Fault(_MODES)
    if pattern and isinstance(arguments[2], Constant):
        _literal(arguments, group=group)


def _literal(arguments: Sequence[Node], *, group: bool) -> None:
    pattern, name = arguments[2], arguments[3] if group else None
    if isinstance(pattern, Constant) and isinstance(pattern.value, str):
        try:
            compiled = regex.compiled(pattern.value)
            if isinstance(name, Constant) and isinstance(name.value, str):
                regex.group_number(compiled, name.value)
        except Fault as fault:
            raise fault.at(pattern.offset) from None


_ALLOWED = {
    # oldValue, regexPattern, regexGroupName, replacementValue, replacementAttributeName, template
    (True, False, False, True, False, False),
    (True, False, False, False, False, True),
    (False, True, False, True, False, False),
    (False, True, True, True, False, False),
    (False, True, True, False, True, False),
}

REPLACE = [
    declare(
        "Replace(source: text, oldValue?: text, regexPattern?: text, regexGroupName?: text, replacementValue?: text, "
        "replacementAttributeName?: text, template?: text): text",
        replace,
        style=Style.MARKED,
        check=_modes,
    )
]
