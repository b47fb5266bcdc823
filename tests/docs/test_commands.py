"""Every command in the documentation exists, with the options that are shown."""

from __future__ import annotations

import itertools
import re
import shlex
from typing import Any

import click
import pytest
import yaml

from scim_operator.cli import COMMANDS, main
from tests.docs.markdown import PAGES, ROOT, command_lines

TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
VALUES: dict[str, Any] = yaml.safe_load((ROOT / "charts/scim-operator/values.yaml").read_text())
LINES = [(place, line) for page in PAGES for place, line in command_lines(page)]


def lines(program: str) -> list[pytest.param]:  # type: ignore[valid-type]
    found = [(place, line) for place, line in LINES if line.split("#")[0].split()[:1] == [program]]
    assert found, f"the documentation shows no command of {program}"
    return [pytest.param(shlex.split(line, comments=True), id=f"{place} {line[:50]}") for place, line in found]


def command(name: str) -> click.Command:
    with main.make_context("scim-operator", ["--help"], resilient_parsing=True) as context:
        found = main.get_command(context, name)  # type: ignore[attr-defined]
    assert found is not None, f"there is no command {name}"
    return found  # type: ignore[no-any-return]


def options(words: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in words if word.startswith("-")]


@pytest.mark.parametrize("words", lines("scim-operator"))
def test_our_own_commands(words: list[str]) -> None:
    found = command(words[1])
    if isinstance(found, click.Group):
        found = found.commands[words[2]]
    known = {name for option in found.params for name in option.opts}
    assert set(options(words[2:])) <= known


@pytest.mark.parametrize("words", lines("make"))
def test_make_targets(words: list[str]) -> None:
    targets = [word for word in words[1:] if "=" not in word]
    assert set(targets) <= TARGETS


@pytest.mark.parametrize("words", lines("helm"))
def test_helm_values(words: list[str]) -> None:
    assert [word for word in words if word.startswith("charts/") and not (ROOT / word).is_dir()] == []
    settings = [after for word, after in itertools.pairwise(words) if word == "--set"]
    assert [setting for setting in settings if not is_value(setting)] == []


def is_value(setting: str) -> bool:
    place: Any = VALUES
    for key in setting.partition("=")[0].replace("\\.", "\0").split("."):
        if place == {}:
            return True
        if not isinstance(place, dict) or key not in place:
            return False
        place = place[key]
    return True


@pytest.mark.parametrize(
    ("setting", "known"),
    [
        pytest.param("simulator.enabled=true", True, id="a value"),
        pytest.param("simulator.enable=true", False, id="misspelt"),
        pytest.param(r"crds.annotations.a\.b/c=d", True, id="a key of an open map"),
        pytest.param("namespaceSelector.matchLabels.tier=prod", True, id="a key of a key of an open map"),
    ],
)
def test_a_value_that_is_not_the_charts_would_be_seen(setting: str, known: bool) -> None:
    assert is_value(setting) is known


def test_inline_commands_exist() -> None:
    """`scim-operator NAME`, `kubectl scim NAME` and `make NAME` in the text."""
    text = "\n".join(page.read_text() for page in PAGES)
    named = set(re.findall(r"`(?:scim-operator|kubectl scim) ([a-z-]+)", text))
    assert named >= {"status", "simulate"}
    assert named <= set(COMMANDS)
    assert set(re.findall(r"`make ([a-z0-9-]+)", text)) <= TARGETS


def test_the_two_commands_to_begin_with_stand_fenced() -> None:
    """CI runs what the README tells people to run (.ci/run)."""
    shown = [line for place, line in LINES if place.startswith("README.md")]
    assert [line for line in ("make demo", "make test") if line not in shown] == []
