"""What we write about people, and others on the machine: they may not read it, and cannot have it sent elsewhere."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from scim_operator.errors import InvalidSpec
from scim_operator.local.files import write_private
from scim_operator.observability.provisioning_log.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.desk import Desk


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.usefixtures("umask")
async def test_a_saved_plan_is_for_its_owner_alone(at: Desk, tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    for _ in range(2):
        assert (await at.run("plan", "--out", str(out))).exit_code == 0
        assert rights(out) == 0o600
        out.chmod(0o644)  # one that an earlier release saved


async def test_a_link_that_someone_planted_is_not_followed(at: Desk, tmp_path: Path) -> None:
    theirs, out = tmp_path / "theirs", tmp_path / "plan.json"
    theirs.write_text("mine\n")
    out.symlink_to(theirs)
    at.user("ada")
    assert (await at.run("plan", "--out", str(out))).exit_code == 2
    assert theirs.read_text() == "mine\n"
    assert (rights(out), out.is_symlink()) == (0o600, False)
    assert set(os.listdir(tmp_path)) == {"theirs", "plan.json", "manifests"}  # noqa: PTH208 - in a coroutine


async def test_a_pipe_that_someone_planted_gets_nothing(at: Desk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.json")
    result = await at.run("plan", "--out", str(tmp_path / "plan.json"))
    assert result.exit_code == 1
    assert "it exists and is not a file" in result.stderr


def test_a_plan_that_cannot_be_written_leaves_the_former_one(tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    write_private(out, b"former")
    out.unlink()
    out.mkdir()
    with pytest.raises(OSError, match="not a file"):
        write_private(out, b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.usefixtures("umask")
def test_the_log_store_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new/log.db"
    store = Store(f"sqlite:///{file}")
    store.write([])
    names = {each.name for each in file.parent.iterdir()}
    assert {"log.db", "log.db-wal", "log.db-shm"} == names
    assert [rights(each) for each in file.parent.iterdir()] == [0o600] * 3
    assert rights(file.parent) & 0o077 == 0
    store.close()


def test_a_log_store_of_an_earlier_release_loses_the_rights_of_others(tmp_path: Path) -> None:
    for name in ("log.db", "log.db-wal", "log.db-shm"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    store = Store(f"sqlite:///{tmp_path}/log.db")
    store.write([])
    assert {rights(each) for each in tmp_path.iterdir()} == {0o600}
    store.close()


def test_a_log_store_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.db").symlink_to(tmp_path / "theirs")
    store = Store(f"sqlite:///{tmp_path}/log.db")
    with pytest.raises(InvalidSpec, match="is a link"):
        store.write([])
    assert not (tmp_path / "theirs").exists()
    store.close()
