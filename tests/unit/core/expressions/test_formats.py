"""Dates by format, each letter in each of its widths; and what a compiled expression knows of itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scim_operator.core.attributes import schema
from scim_operator.core.expressions import Activation, Result, Root, compile  # noqa: A004
from scim_operator.core.expressions.attributes import typed
from scim_operator.core.expressions.frame import MAX_COST, Frame
from scim_operator.core.expressions.library.netdates import read
from scim_operator.core.expressions.regex import pattern
from scim_operator.core.members.condition import condition
from scim_operator.errors import InvalidSpec

WRITTEN = [
    ("d", "05/07/2026"),
    ("yyyy", "2026"),
    ("yy", "26"),
    ("%y", "26"),
    ("MMMM", "May"),
    ("MMM", "May"),
    ("MM", "05"),
    ("%M", "5"),
    ("dddd", "Thursday"),
    ("ddd", "Thu"),
    ("dd", "07"),
    ("%d", "7"),
    ("HH", "14"),
    ("hh", "02"),
    ("%h", "2"),
    ("mm", "03"),
    ("ss", "09"),
    ("tt", "PM"),
    ("%t", "P"),
    ("zzz", "+00:00"),
    ("zz", "+00"),
    ("%z", "+0"),
    ("gg", "A.D."),
    ("fff", "000"),
    ("yyyy'-'MM", "2026-05"),
]


@pytest.mark.parametrize(("format_", "text"), WRITTEN)
def test_written(format_: str, text: str) -> None:
    call = f"FormatDateTime('2026-05-07T14:03:09', null, 'yyyy-MM-ddTHH:mm:ss', \"{format_}\")"
    assert compile(call, variables=["config"]).evaluate(Activation()) == text


DAY = datetime(2026, 5, 7)  # noqa: DTZ001 - a date of no zone
READ = [
    ("7 May 2026", "d MMM yyyy", DAY),
    ("7 may 2026", "d MMMM yyyy", DAY),
    ("Thursday 07/05/26", "dddd dd/MM/yy", DAY),
    ("Thu 07/05/2026", "ddd dd/MM/yyyy", DAY),
    ("2026-05-07 02:03 PM", "yyyy-MM-dd hh:mm tt", DAY.replace(hour=14, minute=3)),
    ("2026-05-07 12:03 A", "yyyy-MM-dd hh:mm t", DAY.replace(minute=3)),
    ("2026-05-07 2:3:9", "yyyy-MM-dd H:m:s", DAY.replace(hour=2, minute=3, second=9)),
    ("2026-05-07 00:00:00.5", "yyyy-MM-dd HH:mm:ss.f", DAY.replace(microsecond=500_000)),
]


@pytest.mark.parametrize(("text", "format_", "moment"), READ)
def test_read(text: str, format_: str, moment: datetime) -> None:
    found, in_utc = read(text, format_)
    assert (found.replace(tzinfo=None), in_utc) == (moment, False)


OFFSETS = [
    ("2026-05-07 02:00 +02:00", "yyyy-MM-dd HH:mm zzz"),
    ("2026-05-07 02:00 +0200", "yyyy-MM-dd HH:mm zzz"),
    ("2026-05-07 02:00 +02", "yyyy-MM-dd HH:mm zz"),
    ("2026-05-07 02:00 +2", "yyyy-MM-dd HH:mm z"),
    ("2026-05-07 00:00 Z", "yyyy-MM-dd HH:mm zzz"),
    ("2026-05-07 00:00Z", "yyyy-MM-dd HH:mmK"),
    ("2026-05-07 02:00+02:00", "yyyy-MM-dd HH:mmK"),
]


@pytest.mark.parametrize(("text", "format_"), OFFSETS)
def test_what_has_an_offset_is_utc_afterwards(text: str, format_: str) -> None:
    found, in_utc = read(text, format_)
    assert (found.replace(tzinfo=UTC), in_utc) == (DAY.replace(tzinfo=UTC), True)


def test_an_offset_may_be_missing_where_the_format_says_so() -> None:
    assert read("2026-05-07 00:00", "yyyy-MM-dd HH:mmK")[1] is False


@pytest.mark.parametrize(("text", "varies", "selects", "sensitive"), [
    ("Now()", True, False, False),
    ("Guid()", True, False, False),
    ("RandomString(4, 1, 1, 1, 1)", True, False, False),
    ("SelectUniqueValue('a', 'b')", False, True, False),
    ("Redact(user.title)", False, False, True),
    ("user.title", False, False, False),
])  # fmt: skip
def test_an_expression_knows_what_it_depends_on(text: str, varies: bool, selects: bool, sensitive: bool) -> None:
    found = compile(text, variables=["user"])
    assert (found.varies, found.selects, found.sensitive) == (varies, selects, sensitive)


def test_a_condition_is_a_boolean() -> None:
    assert condition("user.active").fault == ""
    assert condition("user.active").text == "user.active"
    refused = condition("user.title")
    assert refused.expression is None
    assert refused.fault
    with pytest.raises(InvalidSpec):
        refused.holds({}, datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidSpec):
        compile("user.title", variables=["user"], result=Result.BOOLEAN)


def test_a_message_is_no_value() -> None:
    with pytest.raises(InvalidSpec) as refused:
        compile("google.protobuf.Timestamp{seconds: 1}", variables=["user"])
    assert str(refused.value).endswith("Messages are not offered; write a map, as {'type': 'work'}")


def test_a_pattern_is_charged_once_and_a_number_with_a_fraction_is_a_value() -> None:
    frame = Frame(Activation())
    pattern(frame, "a+b")
    left = frame.left
    assert left < MAX_COST
    assert pattern(frame, "a+b") is pattern(frame, "a+b")
    assert frame.left == left
    assert compile("1.5 + 1.0", variables=["user"]).evaluate(Activation()) == 2.5


def test_attributes_have_the_types_of_their_schema() -> None:
    of_user, of_group = dict(typed(Root.USER)), dict(typed(Root.GROUP))
    assert {"user.active", "user.name.givenName", "user.enterprise.department"} <= set(of_user)
    assert "group.displayName" in of_group
    assert "group.userName" not in of_group
    assert of_user["user.active"].name == "active"
    assert tuple(schema.attributes("urn:example:2.0:User")) == ()
