"""A directory is written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.errors import InvalidSpec
from scim_operator.sources.writer import check_free, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {"users/ada.yaml": ["a: 1\n", "b: 2\n"], "all.yaml": ["ü\n"]}


def test_files_are_there_with_their_folders_and_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "people", FILES)
    assert (tmp_path / "new/people/users/ada.yaml").read_text() == "a: 1\nb: 2\n"
    assert (tmp_path / "new/people/all.yaml").read_bytes() == "ü\n".encode()
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["people"]


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec, match="cannot be written: File name too long; nothing was written"):
        write_whole(tmp_path / "people", {**FILES, f"{'x' * 300}.yaml": ["a"]})
    assert list(tmp_path.iterdir()) == []


def test_who_interrupts_it_finds_nothing(tmp_path: Path) -> None:
    def interrupted() -> Iterator[str]:
        yield "half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "people", {**FILES, "x.yaml": interrupted()})
    assert list(tmp_path.iterdir()) == []


def test_what_came_there_meanwhile_stays(tmp_path: Path) -> None:
    def meanwhile() -> Iterator[str]:
        (tmp_path / "people").mkdir()
        (tmp_path / "people/mine.yaml").write_text("mine")
        yield "ours"

    with pytest.raises(InvalidSpec, match="nothing was written"):
        write_whole(tmp_path / "people", {"x.yaml": meanwhile()})
    assert [each.name for each in tmp_path.iterdir()] == ["people"]
    assert (tmp_path / "people/mine.yaml").read_text() == "mine"


def test_a_file_and_the_directory_of_a_shell_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidSpec, match="is a file"):
        check_free(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(InvalidSpec, match="A shell stands in this directory"):
        check_free(tmp_path / "empty")
