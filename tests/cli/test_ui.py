"""`scim-operator ui`: where it may listen, and a saved plan as one file."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import orjson
import pytest
from click.testing import CliRunner

from scim_operator.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

PLAN = {
    "version": 1, "config": "identity/vmware", "sources": {}, "counts": {"updates": 1}, "approval": "sha256:a",
    "steps": [{"object": "scimuser/ada", "name": "ada@corp.example", "verb": "Update", "digest": "x", "held": True,
               "attributes": [{"path": "title", "old": "A", "new": "B"}], "gains": [], "losses": []}],
}  # fmt: skip


def ui(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["ui", *arguments])


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "10.0.0.1:8080", "192.168.0.1:80", "example.com:80", ":80"])
def test_beyond_loopback_it_does_not_listen(listen: str, tmp_path: Path) -> None:
    ended = ui(str(tmp_path), "--listen", listen)
    assert ended.exit_code == 2
    assert "is not on loopback" in ended.output


@pytest.mark.parametrize("listen", ["127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", "[::1]:"])
def test_an_address_without_a_port_is_refused(listen: str, tmp_path: Path) -> None:
    ended = ui(str(tmp_path), "--listen", listen)
    assert ended.exit_code == 2
    assert "HOST:PORT" in ended.output


def test_a_saved_plan_becomes_one_file_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(orjson.dumps(PLAN))
    page = tmp_path / "plan.html"
    ended = ui("--plan", str(tmp_path / "plan.json"), "--html", str(page))
    assert ended.exit_code == 0, ended.output
    text = page.read_text()
    assert "title: A → B" in text
    assert "default-src &#x27;none&#x27;" in text
    assert "<script" not in text
    assert "src=" not in text
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


def test_html_takes_a_plan(tmp_path: Path) -> None:
    assert "--plan" in ui("--html", str(tmp_path / "x.html")).output


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"version": 1}'])
def test_what_is_no_plan_is_refused(body: bytes, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(body)
    ended = ui("--plan", str(tmp_path / "plan.json"), "--html", str(tmp_path / "x.html"))
    assert ended.exit_code == 1
    assert "plan --out" in ended.output
