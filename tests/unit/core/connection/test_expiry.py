"""The end of a token: where it is read from, what is refused, when people are notified, and what is said."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from scim_operator.core.connection.expiry import Expiry, expires, expiry_from_json, expiry_to_json, sentence
from scim_operator.errors import InvalidSpec

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
END = datetime(2026, 12, 31, 9, 0, tzinfo=UTC)


def jwt(payload: object, *, padded: bool = False) -> str:
    """Return a token with this payload; its header and signature are of no interest."""
    text = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode()
    return f"head.{text if padded else text.rstrip('=')}.signature"


ANNOTATIONS = [
    ("2026-12-31", datetime(2026, 12, 31, tzinfo=UTC), "a date is its beginning, in UTC"),
    ("2026-12-31T09:00:00Z", END, "an instant"),
    ("2026-12-31T10:00:00+01:00", END, "an instant with an offset"),
    ("1970-01-01", datetime(1970, 1, 1, tzinfo=UTC), "the first that a status takes"),
]


@pytest.mark.parametrize(("annotation", "end", "why"), ANNOTATIONS, ids=[why for *_, why in ANNOTATIONS])
def test_the_annotation_counts_before_the_token(annotation: str, end: datetime, why: str) -> None:
    found = expires(jwt({"exp": 0}), annotation)
    assert found == end, why
    assert found.tzinfo is UTC


REFUSED = [
    ("31.12.2026", "another order"),
    ("2026-13-01", "no such month"),
    ("2026-12-31T09:00:00", "no offset"),
    ("1969-12-31", "before any status"),
    ("0001-01-01T00:00:00+14:00", "out of the calendar once it is in UTC"),
    ("\u0662\u0660\u0662\u0666-12-31", "digits that are not ASCII's"),
    ("soon", "no date"),
]


@pytest.mark.parametrize(("annotation", "why"), REFUSED, ids=[why for *_, why in REFUSED])
def test_an_annotation_that_is_no_date_is_refused_by_name(annotation: str, why: str) -> None:
    with pytest.raises(InvalidSpec) as refusal:
        expires("opaque", annotation)
    expected = "the annotation scim-operator.io/expires is no date such as 2026-12-31 or 2026-12-31T09:00:00Z."
    assert str(refusal.value) == expected, why


TOKENS = [
    (jwt({"exp": END.timestamp()}), END, "a number of seconds"),
    (jwt({"exp": int(END.timestamp())}), END, "a whole number"),
    (f" {jwt({'exp': int(END.timestamp())})}\n", END, "with blanks around"),
    (jwt({"exp": int(END.timestamp()), "a": "?>"}, padded=True), END, "padded"),
    (jwt({"exp": 0}), datetime(1970, 1, 1, tzinfo=UTC), "the earliest"),
    (jwt({"exp": -1}), None, "before the earliest"),
    (jwt({"exp": True}), None, "a boolean is no number"),
    (jwt({"exp": "2026"}), None, "a text"),
    (jwt({"iat": 1}), None, "no end"),
    (jwt([1]), None, "no object"),
    (jwt({"exp": 1e300}), None, "after all calendars"),
    ("head.!!!.signature", None, "no JSON"),
    ("opaque", None, "no JWT"),
    (jwt({"exp": 1}) + ".more", None, "four parts are encrypted (RFC 7516)"),
    (jwt({"exp": 1, "a": "x" * 20_000}), None, "longer than any header"),
]


@pytest.mark.parametrize(("token", "end", "why"), TOKENS, ids=[why for *_, why in TOKENS])
def test_the_end_of_a_token(token: str, end: datetime | None, why: str) -> None:
    assert expires(token) == end, why


def test_a_token_of_the_most_characters_is_read_and_one_more_is_not() -> None:
    token = jwt({"exp": 1})
    longest = token + " " * (16 * 1024 - len(token))
    assert expires(longest) == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert expires(longest + " ") is None


STEPS = [
    (timedelta(days=30, seconds=1), 0),
    (timedelta(days=30), 30),
    (timedelta(days=7, seconds=1), 30),
    (timedelta(days=7), 7),
    (timedelta(days=1, seconds=1), 7),
    (timedelta(days=1), 1),
    (timedelta(0), 1),
    (timedelta(days=-40), 1),
]


@pytest.mark.parametrize(("left", "step"), STEPS, ids=str)
def test_people_are_notified_thirty_seven_and_one_day_before(left: timedelta, step: int) -> None:
    assert Expiry(NOW + left).step(NOW) == step


SENTENCES = [
    (timedelta(days=31), ""),
    (timedelta(days=3), "The token ends at 2026-03-04T12:00:00Z: write a new one into the Secret that"),
    (timedelta(0), "The token ended at 2026-03-01T12:00:00Z: write a new one into the Secret that"),
    (timedelta(days=-1), "The token ended at 2026-02-28T12:00:00Z: write a new one into the Secret that"),
]


@pytest.mark.parametrize(("left", "said"), SENTENCES, ids=["far", "near", "now", "over"])
def test_what_the_condition_says(left: timedelta, said: str) -> None:
    expiry = Expiry(NOW + left)
    assert sentence(expiry, NOW) == (f"{said} {expiry.proof.field} names." if said else "")


REMEMBERED = [
    ({"time": "2026-12-31T09:00:00Z", "reported": 7, "field": "spec.x"}, (END, 7, "spec.x")),
    ({"time": "2026-12-31T09:00:00Z", "reported": None, "field": None}, (END, 0, Expiry(END).proof.field)),
    ({"time": "2026-12-31T09:00:00Z"}, (END, 0, Expiry(END).proof.field)),
    ({}, None),
    (None, None),
    ({"reported": 7}, None),
    ({"time": "never"}, None),
    ({"time": "2026-12-31T09:00:00Z", "reported": "x"}, None),
]


@pytest.mark.parametrize(("body", "expected"), REMEMBERED)
def test_what_a_status_remembers(body: dict | None, expected: tuple | None) -> None:
    found = expiry_from_json(body)
    assert (found and (found.at, found.reported, found.proof.field)) == expected


def test_what_a_status_is_to_remember() -> None:
    field = Expiry(END).proof.field
    assert expiry_to_json(None) is None
    assert expiry_to_json(Expiry(END, 7)) == {"time": "2026-12-31T09:00:00Z", "reported": 7, "field": field}
    assert expiry_to_json(Expiry(END)) == {"time": "2026-12-31T09:00:00Z", "reported": None, "field": field}
