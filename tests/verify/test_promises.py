"""The checks of the promises: each is red where its promise is broken on purpose."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_USER
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, EVENTS, GROUPS, USERS
from scim_operator.scim.protocol import Method
from tests.support.rogue import ANNA, FAR, PATCH_OP, TEAM, Rogue, disable, ready, red, removal, team
from verify.campaigns.deeds import stranger
from verify.fates import Fate
from verify.manifests import user
from verify.service import TOKEN
from verify.virtual import run
from verify.world import CONFIG, NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from verify.promises.violation import Violation


def test_s1_a_stranger_is_changed() -> None:
    async def play(rogue: Rogue) -> None:
        made = rogue.world.service.by_hand("POST", "/Users", {"schemas": [CORE_USER], **user("gus"), "externalId": "g"})
        await rogue.patch(f"/Users/{made['id']}", {"op": "replace", "path": "title", "value": "Dr."})

    red("S1", play)


def test_s1_a_match_is_taken_although_the_policy_asks_for_approval() -> None:
    async def play(rogue: Rogue) -> None:
        made = rogue.world.service.by_hand(
            "POST", "/Users", {"schemas": [CORE_USER], **user("dora"), "externalId": "g"}
        )
        await rogue.alone()
        rogue.world.apply(Kind.USER, "dora", user("dora", title="Dr."))
        await rogue.patch(f"/Users/{made['id']}", {"op": "replace", "path": "title", "value": "Dr."})

    red("S1", play)


def test_s2_a_second_resource_is_made_for_a_manifest() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.apply(Kind.USER, "anna", user("anna", userName="anna.2@corp.example", externalId="other"))
        other = user("anna", userName="anna.2@corp.example", externalId="other", schemas=[CORE_USER])
        await rogue.send(Method.POST, "/Users", other)

    red("S2", play)


def test_s2_a_second_resource_is_made_although_another_manifest_asks_for_the_first_one() -> None:
    """No status ever says that the other manifest has taken it over."""

    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.apply(Kind.USER, "anna", user("anna", userName="anna.2@corp.example", externalId="other"))
        rogue.world.apply(Kind.USER, "ben", user("ben", userName="anna@corp.example"))
        other = user("anna", userName="anna.2@corp.example", externalId="other", schemas=[CORE_USER])
        await rogue.send(Method.POST, "/Users", other)
        assert rogue.broken("S2") == []
        rogue.checker.check_rest()

    red("S2", play)


def test_s3_a_user_is_disabled_whose_manifest_has_no_finalizer() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.server.patch(ANNA, {"metadata": {"finalizers": []}})
        await rogue.world.pass_time(FAR)
        await rogue.patch(f"/Users/{rogue.id('anna')}", disable())

    red("S3", play)


def test_s4_more_are_disabled_than_the_limits_allow_over_a_restart() -> None:
    async def play(rogue: Rogue) -> None:
        rogue.world.apply(Kind.USER, "anna", user("anna", active=False))
        await rogue.world.rest()
        await rogue.alone()
        rogue.world.apply(Kind.USER, "ben", user("ben", active=False))
        await rogue.patch(f"/Users/{rogue.id('ben')}", disable())

    red("S4", play, limits={"disables": {"min": 1, "max": 1}})


def test_s4_more_members_are_removed_than_the_limits_allow() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.apply(Kind.GROUP, "team", team())
        await rogue.patch(f"/Groups/{rogue.group}", {"op": "replace", "path": "members", "value": []})

    red("S4", play, limits={"memberRemovals": {"min": 0, "max": 1}})


@pytest.mark.parametrize("silence", [{"suspend": True}, {"mode": "Plan"}])
def test_s5_something_is_sent_although_the_config_is_known_to_be_silent(silence: dict[str, Any]) -> None:
    async def play(rogue: Rogue) -> None:
        rogue.world.configure(**silence)
        await rogue.status(Target(CONFIGS, NAMESPACE, CONFIG), {"observedGeneration": 2})
        await rogue.patch(f"/Users/{rogue.id('anna')}", {"op": "replace", "path": "title", "value": "Dr."})

    red("S5", play)


def test_s6_a_user_is_ready_before_the_service_holds_the_generation() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.apply(Kind.USER, "anna", user("anna", title="Dr."))
        await rogue.status(ANNA, ready(2, rogue.id("anna")))

    red("S6", play)


def test_s6_a_group_is_ready_without_a_member() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.apply(Kind.GROUP, "team", team("anna", "ben", "carla"))
        await rogue.status(TEAM, ready(2, rogue.group))

    red("S6", play)


def test_s6_a_group_is_ready_with_a_stranger_whom_the_operator_has_changed() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        made = rogue.world.service.by_hand("POST", "/Users", stranger("zoe"))
        assert made is not None
        await rogue.patch(f"/Users/{made['id']}", {"op": "replace", "path": "title", "value": "Dr."})
        rogue.world.apply(Kind.GROUP, "team", team("anna", displayName="team 2"))
        members = [{"value": rogue.id("anna")}, {"value": made["id"]}]
        change = {"op": "replace", "value": {"displayName": "team 2", "members": members}}
        await rogue.patch(f"/Groups/{rogue.group}", change)
        await rogue.status(TEAM, ready(2, rogue.group_id("team 2")))

    red("S6", play)


def test_s6_what_is_tried_again_is_ready() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        await rogue.status(ANNA, ready(1, rogue.id("anna"), "Retrying"))

    red("S6", play)


def test_s6_a_config_is_ready_although_an_object_is_unsent() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        await rogue.status(ANNA, ready(1, rogue.id("anna"), "Rejected", "False"))
        await rogue.world.pass_time(2 * FAR)
        await rogue.status(Target(CONFIGS, NAMESPACE, CONFIG), ready(1, ""))
        assert rogue.broken("S6") == [], "its lists were lost, and it knows of no one: campaign 430152"
        for kind in (USERS, GROUPS):
            await rogue.api.page(Target(kind, NAMESPACE), limit=500)
        await rogue.world.pass_time(2 * FAR)
        await rogue.status(Target(CONFIGS, NAMESPACE, CONFIG), ready(1, "", "Provisioned") | {"note": "again"})

    red("S6", play)


@pytest.mark.parametrize(
    "write",
    [
        lambda text: text,
        lambda text: base64.b64encode(f"Bearer {text}".encode()).decode(),
        lambda text: text.encode().hex(),
    ],
    ids=["plain", "base64", "hexadecimal"],
)
def test_s7_the_token_is_in_an_event(write: Callable[[str], str]) -> None:
    async def play(rogue: Rogue) -> None:
        body = {"metadata": {"name": "one"}, "message": f"refused: {write(TOKEN)}"}
        await rogue.api.create(Target(EVENTS, NAMESPACE), body)

    red("S7", play)


def test_s7_a_sensitive_value_is_in_a_status() -> None:
    async def play(rogue: Rogue) -> None:
        rogue.world.apply(Kind.USER, "carla", user("carla", title="Whistleblower"))
        rogue.world.configure(users={"externalId": "Generated", "mappings": [{"target": "title", "sensitive": True}]})
        await rogue.status(ANNA, {"note": "not Whistleblower"})

    red("S7", play)


def test_s8_too_many_requests_in_a_second() -> None:
    async def play(rogue: Rogue) -> None:
        for _ in range(60):
            await rogue.send(Method.GET, f"/Users/{rogue.id('anna')}")

    rogue_weather_is_fast(play)


def rogue_weather_is_fast(play: Callable[[Rogue], Coroutine[Any, Any, None]]) -> None:
    async def fast(rogue: Rogue) -> None:
        rogue.world.weather.slowness = 0.001
        await play(rogue)

    red("S8", fast)


def test_s8_too_many_requests_at_once() -> None:
    async def play(rogue: Rogue) -> None:
        await asyncio.gather(*(rogue.send(Method.GET, f"/Users/{rogue.id('anna')}") for _ in range(5)))

    red("S8", play)


def test_s8_a_request_is_sent_while_a_retry_after_runs() -> None:
    async def play(rogue: Rogue) -> None:
        rogue.world.weather.service = {Fate.THROTTLED: 1.0}
        await rogue.send(Method.GET, "/Users")
        rogue.world.weather.clear()
        await rogue.world.pass_time(1.0)
        await rogue.send(Method.GET, "/Users")

    red("S8", play)


def test_s9_an_attribute_changes_that_no_manifest_ever_set() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.patch(f"/Users/{rogue.id('anna')}", {"op": "add", "path": "nickName", "value": "Annie"})

    red("S9", play)


def test_s9_an_additive_group_loses_whom_the_operator_never_added() -> None:
    async def play(rogue: Rogue) -> None:
        rogue.world.apply(Kind.GROUP, "team", team("anna", "ben", membershipPolicy="Additive"))
        await rogue.world.pass_time(FAR)
        add = {"op": "add", "path": "members", "value": [{"value": rogue.id("carla")}]}
        body = {"schemas": [PATCH_OP], "Operations": [add]}
        rogue.world.service.by_hand("PATCH", f"/Groups/{rogue.group}", body)
        await rogue.patch(f"/Groups/{rogue.group}", removal(rogue.id("carla")))

    red("S9", play)


def test_s10_a_user_is_disabled_without_a_reason() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.patch(f"/Users/{rogue.id('anna')}", disable())

    red("S10", play)


def test_s10_a_member_is_removed_without_a_reason() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.patch(f"/Groups/{rogue.group}", removal(rogue.id("anna")))

    red("S10", play)


def test_what_was_asked_for_a_moment_ago_is_a_reason() -> None:
    async def live() -> list[Violation]:
        rogue = Rogue()
        await rogue.begin()
        await rogue.alone()
        rogue.world.apply(Kind.USER, "anna", user("anna", active=False))
        rogue.world.apply(Kind.USER, "anna", user("anna"))
        await rogue.patch(f"/Users/{rogue.id('anna')}", disable())
        return rogue.checker.violations

    assert run(live()) == []


def test_a_title_is_sent_before_the_access_ends() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.apply(Kind.USER, "anna", user("anna", active=False, title="Dr."))
        await rogue.world.pass_time(FAR)
        await rogue.patch(f"/Users/{rogue.id('anna')}", {"op": "replace", "path": "title", "value": "Dr."})

    red("end of access", play)


def test_someone_is_active_at_rest_who_should_not_be() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.apply(Kind.USER, "anna", user("anna", active=False))
        await rogue.world.rest()
        rogue.checker.check_rest()

    red("end of access", play)


def test_someone_is_a_member_at_rest_who_should_not_be() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.apply(Kind.GROUP, "team", team("ben"))
        await rogue.world.rest()
        rogue.checker.check_rest()

    red("end of access", play)


def test_a_manifest_is_not_provisioned_at_rest() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.alone()
        rogue.world.apply(Kind.USER, "dora", user("dora"))
        await rogue.world.rest()
        rogue.checker.check_rest()

    red("convergence", play)


def test_something_is_written_at_rest() -> None:
    async def play(rogue: Rogue) -> None:
        await rogue.status(ANNA, {"note": "again"})
        rogue.checker.check_rest()

    red("convergence", play)


def test_a_violation_says_what_and_by_which_request() -> None:
    async def live() -> str:
        rogue = Rogue()
        await rogue.begin()
        await rogue.patch(f"/Users/{rogue.id('anna')}", disable())
        await rogue.world.end()
        return str(rogue.broken("S10")[0])

    said = run(live())
    assert "S10 at" in said
    assert "rogue → service PATCH /Users/" in said
