"""Which Leases the configs of an operator need, and what may begin under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import ConfigKey
from scim_operator.job.base.leases import Sole
from scim_operator.job.owners.tenancy import Tenancy, place_of

if TYPE_CHECKING:
    from scim_operator.core.leases.lease import Place

KEY = ConfigKey("identity", "vmware")


class Noted(Sole):
    """Leases that are all held; `wanted` is which of them, and whether an operator has worked there."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: dict[Place, bool] = {}

    def want(self, place: Place, *, worked: bool) -> None:
        self.wanted[place] = worked

    def expects(self, place: Place) -> bool:
        return place.address.startswith("one.")


def config(url: str, operator: str = "") -> dict[str, Any]:
    """A config that names a service, and on which an operator has worked."""
    return {"spec": {"service": {"url": url}}, "status": {"operator": operator}}


ONE, OTHER = config("https://one.example/scim", "pod-1"), config("https://other.example/scim", "pod-1")


def test_an_operator_has_worked_where_the_status_names_one() -> None:
    leases = Noted()
    tenancy = Tenancy(leases)
    tenancy.enter(KEY, ONE)
    tenancy.enter(ConfigKey("identity", "new"), config("https://new.example/scim"))
    assert list(leases.wanted.values()) == [True, False]


def test_another_has_worked_where_a_status_comes_to_name_it() -> None:
    leases = Noted()
    tenancy = Tenancy(leases, "pod-2")
    tenancy.enter(KEY, config("https://one.example/scim"))
    tenancy.note_status(KEY, {"operator": "pod-2"})
    assert leases.wanted[place_of(KEY, ONE)] is False
    tenancy.note_status(KEY, {"operator": "pod-1"})
    assert leases.wanted[place_of(KEY, ONE)] is True


def test_a_config_is_about_to_be_worked_on_where_its_lease_is_expected() -> None:
    tenancy, other = Tenancy(Noted()), ConfigKey("identity", "other")
    tenancy.enter(KEY, ONE)
    tenancy.enter(other, OTHER)
    assert (tenancy.expects(KEY), tenancy.expects(other), tenancy.expects(ConfigKey("x", "y"))) == (True, False, False)


def test_a_predecessor_that_the_status_of_a_config_of_ours_names_is_no_other() -> None:
    leases = Noted()
    tenancy = Tenancy(leases, "pod-2")
    tenancy.enter(KEY, ONE)
    tenancy.begin(KEY)
    leases.wanted.clear()
    tenancy.note_status(KEY, {"operator": "pod-1"})
    assert leases.wanted == {}


def test_no_one_has_worked_at_the_service_that_a_config_of_ours_names_from_now_on() -> None:
    leases = Noted()
    tenancy = Tenancy(leases)
    tenancy.enter(KEY, ONE)
    tenancy.begin(KEY)
    tenancy.enter(KEY, OTHER)
    assert leases.wanted[place_of(KEY, OTHER)] is False


def test_another_may_have_worked_there_where_the_config_was_not_ours() -> None:
    leases = Noted()
    tenancy = Tenancy(leases)
    tenancy.enter(KEY, ONE)
    tenancy.enter(KEY, OTHER)
    assert leases.wanted[place_of(KEY, OTHER)] is True


def test_nothing_begins_any_more_once_the_operator_ends() -> None:
    tenancy = Tenancy(Noted())
    tenancy.enter(KEY, ONE)
    assert tenancy.begin(KEY) is not None
    tenancy.close()
    assert tenancy.begin(KEY) is None
