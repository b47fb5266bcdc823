"""What of a service could not be listed, and what is said of it."""

from __future__ import annotations

import pytest

from scim_operator.core.keys import ResourceType
from scim_operator.errors import (
    IncompleteListing,
    PartMissing,
    Rejected,
    ScimOperatorError,
    Unauthorized,
    WrongService,
    WrongServiceReason,
)
from scim_operator.job.gather.overview import Overview

USER, GROUP = ResourceType.USER, ResourceType.GROUP
INCOMPLETE, REFUSED = IncompleteListing("Half of it."), Rejected("No.", status=400)


def missing(alone: str = "There is no /Groups.") -> WrongService:
    error = WrongService("404.", reason=WrongServiceReason.WRONG_URL)
    error.alone = alone
    return error


def overview(users: ScimOperatorError | None = None, groups: ScimOperatorError | None = None) -> Overview:
    made = Overview()
    for type, error in ((GROUP, groups), (USER, users)):
        if error is not None:
            made.failed(type, error)
    return made


def test_nothing_is_said_where_all_was_listed() -> None:
    made = overview()
    assert (made.unread, made.error, made.said(), made.reasons()) == (frozenset(), None, "", [])
    made.demand(USER)


def test_each_type_has_its_own_reason_groups_first() -> None:
    made = overview(INCOMPLETE, missing())
    assert made.unread == {USER, GROUP}
    assert made.reasons() == [(GROUP, "There is no /Groups."), (USER, "Half of it.")]
    assert made.said() == "/Groups: There is no /Groups. /Users: Half of it."


def test_an_error_of_the_connection_says_its_own_words_where_it_has_none_for_one_type() -> None:
    made = overview(Unauthorized("Refused."), missing(""))
    assert made.reasons() == [(GROUP, "404."), (USER, "Refused.")]


def test_what_heals_by_itself_is_the_error() -> None:
    assert overview(REFUSED, INCOMPLETE).error is INCOMPLETE
    assert overview(INCOMPLETE, REFUSED).error is INCOMPLETE
    assert overview(REFUSED).error is REFUSED


def test_a_type_that_is_listed_at_last_is_forgotten() -> None:
    made = overview(REFUSED, INCOMPLETE)
    made.read(GROUP)
    made.read(GROUP)
    assert (made.unread, made.error) == ({USER}, REFUSED)


def test_nothing_is_asked_of_an_endpoint_that_is_not_there() -> None:
    made = overview(REFUSED, missing())
    assert (made.is_missing(USER), made.is_missing(GROUP)) == (False, True)
    made.demand(USER)
    with pytest.raises(PartMissing, match=r"^There is no /Groups\.$"):
        made.demand(GROUP)
