"""What the status of a config remembers of its change limits."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from scim_operator.api.model import ApiModel
from scim_operator.api.settings import Count, StatusText


class Spending(ApiModel):
    """What one slot, a twenty-fourth of the window, took of the change limits."""

    since: datetime
    """The beginning of the slot."""
    disables: Count = 0
    """Users disabled."""
    user_deletes: Count = 0
    """Users deleted."""
    group_deletes: Count = 0
    """Groups deleted."""
    member_removals: Count = 0
    """Members removed from groups, those of deleted groups too."""
    user_renames: Count = 0
    """Users who got another userName, primary e-mail or externalId."""
    group_renames: Count = 0
    """Groups that got another displayName or externalId."""
    adoptions: Count = 0
    """Resources taken over."""
    recreations: Count = 0
    """Resources created again that the service had lost."""


class Holding(ApiModel):
    """What the config owned at the service from a moment on."""

    since: datetime
    """From when on."""
    users: Count = 0
    """Users with access."""
    groups: Count = 0
    """Groups."""
    memberships: Count = 0
    """Members of groups, each group's counted."""


class Exchange(ApiModel):
    """What is booked of exchanges of unique values that have begun."""

    since: datetime
    """When it was booked."""
    marks: Annotated[str, Field(max_length=60_000)]
    """What may be still to come: twenty-four characters of digests for each rename."""


class LimitsStatus(ApiModel):
    """How much of the change limits is spent within the window, so that a restart does not forget it."""

    spent: Annotated[tuple[Spending, ...], Field(max_length=800)] = ()
    """The slots of the window in which something was taken away."""
    used_plan: Annotated[str, Field(max_length=71)] | None = None
    """The approvedPlan that was used: it releases nothing again until it is removed from the spec and set again."""
    released: Annotated[str, Field(max_length=600_000)] | None = None
    """What of that plan is still to be carried out: twelve characters of a digest for each change."""
    begun: Annotated[tuple[Exchange, ...], Field(max_length=800)] = ()
    """Exchanges of unique values that have begun: after a restart half-way they are not booked again."""
    owned: Annotated[tuple[Holding, ...], Field(max_length=800)] = ()
    """What the config owned, by when that was: percentages are of what it owned when the window began."""
    full_until: datetime | None = None
    """Until then nothing is left of the limits, as what was spent before is not known."""
    first_sweep: bool | None = None
    """True until the first sweep has come to its end: until then there is no allowance."""
    proof: StatusText | None = None
    """The operator's proof that it wrote this; without it, it is not believed."""
