"""The part of a ProvisioningConfig that bounds what may go wrong: change limits, and when the service is left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from scim_operator.api.common import Duration, duration_between
from scim_operator.api.model import ApiModel, rule, validated

_OF = "So many of a hundred that the config owned when the window began, or owns now where that is fewer."
Percent = Annotated[int, Field(ge=0, le=100, description=_OF)]
Least = Annotated[int, Field(ge=0, le=1_000_000, description="At least so many, however few are owned.")]
Most = Annotated[int, Field(ge=0, le=1_000_000, description="At most so many, however many are owned.")]

_MOVED_COUNT = (
    "count is gone: a limit is percent, at least min, at most max; write what count was as min, and as max where "
    "percent may never allow more"
)
_MOVED_DELETES = "deletes is gone: write userDeletes and groupDeletes, which are counted apart"
_ORDER = "min must not exceed max; a bound that is left out has its default, so give both"


def _refused(message: str) -> AfterValidator:
    def refuse(value: object) -> object:
        if value is not None:
            raise ValueError(message)
        return value

    return AfterValidator(refuse)


class Limit(ApiModel):
    """The most changes of one class in a window: percent of what is owned, but at least min and at most max.

    Each class has its own defaults, for each bound that is left out.
    """

    model_config = ConfigDict(
        json_schema_extra=validated(
            rule("!has(self.count)", _MOVED_COUNT, fieldPath=".count"),
            rule("!has(self.min) || !has(self.max) || self.min <= self.max", _ORDER, fieldPath=".min"),
        )
    )

    percent: Percent = 0
    min: Least = 0
    max: Most = 1_000_000
    count: Annotated[int | None, _refused(_MOVED_COUNT)] = None
    """Removed: write min and max."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError(_ORDER)
        return self


class DisableLimit(Limit):
    """Users disabled, of a hundred users with access."""

    percent: Percent = 10
    min: Least = 3
    max: Most = 500


class UserDeleteLimit(Limit):
    """Users deleted, of a hundred users with access."""

    percent: Percent = 5
    min: Least = 3
    max: Most = 100


class GroupDeleteLimit(Limit):
    """Groups deleted, of a hundred groups."""

    percent: Percent = 5
    min: Least = 1
    max: Most = 20


class MemberRemovalLimit(Limit):
    """Members removed from groups, of a hundred memberships."""

    percent: Percent = 25
    min: Least = 10
    max: Most = 2000


class RenameLimit(Limit):
    """Users and groups renamed, of a hundred users and groups."""

    percent: Percent = 10
    min: Least = 5
    max: Most = 500


class AdoptionLimit(Limit):
    """Resources taken over with adoption IfUnowned, of a hundred users and groups."""

    percent: Percent = 10
    min: Least = 50
    max: Most = 500


class RecreationLimit(Limit):
    """Resources created again that the service has lost, of a hundred users and groups."""

    percent: Percent = 5
    min: Least = 5
    max: Most = 100


class RemovedLimit(ApiModel):
    """A limit of a class that is gone."""

    count: int | None = None
    """Removed: write userDeletes and groupDeletes."""
    percent: int | None = None
    """Removed: write userDeletes and groupDeletes."""


class Limits(ApiModel):
    """How much may be changed that cannot be taken back easily, without an approval."""

    model_config = ConfigDict(
        json_schema_extra=validated(rule("!has(self.deletes)", _MOVED_DELETES, fieldPath=".deletes"))
    )

    window: Annotated[Duration, duration_between("1h", "720h")] = timedelta(hours=24)
    """The span of time over which changes are counted."""
    disables: DisableLimit = DisableLimit()
    """Users disabled."""
    user_deletes: UserDeleteLimit = UserDeleteLimit()
    """Users deleted."""
    group_deletes: GroupDeleteLimit = GroupDeleteLimit()
    """Groups deleted; their members count as removals too."""
    member_removals: MemberRemovalLimit = MemberRemovalLimit()
    """Members removed from groups, those of emptied and deleted groups too."""
    renames: RenameLimit = RenameLimit()
    """Changes of userName, primary e-mail or externalId of users, and of displayName or externalId of groups."""
    adoptions: AdoptionLimit = AdoptionLimit()
    """Resources taken over with adoption IfUnowned; with Approve each one waits, whatever this allows."""
    recreations: RecreationLimit = RecreationLimit()
    """Resources created again that are on record and that the service no longer has: a lost tenant, or a wrong URL."""
    deletes: Annotated[RemovedLimit | None, _refused(_MOVED_DELETES)] = None
    """Removed: write userDeletes and groupDeletes."""


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
