"""What each verb means to whatever handles plans."""

from __future__ import annotations

import pytest

from scim_operator.api.enums import Action
from scim_operator.core.keys import Kind
from scim_operator.core.plan.verb import Meaning, Verb

USERS, DELETES = {Kind.USER: "disables"}, {Kind.USER: "user_deletes", Kind.GROUP: "group_deletes"}
VERBS = [
    ("Delete", Verb.DELETE, Meaning(Action.DELETE, 0, "-", "Deleted", DELETES, ends_access=True, removes=True)),
    ("Disable", Verb.DISABLE, Meaning(Action.DELETE, 1, "-", "Disabled", USERS, ends_access=True, removes=False)),
    ("Update", Verb.UPDATE, Meaning(Action.UPDATE, 3, "~", "Changed", {}, ends_access=False, removes=False)),
    ("Create", Verb.CREATE, Meaning(Action.CREATE, 4, "+", "Created", {}, ends_access=False, removes=False)),
]


@pytest.mark.parametrize(("name", "verb", "meaning"), VERBS, ids=[name for name, *_ in VERBS])
def test_a_verb(name: str, verb: Verb, meaning: Meaning) -> None:
    assert (str(verb), verb.value, Verb(name)) == (name, name, verb)
    assert verb.meaning == meaning


def test_the_gravest_comes_first() -> None:
    assert sorted(Verb, key=lambda verb: verb.meaning.gravity) == [verb for _, verb, _ in VERBS]
