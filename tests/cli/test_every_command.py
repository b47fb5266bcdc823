"""What every command has in common: -h, colour that can be chosen, and output for programs."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from scim_operator.cli import COMMANDS, main
from tools.site.reference.commands import contexts, name_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "quickstart"
FOUND = {name_of(context): context.command for context in contexts(main)}
NOTHING_TO_FORM = {
    "apply": "carries out a plan, which `plan -o json` shows",
    "completion": "prints a script",
    "convert entra": "prints a manifest",
    "crds": "prints manifests",
    "run": "logs, and that is JSON",
    "simulate": "serves, and says where",
    "support-bundle": "writes files",
    "ui": "serves pages; plan, status and access have -o",
    "undelete": "says what it did; status -o json says what came of it",
}
FORMS = {
    "access": {"text", "wide", "json", "yaml", "csv", "html", "name"},
    "explain": {"text", "wide", "json", "yaml"},
    "logs": {"table", "wide", "json", "jsonl", "yaml", "csv", "name"},
    "plan": {"text", "wide", "json", "yaml", "markdown", "name"},
    "status": {"text", "wide", "json", "yaml", "name"},
}


def option(name: str, of: str) -> click.Option | None:
    options = (each for each in FOUND[name].params if isinstance(each, click.Option))
    return next((each for each in options if of in each.opts), None)


@pytest.mark.parametrize("name", FOUND)
def test_a_command_has_output_for_programs_or_a_reason(name: str) -> None:
    found = option(name, "--output")
    if name in NOTHING_TO_FORM:
        assert found is None or not isinstance(found.type, click.Choice)
        return
    assert found is not None
    assert isinstance(found.type, click.Choice)
    assert {*found.type.choices} >= FORMS.get(name, {"text", "json", "yaml"})
    assert "-o" in found.opts


@pytest.mark.parametrize("name", FORMS)
def test_a_command_for_people_has_its_colour_chosen(name: str) -> None:
    assert option(name, "--color") is not None


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_short_help_is_the_long_one(name: str) -> None:
    words = [name] if name else []
    short, long = (CliRunner().invoke(main, [*words, flag]) for flag in ("-h", "--help"))
    assert (short.exit_code, short.output) == (0, long.output)


@pytest.mark.parametrize("color", ["auto", "always", "never"])
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["validate", str(EXAMPLE)], id="validate"),
        pytest.param(["access", str(EXAMPLE), "--all", "--no-history"], id="access"),
        pytest.param(["import", "csv"], id="import"),
    ],
)
def test_output_for_programs_is_read_and_never_in_colour(words: list[str], color: str, tmp_path: Path) -> None:
    named = " ".join(words[:2]) if words[0] == "import" else words[0]
    colored = [f"--color={color}"] if option(named, "--color") else []
    (tmp_path / "people.csv").write_text("userName,externalId,givenName,familyName\nada,1,Ada,Lovelace\n")
    for form, read in (("json", json.loads), ("yaml", yaml.safe_load)):
        places = [str(tmp_path / "people.csv"), str(tmp_path / form)] if words[0] == "import" else []
        said = [*words, *places, "-o", form, *colored]
        ended = CliRunner().invoke(main, said, env={"CLICOLOR_FORCE": "1"}, color=True)
        assert "\x1b" not in ended.stdout
        assert isinstance(read(ended.stdout), dict), ended.output


def test_colour_is_forced_where_it_is_asked_for() -> None:
    def shown(*more: str, **environ: str) -> list[str]:
        words = ["access", str(EXAMPLE), "--all", "--no-history", *more]
        said = CliRunner().invoke(main, words, env=environ, color=True).stdout
        return [line for line in said.splitlines() if "As of" not in line]

    forced = shown("--color=always")
    assert any("\x1b[" in line for line in forced)
    assert list(map(click.unstyle, forced)) == shown() == shown(CLICOLOR_FORCE="1", NO_COLOR="1")
    assert shown(CLICOLOR_FORCE="1") == forced
