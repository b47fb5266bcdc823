"""Rate and time left, from two looks at a status."""

from __future__ import annotations

from typing import Any

from scim_operator.console.pages.progress import Course, rate_and_rest


def config(done: int, phase: str = "Users", total: int = 1000) -> dict[str, Any]:
    return {"metadata": {"name": "vmware"}, "status": {"progress": {"phase": phase, "done": done, "total": total}}}


def test_two_looks_give_a_rate_and_what_is_left() -> None:
    course = Course()
    course.look([config(100)], 0.0)
    assert rate_and_rest(course, config(100)) == ""
    course.look([config(200)], 10.0)
    assert rate_and_rest(course, config(200)) == ", 10 a second, 1 min 20 s left"


def test_another_phase_begins_again() -> None:
    course = Course()
    course.look([config(100)], 0.0)
    course.look([config(5, phase="Groups")], 10.0)
    assert rate_and_rest(course, config(5, phase="Groups")) == ""


def test_a_status_of_another_type_has_no_rate() -> None:
    course = Course()
    odd = {"metadata": {"name": "vmware"}, "status": {"progress": {"phase": 1, "done": "x"}}}
    course.look([odd], 0.0)
    course.look([odd], 1.0)
    assert rate_and_rest(course, odd) == ""
