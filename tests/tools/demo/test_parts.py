"""The parts of the demo that decide what a person reads."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from tools.demo.children import Children, DemoError
from tools.demo.kubectl import condition
from tools.demo.screen import Screen
from tools.demo.service import members

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    started = Children(tmp_path)
    yield started
    started.end()


def python(children: Children, program: str) -> None:
    children.start("machine", [sys.executable, "-c", program])


def test_a_wait_ends_when_a_process_has_ended(children: Children) -> None:
    python(children, "print('no coal left')")
    with pytest.raises(
        DemoError, match=r"The machine ended by itself\.\n\nThe end of the machine's log:\nno coal left"
    ):
        children.until(lambda: False, "the machine is warm", limit=60)


def test_a_wait_that_takes_too_long_says_what_for(children: Children) -> None:
    python(children, "import time; time.sleep(60)")
    with pytest.raises(DemoError, match=r"Within 0 s this did not come true: the machine is warm\."):
        children.until(lambda: False, "the machine is warm", limit=0)


def test_what_was_started_is_ended(children: Children) -> None:
    python(children, "import time; time.sleep(60)")
    (child,) = children.running
    children.end()
    assert child.popen.poll() is not None


def test_a_table_has_columns_and_blank_lines_around() -> None:
    screen = Screen(io.StringIO())
    screen.say("before")
    screen.table(("NAME", "AGE"), [("ada", "36"), ("charles", "79")])
    screen.table(("OTHER",), [("one",)])
    lines = screen.out.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines == [
        "   before", "", "   NAME      AGE", "   ada       36", "   charles   79", "", "   OTHER", "   one", "",
    ]  # fmt: skip


@pytest.mark.parametrize(("colour", "found"), [pytest.param(True, True, id="asked for"), (False, False)])
def test_colour_is_as_asked_for(colour: bool, found: bool) -> None:
    screen = Screen(io.StringIO(), colour=colour)
    screen.step("One")
    assert ("\x1b" in screen.out.getvalue()) is found  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("generation", "found"),
    [
        pytest.param(2, "Provisioned", id="of the manifest as it is"),
        pytest.param(1, None, id="of an earlier one, which says nothing of the present"),
    ],
)
def test_a_condition_counts_for_its_own_generation_only(generation: int, found: str | None) -> None:
    ready = {"type": "Ready", "reason": "Provisioned", "observedGeneration": generation}
    manifest = {"metadata": {"generation": 2}, "status": {"conditions": [ready]}}
    assert condition(manifest, "Ready").get("reason") == found


def test_members_are_shown_by_name_and_an_unknown_one_by_id() -> None:
    group = {"members": [{"value": "2"}, {"value": "1"}]}
    assert members(group, {"1": "ada@corp.example"}) == ["2", "ada@corp.example"]
    assert members({}, {}) == [], "VMware leaves members out where there are none"
