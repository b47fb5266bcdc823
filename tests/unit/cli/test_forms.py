"""Output for programs: it reads back as what went in, and nothing in it steers a terminal or a CI."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.cli.forms import JSON, YAML, machine, names

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcXYZ", min_size=1), inner, max_size=3),
    max_leaves=8,
)
HOSTILE = "\x1b[2J\n::error::x ##[error] ##vso[task] \u202e\u200b"


@given(VALUES)
def test_both_forms_read_back_the_same(value: object) -> None:
    assert json.loads(machine(value, JSON)) == value
    assert yaml.safe_load(machine(value, YAML)) == value


@pytest.mark.parametrize("form", [JSON, YAML])
def test_hostile_texts_are_escaped_and_read_back(form: str) -> None:
    text = machine({"name": HOSTILE, "listed": [HOSTILE, {"name": HOSTILE}]}, form)
    assert not any(hidden in text for hidden in ("\x1b", "\u202e", "\u200b", "##[", "##vso["))
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert yaml.safe_load(text)["listed"][1]["name"] == HOSTILE


def test_a_name_stays_on_its_line() -> None:
    assert len(names(["scimuser/ada", HOSTILE]).splitlines()) == 2
