"""What the three kinds share: references, durations, text, the label selector and conditions."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from scim_operator.api.model import ApiModel, keyed_by, rule, validated

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_DURATION = r"^(0|([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?)$"
_DURATION_PARTS = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)


def parse_duration(text: object) -> timedelta:
    """Read `40m`, `720h`, `1h30m`, `12s` or `0`. Errors: ValueError for anything else."""
    if isinstance(text, timedelta):
        return text
    if text == "0":
        return timedelta()
    match = _DURATION_PARTS.fullmatch(text) if isinstance(text, str) else None
    if not match or not text:
        raise ValueError("a duration is written as 40m, 720h, 1h30m, 12s or 0")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def format_duration(value: timedelta) -> str:
    """Write a duration as manifests do, whole seconds: `1h30m`, `40m`, `0`."""
    total = int(value.total_seconds())
    parts = ((total // 3600, "h"), (total // 60 % 60, "m"), (total % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0"


_DURATION_RULE = rule(f"self.matches(r'{_DURATION}')", 'write a duration as 40m, 720h, 1h30m, 12s or "0"')


def duration_between(least: str, most: str) -> WithJsonSchema:
    """Return the schema of a duration within bounds, which are written as durations themselves."""
    within = (
        f"self == '' || !self.matches(r'{_DURATION}') || "
        f"(duration(self) >= duration('{least}') && duration(self) <= duration('{most}'))"
    )
    return _duration_schema(_DURATION_RULE, rule(within, f"must be between {least} and {most}"))


def _duration_schema(*rules: dict[str, str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 21, **validated(*rules)})


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    _duration_schema(_DURATION_RULE),
]
"""A span of time; hours, minutes and seconds, in this order."""

_RFC_3339 = (
    r"^[1-9][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)

Instant = Annotated[
    datetime,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "maxLength": 64,
            "pattern": _RFC_3339,
        }
    ),
]
"""A point in time, as RFC 3339 writes it: 2026-12-01T09:00:00+01:00."""

IN_ORDER = rule(
    "!has(self.notBefore) || !has(self.notAfter) || timestamp(self.notBefore) < timestamp(self.notAfter)",
    "notBefore must be before notAfter; swap or correct them",
)
"""The rule of anything that holds from `notBefore` until `notAfter`."""


def _spelled(pattern: str, message: str, *, max_length: int = 253) -> tuple[AfterValidator, FieldInfo]:
    """Return what a name of Kubernetes must match, as a rule of the API server and as the model's own check.

    The model checks it too, for the name becomes part of a path, and a CRD in the cluster may be older than this code.
    """
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(message)
        return text

    schema = validated(rule(f"self.matches(r'{pattern}')", message))
    field: FieldInfo = Field(min_length=1, max_length=max_length, json_schema_extra=schema)
    return AfterValidator(check), field


_NAME = _spelled(
    # A letter or digit at both edges; said by \b, as the API server counts a pattern's length as its cost.
    r"^\b[-.a-z\d]+\b$",
    "write an object's metadata.name: lower-case letters, digits, - and ., such as team-a",
)
ObjectName = Annotated[str, *_NAME]
"""The name of an object of Kubernetes (RFC 1123 subdomain)."""

_KEY = _spelled(r"^[-._a-zA-Z0-9]+$", "write a key of the data: letters, digits, -, _ and ., such as ca.crt")
DataKey = Annotated[str, *_KEY]
"""A key in the data of a Secret or ConfigMap."""

LABEL_PATTERN = r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"

LabelValue = Annotated[str, Field(max_length=63, pattern=LABEL_PATTERN)]
"""The value of a label. A rule with a sentence would cost more than the API server grants a list of members."""

UNSEEN = r"\\p{Cc}\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069"
"""Control characters, and those that hide or turn round what a reviewer reads; for a class in a text of CEL."""

NOT_BLANK = rule(
    "self == '' || self.trim() != ''",
    "blanks alone are no value: write one, or leave it empty to clear the attribute",
)
"""The rule of a free text: what shows nothing is neither a value nor empty, and services differ on which it is."""


def free_text(most: int, *, least: int = 0) -> FieldInfo:
    """Return the Field of a free text of `least` to `most` characters, which are not blanks alone."""
    text: FieldInfo = Field(min_length=least or None, max_length=most, json_schema_extra=validated(NOT_BLANK))
    return text


Text = Annotated[str, free_text(1024)]
"""Free text; empty clears the attribute at the service."""

ShortText = Annotated[str, free_text(256)]
"""Free text of a line; empty clears the attribute at the service."""


def identifying(field: str, max_length: int, unseen: str = f"[{UNSEEN}]") -> FieldInfo:
    """Return the Field of a text that tells one resource from another: not blank, no edges, nothing unseen."""
    text: FieldInfo = Field(
        min_length=1,
        max_length=max_length,
        json_schema_extra=validated(
            rule("self.trim() == self", f"{field} must not be blank nor begin or end with a blank; trim it"),
            rule(
                f"!self.matches('{unseen}')",
                f"{field} must not contain control characters such as a tab or a line break, nor characters that "
                "cannot be seen or turn the text round; remove them",
            ),
        ),
    )
    return text


def printable(url: str, *, least: int = 1, **more: str) -> dict[str, str]:
    """Return the rule that a URL has RFC 3986's characters, `least` of them or more; `url` is what CEL calls it."""
    return rule(
        f"{url}.matches('^[!-\\\\[\\\\]-~]{'+' if least else '*'}$')",
        "a URL has neither blanks nor backslashes, and nothing but ASCII: percent-encode the rest, and write a host of "
        "other letters as xn--...",
        **more,
    )


class ObjectRef(ApiModel):
    """Names an object of the same namespace."""

    name: ObjectName
    """The object's metadata.name."""


class LabelSelector(ApiModel):
    """Selects objects of the same namespace by their labels."""

    match_labels: Annotated[dict[str, LabelValue], Field(min_length=1, max_length=16)]
    """The labels that an object must carry, all of them; at least one."""


class ConditionStatus(StrEnum):
    """Whether a condition holds."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Condition(ApiModel):
    """A condition as Kubernetes' metav1.Condition has it."""

    type: Annotated[str, Field(max_length=316, pattern=r"^[A-Za-z]([A-Za-z0-9_.-]*[A-Za-z0-9])?$")]
    """What the condition is about, such as Ready."""

    status: ConditionStatus
    """Whether it holds: True, False or Unknown."""

    reason: Annotated[str, Field(min_length=1, max_length=1024, pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")]
    """Why, as one CamelCase word for programs."""

    message: Annotated[str, Field(max_length=32768)] = ""
    """Why, as a sentence for people: what is wrong, and the fix."""

    last_transition_time: datetime
    """When `status` last changed."""

    observed_generation: Annotated[int, Field(ge=0)] | None = None
    """The generation of the manifest that the condition speaks of."""


Conditions = Annotated[tuple[Condition, ...], Field(max_length=16, json_schema_extra=keyed_by("type"))]
"""Conditions, one of each type."""
