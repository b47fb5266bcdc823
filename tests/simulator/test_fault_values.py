"""How faults are written, and which requests they take effect on."""

from __future__ import annotations

import pytest

from scim_operator.errors import InvalidSpec
from scim_operator.simulator.catalogue import CATALOGUE, FaultName
from scim_operator.simulator.faults import Fault, FaultBook


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("html", Fault(FaultName.HTML), id="no value"),
        pytest.param("throttle", Fault(FaultName.THROTTLE, "1"), id="the default value"),
        pytest.param("throttle=date:5", Fault(FaultName.THROTTLE, "date:5"), id="value"),
        pytest.param(
            "status=400:tooMany;method=patch;path=/Groups;times=2;every=3",
            Fault(FaultName.STATUS, "400:tooMany", "PATCH", "/Groups", 2, 3),
            id="all limits, the method in any case",
        ),
        pytest.param("filter-attributes=a,b", Fault(FaultName.FILTER_ATTRIBUTES, "a,b"), id="commas in a value"),
    ],
)
def test_text_form(text, fault):
    assert Fault.parse(text) == fault
    assert Fault.of(fault.document()) == fault


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        pytest.param("nope=1", "throttle, ", id="unknown name tells the names"),
        pytest.param("throttle=soon", "SECONDS", id="wrong value tells the values"),
        pytest.param("html=yes", "no value", id="a value where there is none"),
        pytest.param("html;method", "`=`", id="limit without value"),
        pytest.param("html;times=x", "times", id="no number"),
        pytest.param("html;times=0", "from 1 up", id="never"),
        pytest.param("html;every=-1", "from 1 up", id="every less than first"),
        pytest.param("html;color=red", "color", id="unknown limit"),
        pytest.param("rate-limit=fast", "RATE", id="rate"),
        pytest.param("", "no fault", id="nothing"),
    ],
)
def test_wrong_text(text, reported):
    with pytest.raises(InvalidSpec, match=reported):
        Fault.parse(text)


@pytest.mark.parametrize("name", list(FaultName))
def test_each_fault_has_a_default_and_a_meaning(name):
    assert Fault(name).value == CATALOGUE[name].default
    assert CATALOGUE[name].help


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_times_and_every_count_only_what_they_select():
    book = FaultBook()
    book.add("html;method=GET;path=/Users;times=2;every=2")
    taken = [
        bool(book.take(FaultName.HTML, method, path))
        for method, path in [
            ("GET", "/Users"),
            ("POST", "/Users"),
            ("GET", "/Groups"),
            ("GET", "/Users/1"),
            ("GET", "/Users"),
            ("GET", "/Users"),
            ("GET", "/Users"),
            ("GET", "/Users"),
        ]
    ]
    assert taken == [False, False, False, True, False, True, False, False]
    assert book.idle


def test_rate_limit_refills_with_time():
    clock = Clock()
    book = FaultBook(clock)
    book.add("rate-limit=10/2")

    def waits():
        limited = book.limited("GET", "/Users")
        return round(limited[1], 6) if limited else 0

    assert [waits() for _ in range(3)] == [0, 0, 0.1]
    clock.now = 0.05
    assert waits() == 0.05
    clock.now = 0.1
    assert [waits(), waits()] == [0, 0.1]
    clock.now = 60
    assert [waits() for _ in range(3)] == [0, 0, 0.1]


def test_violations_last_as_long_as_the_wait_and_for_the_requests_of_the_fault():
    clock = Clock()
    book = FaultBook(clock, grace=0.1)
    book.reported(Fault(FaultName.THROTTLE, method="DELETE"), 2)
    seen = []
    for now in (0.05, 0.1, 1.9, 2.0):
        clock.now = now
        seen.append((book.violated("DELETE", "/Users/1"), book.violated("GET", "/Users")))
    assert seen == [(False, False), (True, False), (True, False), (False, False)]


def test_cleared_faults_are_idle_and_waits_run_on_until_forgotten():
    clock = Clock()
    book = FaultBook(clock, grace=0)
    book.add("html", "status=500")
    book.reported(Fault(FaultName.THROTTLE), 5)
    book.clear(FaultName.HTML)
    assert [fault.name for fault in book] == [FaultName.STATUS]
    book.clear()
    assert book.idle
    assert book.violated("GET", "/Users")
    book.forget_waits()
    assert not book.violated("GET", "/Users")
