"""What the end-to-end run takes from README.md: the commands and manifests that a newcomer types."""

from __future__ import annotations

from pathlib import Path

import yaml

from tools.e2e import newcomer
from tools.e2e.installation import Installation

RUN = Installation("identity", "localhost/scim-operator:e2e")
SECTIONS = ("Install", "The first configuration")
TYPED = [words for section in SECTIONS for words in newcomer.commands(section)]


def test_the_commands_are_an_install_a_secret_a_look_and_the_switch_to_apply() -> None:
    verbs = [next(word for word in words[1:] if word not in {"--namespace", "identity"}) for words in TYPED]
    assert verbs == ["install", "rollout", "create", "get", "describe", "patch", "wait"]


def test_every_example_that_is_replaced_stands_in_a_command() -> None:
    words = {word for words in TYPED for word in words}
    assert set(newcomer.replaced(RUN, Path("t"))) <= words
    assert not [word for word in words - set(newcomer.replaced(RUN, Path("t"))) if "example.com" in word]


def test_the_manifests_are_those_of_the_simulator() -> None:
    user, group, config = yaml.safe_load_all(newcomer.manifests(RUN))
    assert user["spec"]["userName"] == newcomer.ADA
    assert group["spec"]["members"] == [{"userRef": {"name": user["metadata"]["name"]}}]
    service = config["spec"]["service"]
    assert service["url"].startswith("http://scim-operator-simulator.identity.svc:8080/")
    assert service["allowInsecure"] is True
