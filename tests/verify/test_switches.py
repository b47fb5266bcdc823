"""The list of safeties that can be switched off fits the source, so that `python -m verify safeties` runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import scim_operator
from verify.switches import SWITCHES, Change

if TYPE_CHECKING:
    from verify.switches import Switch


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.safety)
def test_what_a_switch_replaces_is_there_once(switch: Switch, tmp_path: Path) -> None:
    source = Path(scim_operator.__file__).parent
    for change in switch.changes:
        copy = tmp_path / change.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / change.file, copy)
        change.make(tmp_path)
        compile(copy.read_text(), change.file, "exec")


def test_a_text_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "some.py").write_text("one\n")
    with pytest.raises(ValueError, match="0 times"):
        Change("some.py", "two", "three").make(tmp_path)
