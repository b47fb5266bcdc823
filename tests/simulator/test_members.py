"""Members while a request changes them, compared with plain sets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scim_operator.simulator.members import MemberDraft

MEMBERS = st.lists(st.sampled_from("abcdef"), max_size=4)
STEPS = st.lists(st.tuples(st.sampled_from(["add", "remove", "replace", "clear"]), MEMBERS), max_size=6)


def _model(start, steps):
    members = set(start)
    for verb, given_members in steps:
        members = {
            "add": members | set(given_members),
            "remove": members - set(given_members),
            "replace": set(given_members),
            "clear": set(),
        }[verb]
    return members


@given(MEMBERS, STEPS)
def test_any_steps_end_in_the_same_members_as_sets_do(start, steps):
    base = dict.fromkeys(start, 1)
    draft = MemberDraft(base)
    for verb, members in steps:
        if verb == "clear":
            draft.clear()
        else:
            getattr(draft, verb)(members)
    expected = _model(start, steps)
    assert (set(draft), len(draft)) == (expected, len(expected))
    assert all((member in draft) == (member in expected) for member in "abcdef")
    assert (set(draft.gained), set(draft.lost)) == (expected - set(start), set(start) - expected)
    assert draft.changed == (expected != set(start))
    assert base == dict.fromkeys(start, 1)
    draft.commit(base)
    assert base == dict.fromkeys(expected, 1)
