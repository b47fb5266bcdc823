"""Unforeseen exceptions: the same reference for the same place, and nothing that an exception quotes."""

from __future__ import annotations

import re

from scim_operator.core.unexpected import PLACES, trace, unexpected
from scim_operator.errors import InternalError, InvalidSpec


def _raised(deep: int, error: Exception) -> Exception:
    """Return the error as it was caught below so many calls."""

    def fail(left: int) -> None:
        if left == 0:
            raise error
        fail(left - 1)

    try:
        fail(deep)
    except type(error) as caught:
        return caught
    raise AssertionError


def test_an_error_of_ours_stays_what_it_is() -> None:
    error = InvalidSpec("spec.interval: too short")
    assert unexpected(error) is error
    assert trace(error) == "spec.interval: too short"


def test_the_message_has_the_kind_and_a_reference_to_the_log() -> None:
    found = unexpected(_raised(1, KeyError("ada@corp.example")))
    assert isinstance(found, InternalError)
    said = re.fullmatch(
        r"Something unexpected happened in the operator itself \(KeyError, reference ([0-9a-f]{8})\): please report it "
        r"with the lines of the operator's log that have this reference\. It is tried again by itself\.",
        str(found),
    )
    assert said is not None
    assert found.trace.startswith(f"KeyError, reference {said[1]}: core/test_unexpected.py:")
    assert re.search(r":\d+ _raised > core/test_unexpected\.py:\d+ fail > core/", found.trace)
    assert trace(_raised(1, KeyError("x"))) == found.trace
    assert "ada" not in found.trace + str(found)


def test_the_same_at_another_place_or_of_another_kind_has_another_reference() -> None:
    def reference(error: Exception) -> str:
        return re.findall("reference ([0-9a-f]{8})", str(unexpected(error)))[0]

    def raised_elsewhere() -> Exception:
        try:
            return {}["x"]
        except KeyError as caught:
            return caught

    here = reference(_raised(2, KeyError("x")))
    assert reference(_raised(5, KeyError("y"))) == here, "a recursion is one place, however deep"
    assert reference(_raised(2, ValueError("x"))) != here
    assert reference(raised_elsewhere()) != here


def test_a_trace_names_the_innermost_places() -> None:
    assert PLACES == 30
    source = "\n".join(f"def f{n}():\n    f{n + 1}()" for n in range(60)) + "\ndef f60():\n    raise ValueError\n"
    names: dict = {}
    exec(compile(source, "/lib/deep/calls.py", "exec"), names)  # noqa: S102 - sixty functions
    try:
        names["f0"]()
    except ValueError as error:
        places = trace(error).partition(": ")[2].split(" > ")
    assert [place.rpartition(" ")[2] for place in places] == [f"f{n}" for n in range(31, 61)]
    assert places[-1] == "deep/calls.py:122 f60"
