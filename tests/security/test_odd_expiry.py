"""A token or annotation with an end that no calendar, and no status, can hold."""

from __future__ import annotations

import base64

import pytest

from scim_operator.core.connection.expiry import Expiry, expires, expiry_from_json, expiry_to_json
from scim_operator.errors import InvalidSpec


def token(claims: str) -> str:
    return f"e30.{base64.urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.c2ln"


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:00", "0001-01-01", "0999-12-31", "2026-W01-1", "2026-13-01"],
)
def test_an_annotation_that_is_no_date_says_so(text: str) -> None:
    with pytest.raises(InvalidSpec, match="is no date such as"):
        expires("", text)


@pytest.mark.parametrize("exp", ["-62135596800", "-1", "1e308", "1e400", "NaN", "Infinity", "1" + "0" * 400, "true"])
def test_an_exp_that_is_no_moment_counts_for_nothing(exp: str) -> None:
    assert expires(token(f'{{"exp": {exp}}}')) is None


@pytest.mark.parametrize("exp", ["0", "1798761600", "253402300799", "1798761600.5"])
def test_what_is_taken_survives_the_status(exp: str) -> None:
    at = expires(token(f'{{"exp": {exp}}}'))
    assert at is not None
    assert expiry_from_json(expiry_to_json(Expiry(at))) == Expiry(at.replace(microsecond=0))


def test_a_status_that_someone_wrote_is_no_surprise() -> None:
    assert expiry_from_json({"time": "2026-12-31T00:00:00Z", "reported": float("inf")}) is None
