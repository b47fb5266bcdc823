"""A slice of the campaigns with limits, approvals and protected objects, and of those over each profile's preset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, GROUPS
from scim_operator.scim.profiles import PROFILES
from tests.support.rogue import Rogue, disable, red, removal
from verify.campaigns import guarded, profiles
from verify.campaigns.deeds import patch
from verify.campaigns.run import judged, world_of
from verify.campaigns.steps import Step
from verify.manifests import user
from verify.promises.documents import USERS_OF, path_of, paths_of
from verify.world import CONFIG, NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scim_operator.api.enums import ProfileName

PLAN = "sha256:of-a-plan"
NONE = {name: {"min": 0, "max": 0} for name in ("disables", "memberRemovals")}


@pytest.mark.parametrize("seed", [4, 5])
def test_a_campaign_in_which_all_is_approved_at_last_ends_as_a_fresh_tenant(seed: int) -> None:
    lived = guarded.live(seed, 14)
    assert lived.verdict.faults == []
    assert lived.counts()["guarded: campaigns with limits, approvals and protected objects"] == 1


def test_who_is_no_ones_keeps_the_name_that_someone_gave() -> None:
    """The fresh tenant had the account under its former name: a false alarm (campaign 440022)."""
    steps = [
        Step(0.0, "user", {"name": "fay", "spec": user("fay", active=False), "labels": {}}),
        Step(0.0, "start"),
        Step(60.0, "found", {"name": "fay"}),
        Step(0.1, "leave", {"who": ["fay"], "how": "out"}),
        Step(0.0, "hand", {"user": "fay", "path": "userName", "value": "fay.hand@corp.example"}),
    ]
    assert guarded.judged_guarded(440022, steps).faults == []


def _found_by_a_sweep(**manifest: Any) -> list[Step]:
    """Return steps in which someone else makes an account for Fay, whose manifest comes after a sweep has seen it."""
    fay = {"name": "fay", "spec": user("fay", **manifest), "labels": {}}
    return [Step(0.0, "start"), Step(30.0, "found", {"name": "fay"}), Step(700.0, "user", fay)]


def test_who_was_taken_over_disabled_and_then_left_has_no_access_at_last() -> None:
    """The fresh tenant had the account with access, as it takes over no one out of scope: false alarm 560050."""
    steps = [
        *_found_by_a_sweep(active=False),
        Step(60.0, "approve", {"protected": True}),
        Step(60.0, "leave", {"who": ["fay"], "how": "out"}),
    ]
    assert guarded.judged_guarded(440022, steps).faults == []


@pytest.mark.parametrize("change", [("active", False), ("name.familyName", "Hand")])
def test_who_is_no_ones_keeps_what_someone_changed(change: tuple[str, Any]) -> None:
    """So it was for the userName alone: in the fresh tenant the account had access still, or its former name."""
    path, value = change
    hand = Step(60.0, "hand", {"user": "fay", "path": path, "value": value})
    steps = [*_found_by_a_sweep(notAfter="2020-01-01T00:00:00Z"), hand]
    assert guarded.judged_guarded(440022, steps).faults == []


def test_someone_elses_account_that_loses_access_unasked_is_missing() -> None:
    """It is no manifest's, so the fresh tenant has it: that its manifest is out of scope now excuses nothing."""

    class Rash(guarded.GuardedDeeds):
        def _look(self) -> None:
            (id,) = self.world.service.users
            change = {"op": "replace", "path": "active", "value": False}
            self.world.service.by_hand("PATCH", f"/Users/{id}", patch(change))

    steps = [*_found_by_a_sweep(notAfter="2020-01-01T00:00:00Z"), Step(60.0, "look")]
    assert judged(440022, steps, world_of, Rash).faults == ["the user fay@corp.example is missing"]


def test_what_waits_is_approved_withdrawn_and_protected() -> None:
    deeds = {step.deed for seed in range(10) for step in guarded.steps_of(seed)}
    assert {"leave", "approve", "former", "withdraw", "restrain", "protect", "found"} <= deeds


