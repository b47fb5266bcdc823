"""The part of a ProvisioningConfig that bounds what may go wrong: change limits, and when the service is left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from scim_operator.api.common import Duration, duration_between
from scim_operator.api.model import ApiModel, without_default

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def _bound(most: int) -> FieldInfo:
    field: FieldInfo = Field(ge=0, le=most, json_schema_extra=without_default)
    return field


class Limit(ApiModel):
    """The most changes of one sort in a window: the larger of count and percent; a bound left out is zero."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    count: Annotated[int, _bound(1_000_000)] = 0
    """So many changes."""
    percent: Annotated[int, _bound(100)] = 0
    """So many of a hundred owned resources; of memberRemovals, of a hundred memberships."""


class Limits(ApiModel):
    """How much may be taken away before somebody approves it."""

    window: Annotated[Duration, duration_between("1h", "720h")] = timedelta(hours=24)
    """The span of time over which changes are counted."""
    disables: Limit = Limit(count=500, percent=10)
    """Users disabled."""
    deletes: Limit = Limit(count=100, percent=5)
    """Users and groups deleted."""
    member_removals: Limit = Limit(count=2000, percent=25)
    """Members removed from groups."""


RetryPause = Annotated[Duration, duration_between("1m", "168h")]


class Quarantine(ApiModel):
    """When provisioning stops by itself, and when it is tried again. A bound left out goes by the number of objects."""

    minimum: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Objects that must fail before they count at all; left out: 5 % of the objects, at least 10, at most 5,000."""
    percent: Annotated[int, Field(ge=1, le=100)] = 40
    """Past the minimum: more failing than so many of a hundred objects. Members that are missing do not count here."""
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 40_000
    """Past the minimum: more failing than this, whatever their share."""
    total_count: Annotated[int, Field(ge=1, le=1_000_000)] = 60_000
    """More failing than this, with the groups whose members are missing because those fail."""
    retries: Annotated[tuple[RetryPause, ...], Field(min_length=1, max_length=8)] = (
        timedelta(hours=6),
        timedelta(hours=12),
        timedelta(hours=24),
    )
    """The pauses before each retry; the last one repeats."""
    disable_after: Annotated[Duration, duration_between("1h", "8760h")] = timedelta(hours=672)
    """After this long in quarantine nothing is tried until something changes."""
