"""Which config has a service: addresses that turn out to be one, and who came first."""

from __future__ import annotations

from typing import Any

from scim_operator.core.keys import ConfigKey
from scim_operator.job.connection.serving import ServingConfigs

ONE, OTHER, THIRD = "https://one.example/scim", "https://other.example/scim", "https://third.example/scim"


def config(name: str, url: str, *, claimed: bool = False, created: str = "") -> dict[str, Any]:
    spec = {"service": {"url": url, "auth": {"bearer": {"secretRef": {"name": "t", "key": "k"}}}}}
    metadata = {"namespace": "identity", "name": name, "uid": name, "generation": 1, "creationTimestamp": created}
    return {"metadata": metadata, "spec": spec, "status": {"claimedUrl": url} if claimed else {}}


def serving_configs(*configs: dict[str, Any]) -> tuple[ServingConfigs, list[str]]:
    moved: list[str] = []
    made = ServingConfigs(moved.append)
    made.listed(None)
    for each in configs:
        key = ConfigKey("identity", each["metadata"]["name"])
        made.see(key, each)
        made.take(key)
    return made, moved


def serving(made: ServingConfigs, name: str) -> str:
    return made.serving(ConfigKey("identity", name))


def test_anyone_who_took_the_service_first_keeps_it_when_two_addresses_turn_out_to_be_one() -> None:
    made, moved = serving_configs(
        config("young", ONE, created="2026-02-01"), config("old", OTHER, created="2026-01-01")
    )
    moved.clear()
    made.join("other.example:443/scim", "one.example:443/scim", "the user 7")
    assert (serving(made, "young"), serving(made, "old")) == ("young", "young")
    assert moved == ["identity"], "whoever is to stop hears of it"
    assert made.leave(ConfigKey("identity", "young"))
    assert not made.leave(ConfigKey("identity", "old"))
    assert made.evidence(ConfigKey("identity", "old")) == "the user 7"
    assert made.evidence(ConfigKey("identity", "young")) == ""


def test_anyone_who_had_it_before_the_operator_began_goes_before_a_newcomer() -> None:
    made, _ = serving_configs(
        config("newcomer", ONE, created="2025"), config("incumbent", OTHER, claimed=True, created="2026")
    )
    made.join("one.example:443/scim", "other.example:443/scim", "the user 7")
    assert serving(made, "newcomer") == serving(made, "incumbent") == "incumbent"
    assert made.is_newcomer(ConfigKey("identity", "newcomer"))
    assert not made.is_newcomer(ConfigKey("identity", "incumbent"))


def test_addresses_are_one_over_a_third_and_two_again_when_someone_says_so() -> None:
    made, _ = serving_configs(config("a", ONE), config("b", OTHER), config("c", THIRD))
    made.join("one.example:443/scim", "other.example:443/scim", "x")
    made.join("third.example:443/scim", "one.example:443/scim", "x")
    assert {made.canon(f"{name}.example:443/scim") for name in ("one", "other", "third")} == {"other.example:443/scim"}
    made.join("other.example:443/scim", "third.example:443/scim", "x")
    made.part("one.example:443/scim")
    assert made.canon("third.example:443/scim") == "third.example:443/scim"


def test_what_was_worked_on_here_has_its_service_although_its_status_does_not_say_so_yet() -> None:
    made, _ = serving_configs(config("mine", ONE))
    key = ConfigKey("identity", "mine")
    made.rest(key, config("mine", ONE))
    assert made.has_service(key)
    made.rest(key, config("mine", ONE))
    assert not made.has_service(key), "from now on its status says what another operator has"