@pytest.mark.parametrize("seed", range(len(profiles.NAMES)), ids=profiles.NAMES)
def test_a_campaign_over_each_preset_ends_as_a_fresh_tenant(seed: int) -> None:
    lived = profiles.live(seed, 6)
    assert lived.verdict.faults == []
    assert lived.verdict.requests > 20
    assert lived.counts()[f"profiles: campaigns over {profiles.NAMES[seed]}"] == 1


@pytest.mark.parametrize("name", profiles.NAMES)
def test_the_checks_know_what_each_profile_maps(name: ProfileName) -> None:
    """Both tables are written by hand: one that is changed alone is a slip, or a news that the other lacks."""
    mapped = {kind: {path_of(one) for one in PROFILES[name].attributes[kind.resource_type]} for kind in Kind}
    users = {path for path in mapped[Kind.USER] if not path.endswith(".manager")}
    assert users == USERS_OF[name]
    assert mapped[Kind.GROUP] == paths_of(Target(GROUPS, NAMESPACE, "team"), name)


async def _approved(rogue: Rogue) -> None:
    """Approve a plan that disables Anna."""
    plan = {"digest": PLAN, "held": True, "disables": 1, "first": [{"object": "scimuser/anna", "verb": "Disable"}]}
    await rogue.alone()
    await rogue.status(Target(CONFIGS, NAMESPACE, CONFIG), {"plan": plan})
    rogue.world.configure(approvedPlan=PLAN)
    for name in ("anna", "ben"):
        rogue.world.apply(Kind.USER, name, user(name, active=False))


def test_s4_another_than_whom_the_approval_names_is_disabled() -> None:
    async def play(rogue: Rogue) -> None:
        await _approved(rogue)
        await rogue.patch(f"/Users/{rogue.id('anna')}", disable())
        assert rogue.broken("S4") == []
        await rogue.patch(f"/Users/{rogue.id('ben')}", disable())

    red("S4", play, limits=NONE)


def test_s4_an_approval_is_used_twice() -> None:
    async def play(rogue: Rogue) -> None:
        await _approved(rogue)
        await rogue.patch(f"/Users/{rogue.id('anna')}", disable())
        enable = {"op": "replace", "path": "active", "value": True}
        rogue.world.service.by_hand("PATCH", f"/Users/{rogue.id('anna')}", patch(enable))
        assert rogue.broken("S4") == []
        await rogue.patch(f"/Users/{rogue.id('anna')}", disable())

    red("S4", play, limits=NONE)


def test_something_else_than_its_owner_changes_while_it_is_handed_over() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.configure(owner="corp-eu", transferTo="corp-us")
        await rogue.world.pass_time(60.0)
        path = f"/Users/{rogue.id('anna')}"
        await rogue.patch(path, {"op": "replace", "path": "externalId", "value": "corp-us/identity/anna"})
        assert rogue.checker.violations == []
        await rogue.patch(path, {"op": "replace", "path": "title", "value": "Dr."})

    red("hand over", play)


async def _disable_anna(rogue: Rogue) -> None:
    rogue.world.apply(Kind.USER, "anna", user("anna", active=False))
    await rogue.patch(f"/Users/{rogue.id('anna')}", disable())


async def _take_ben_out(rogue: Rogue) -> None:
    await rogue.patch(f"/Groups/{rogue.group}", removal(rogue.id("ben")))


@pytest.mark.parametrize(
    ("config", "play"),
    [
        ({"protected": {"users": [{"userRef": {"name": "anna"}}]}}, _disable_anna),
        ({"protected": {"groups": [{"groupRef": {"name": "team"}, "minMembers": 2}]}}, _take_ben_out),
        ({"protected": {"minMembers": 2}}, _take_ben_out),
        ({"approval": {"policy": "Manual"}}, _disable_anna),
    ],
    ids=["a user", "a least of one group", "a least of every group", "everything"],
)
def test_s4_what_is_protected_is_touched(
    config: dict[str, Any], play: Callable[[Rogue], Coroutine[Any, Any, None]]
) -> None:
    async def protect(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.configure(**config)
        await rogue.world.pass_time(60.0)
        await play(rogue)

    red("S4 protected", protect)
