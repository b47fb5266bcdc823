"""Forms of texts that a schema asks for, each with the sentence that says how to write it."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scim_operator.api.common import LABEL_PATTERN
from scim_operator.api.service import CONFIG_PATTERN

if TYPE_CHECKING:
    from collections.abc import Callable

_SENTENCES = {
    "byte": "must be base64; encode the value",
    "date-time": (
        "must be a date that exists with a time and its offset from UTC; write it as 2026-12-01T09:00:00+01:00, or "
        "2026-12-01T00:00:00Z for the beginning of a day"
    ),
    LABEL_PATTERN: "must have letters, digits, -, _ and . alone, with a letter or digit at both ends, such as team-a",
    CONFIG_PATTERN: "must name a ProvisioningConfig as namespace/name, such as identity/vmware",
}
"""By format, or by pattern where there is no format: a pattern alone tells few people what to write."""


def is_of_form(value: str, form: str) -> bool:
    """Return whether a text has a format of OpenAPI; formats that the API server does not check hold always."""
    return form not in _CHECKS or _CHECKS[form](value)


def how_to_write(schema: dict[str, Any]) -> str:
    """Return the sentence for a text that has not the format or the pattern of its schema."""
    known = _SENTENCES.get(schema.get("format", "")) or _SENTENCES.get(schema.get("pattern", ""))
    return known or f"must match {schema['pattern']}; correct it"


def _is_instant(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


_CHECKS: dict[str, Callable[[str], bool]] = {"byte": _is_base64, "date-time": _is_instant}
