"""Which services a command may talk to: flags, or the variables that the chart sets for every command in the pod."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import click
import pytest
from click.testing import CliRunner

from scim_operator.cli import COMMANDS, main
from scim_operator.cli.egress import egress_of, egress_options
from scim_operator.scim.egress import STRICT, Egress

SENDING = ("apply", "explain", "plan", "run", "test-connection", "ui")


@click.command()
@egress_options
@click.pass_context
def command(context: click.Context, **options: Any) -> None:
    context.obj.append(egress_of(options))


NETWORKS = (ip_network("100.64.0.0/10"), ip_network("fd12::/64"))


@pytest.mark.parametrize(
    ("words", "environment", "egress"),
    [
        ([], {}, STRICT),
        (["--allow-insecure-services"], {}, Egress(allow_insecure=True)),
        (["--allow-networks=100.64.0.0/10", "--allow-networks=fd12::/64"], {}, Egress(networks=NETWORKS)),
        ([], {"INSECURE_SERVICES": "true", "NETWORKS": "100.64.0.0/10 fd12::/64"}, Egress(True, NETWORKS)),
        ([], {"INSECURE_SERVICES": "false", "NETWORKS": ""}, STRICT),
    ],
)
def test_flags_and_variables(words: list[str], environment: dict[str, str], egress: Egress) -> None:
    found: list[Egress] = []
    env = {f"SCIM_OPERATOR_ALLOW_{name}": value for name, value in environment.items()}
    assert CliRunner().invoke(command, words, env=env, obj=found).exit_code == 0
    assert found == [egress]


@pytest.mark.parametrize("text", ["100.64.0.1/10", "everywhere", "10.0.0.0/33"])
def test_what_is_no_network_is_said(text: str) -> None:
    ended = CliRunner().invoke(command, [f"--allow-networks={text}"], obj=[])
    assert ended.exit_code == 2
    assert "write a network such as 100.64.0.0/10" in ended.output


def test_every_command_that_sends_has_them() -> None:
    having = [name for name in COMMANDS if "--allow-networks" in CliRunner().invoke(main, [name, "--help"]).output]
    assert sorted(having) == sorted(SENDING)
