"""Tests that surely keep a CRD's rule, derived from the form of the rule.

CEL takes up to 100 µs a value, for its library compiles a regular expression again each time, and a directory of ten
thousand users has a hundred thousand values. Nearly all of them keep their rules, so it is enough to know those here:
an answer is "surely" or "ask CEL", never "no". The values are of their schema's types already.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import re2

if TYPE_CHECKING:
    from collections.abc import Callable

    Sure = Callable[[Any], bool]

_HAS = r"has\(self\.(\w+)\)"
_UNLESS_GIVEN = re.compile(rf"(?:!{_HAS} \|\| )+")
_COUNTED = rf"\({_HAS} \? 1 : 0\)"
_EXACTLY_ONE = re.compile(rf"{_COUNTED}(?: \+ {_COUNTED})* == 1")
_MATCHES = re.compile(r"(!?)self\.matches\((r?'[^']*')\)")
_NAMES = re.compile(_HAS)


def surely(rule: str) -> Sure | None:
    """Return a test that only values which keep the rule pass; None where CEL must decide."""
    return next((sure for form in _FORMS if (sure := form(rule)) is not None), None)


def _no_edges(rule: str) -> Sure | None:
    return _is_tight if rule == "self.trim() == self" else None


def _not_blank(rule: str) -> Sure | None:
    return _shows if rule == "self == '' || self.trim() != ''" else None


def _shows(text: str) -> bool:
    """Return whether a text is empty, or begins or ends in visible ASCII."""
    return not text or "!" <= text[0] <= "~" or "!" <= text[-1] <= "~"


def _is_tight(text: str) -> bool:
    """Return whether there is nothing to trim: the text begins and ends in visible ASCII."""
    return not text or ("!" <= text[0] <= "~" and "!" <= text[-1] <= "~")


def _one_primary(rule: str) -> Sure | None:
    if rule != "self.filter(one, has(one.primary) && one.primary).size() <= 1":
        return None
    return lambda items: sum("primary" in each for each in items) <= 1


def _unless_given(rule: str) -> Sure | None:
    """Return a test for `!has(self.a) || …`, which holds where there is no `a`; `?` would bind less than `||`."""
    opening = _UNLESS_GIVEN.match(rule)
    if opening is None or "?" in rule:
        return None
    names = frozenset(_NAMES.findall(opening[0]))
    return lambda value: not names <= value.keys()


def _exactly_one(rule: str) -> Sure | None:
    if not _EXACTLY_ONE.fullmatch(rule):
        return None
    names = _NAMES.findall(rule)
    return lambda value: sum(name in value for name in names) == 1


def _pattern(rule: str) -> Sure | None:
    """Return a test by RE2, CEL's own engine, compiled once. These texts are the same in CEL and Python."""
    found = _MATCHES.fullmatch(rule)
    if found is None:
        return None
    search, wanted = re2.compile(ast.literal_eval(found[2])).search, not found[1]
    # Of bytes RE2's wrapper does not work out where in the text the match is.
    return lambda text: (search(text.encode()) is not None) is wanted


_FORMS = (_no_edges, _not_blank, _one_primary, _unless_given, _exactly_one, _pattern)
