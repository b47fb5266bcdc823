"""Rights that a change of an attribute takes away, and those that the service still grants afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import CLEARED, parse
from scim_operator.core.attributes.rights import is_still_granted, revokes

ADMIN, READER, AUDITOR = ({"value": name} for name in ("admin", "reader", "auditor"))


def changed(old: Any, new: Any, path: str = "roles") -> AttributeChange:
    return AttributeChange(parse(path), old=old, new=new)


@pytest.mark.parametrize(
    ("change", "takes"),
    [
        (changed([ADMIN, READER], [READER]), True),
        (changed([ADMIN], CLEARED), True),
        (changed("admin", "reader"), True),
        (changed([ADMIN], [ADMIN, READER]), False),
        (changed([{"value": "Admin", "display": "Boss"}], [ADMIN]), False),
        (changed(None, [ADMIN]), False),
        (changed([ADMIN], [], "entitlements"), True),
        (changed("a", "b", "title"), False),
    ],
)
def test_a_change_that_takes_rights_away(change: AttributeChange, takes: bool) -> None:
    assert revokes(change) is takes


@pytest.mark.parametrize(
    ("before", "now", "still"),
    [
        ([ADMIN, READER, AUDITOR], [ADMIN, READER], True),
        ([ADMIN, READER], [ADMIN, READER], True),
        ([READER], [{"value": "reader-role"}], False),
        ([ADMIN, READER], [{"value": "READER"}], False),
    ],
)
def test_what_is_left_of_a_right_is_no_form_of_the_rest(before: Any, now: Any, still: bool) -> None:
    """Reader alone was sent."""
    assert is_still_granted(before, changed(now, [READER])) is still
