"""Where `run` may serve its log: on loopback alone, and for a pod that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scim_operator.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--log-listen=0.0.0.0:8081"], "is an address of loopback", id="all addresses"),
        pytest.param(["--log-listen=[::]:8081"], "is an address of loopback", id="all of IPv6"),
        pytest.param(["--log-listen=:8081"], "is an address of loopback", id="no address"),
        pytest.param(["--log-listen=10.0.0.1:8081"], "is an address of loopback", id="the pod's own"),
        pytest.param(["--log-listen=localhost:8081"], "is not ADDRESS:PORT", id="a name, which a file may change"),
        pytest.param(["--log-listen=127.0.0.1"], "is not ADDRESS:PORT", id="no port"),
        pytest.param(["--log-listen=127.0.0.1:8081", "--pod-uid="], "needs --pod-uid", id="no pod"),
    ],
)
def test_what_others_could_reach_is_refused(words: list[str], said: str, tmp_path: Path) -> None:
    server = '{"clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}]'
    rest = ', "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}], "current-context": "c"'
    rest += ', "users": [{"name": "u", "user": {"token": "t"}}]}'
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(server + rest)
    ended = CliRunner().invoke(main, ["run", f"--kubeconfig={kubeconfig}", *words])
    assert (ended.exit_code, said in ended.output) == (2, True), ended.output
