"""The table of decisions, row by row: what is desired, what is at the service, whose it is, and what is done then."""

from __future__ import annotations

import pytest

from scim_operator.core.decision import decide
from scim_operator.core.plan import Verb
from scim_operator.core.removal import SOFT_DELETED
from scim_operator.core.status import Reason
from tests.support.deciding import DIFFERS, EVE, INACTIVE, MANIFEST, THERE, Case, entry, facts_of, rules

CASES = [
    Case("nothing there: create", Verb.CREATE, Reason.PROVISIONED, ours=True),
    Case(
        "an inactive user is not created to be inactive",
        None,
        Reason.NOT_CREATED,
        manifest={**MANIFEST, "active": False},
    ),
    Case("a required attribute is missing", None, Reason.INVALID_SPEC, manifest={**MANIFEST, "emails": []}),
    Case("equal and ours: nothing", None, Reason.PROVISIONED, THERE, owned=True, ours=True),
    Case("differs: update", Verb.UPDATE, Reason.PROVISIONED, DIFFERS, owned=True, ours=True),
    Case(
        "what is not mapped does not count",
        None,
        Reason.PROVISIONED,
        {**THERE, "locale": "de", "meta": {}},
        owned=True,
        ours=True,
    ),
    Case(
        "active false: a disable",
        Verb.DISABLE,
        Reason.PROVISIONED,
        THERE,
        owned=True,
        manifest={**MANIFEST, "active": False},
        ours=True,
    ),
    Case("inactive by hand: an update", Verb.UPDATE, Reason.PROVISIONED, INACTIVE, owned=True, ours=True),
    Case("present, not owned: adopt", Verb.UPDATE, Reason.PROVISIONED, DIFFERS, ours=True),
    Case("present and equal, not owned: adopt without a request", None, Reason.PROVISIONED, THERE, ours=True),
    Case("adoption never", None, Reason.NOT_OWNED, DIFFERS, rules={"adoption": "Never"}),
    Case("another manifest owns it", None, Reason.CONFLICT, DIFFERS, match={"owner": EVE}),
    Case("several match", None, Reason.AMBIGUOUS, match={"ambiguous": ("1", "2")}),
    Case("a rival claims the same, nothing there", None, Reason.CONFLICT, rivals=(EVE,)),
    Case("a rival claims the same, ours differs", None, Reason.CONFLICT, DIFFERS, owned=True, rivals=(EVE,), ours=True),
    Case(
        "a rival is no reason to keep what is not wanted",
        Verb.DISABLE,
        Reason.DISABLED,
        THERE,
        owned=True,
        wanted=False,
        rivals=(EVE,),
        ours=True,
    ),
    Case("out of scope: disable", Verb.DISABLE, Reason.DISABLED, THERE, owned=True, wanted=False, ours=True),
    Case("out of scope, disabled: nothing", None, Reason.DISABLED, INACTIVE, owned=True, wanted=False, ours=True),
    Case(
        "out of scope, deleted",
        Verb.DELETE,
        Reason.OUT_OF_SCOPE,
        THERE,
        owned=True,
        wanted=False,
        rules={"whenOutOfScope": "Delete"},
    ),
    Case(
        "out of scope, retained",
        None,
        Reason.RETAINED,
        THERE,
        owned=True,
        wanted=False,
        rules={"whenOutOfScope": "Retain"},
        ours=True,
    ),
    Case("out of scope and absent: nothing", None, Reason.OUT_OF_SCOPE, wanted=False),
    Case("out of scope and not ours: nothing", None, Reason.OUT_OF_SCOPE, THERE, wanted=False),
    Case("deleted: the other rule", Verb.DISABLE, Reason.DISABLED, THERE, owned=True, deleting=True, ours=True),
    Case(
        "deleted, with Delete",
        Verb.DELETE,
        Reason.OUT_OF_SCOPE,
        THERE,
        owned=True,
        deleting=True,
        rules={"whenDeleted": "Delete", "whenOutOfScope": "Retain"},
    ),
    Case(
        "disabled for long enough",
        Verb.DELETE,
        Reason.OUT_OF_SCOPE,
        INACTIVE,
        owned=True,
        wanted=False,
        overdue=True,
    ),
    Case(
        "deleted because the namespace is: retained",
        None,
        Reason.RETAINED,
        THERE,
        owned=True,
        deleting=True,
        terminating=True,
        rules={"whenDeleted": "Delete"},
        ours=True,
    ),
    Case(
        "the assignment went with the namespace: retained",
        None,
        Reason.RETAINED,
        THERE,
        owned=True,
        wanted=False,
        terminating=True,
        ours=True,
    ),
    Case(
        "disabled before the namespace went: no news",
        None,
        Reason.DISABLED,
        INACTIVE,
        owned=True,
        wanted=False,
        terminating=True,
        ours=True,
    ),
    Case(
        "active false while the namespace goes: somebody decided that",
        Verb.DISABLE,
        Reason.PROVISIONED,
        THERE,
        owned=True,
        manifest={**MANIFEST, "active": False},
        terminating=True,
        ours=True,
    ),
    Case(
        "edited while the namespace goes",
        Verb.UPDATE,
        Reason.PROVISIONED,
        DIFFERS,
        owned=True,
        terminating=True,
        ours=True,
    ),
    Case("Create is off", None, Reason.ACTION_OFF, rules={"actions": ["Update", "Delete"]}, ours=True),
    Case(
        "Update is off",
        None,
        Reason.ACTION_OFF,
        DIFFERS,
        owned=True,
        rules={"actions": ["Create", "Delete"]},
        ours=True,
    ),
    Case(
        "Update is off and nothing differs",
        None,
        Reason.PROVISIONED,
        THERE,
        owned=True,
        rules={"actions": ["Create"]},
        ours=True,
    ),
    Case(
        "Delete is off, and disables with it",
        None,
        Reason.ACTION_OFF,
        THERE,
        owned=True,
        manifest={**MANIFEST, "active": False},
        rules={"actions": ["Create", "Update"]},
        ours=True,
    ),
    Case(
        "Delete is off: who leaves is retained",
        None,
        Reason.RETAINED,
        THERE,
        owned=True,
        wanted=False,
        rules={"actions": ["Create", "Update"]},
        ours=True,
    ),
    Case(
        "left before, and hidden since: no news",
        None,
        Reason.DISABLED,
        wanted=False,
        entry=entry(Reason.DISABLED),
        ours=True,
    ),
    Case("held here, gone there, left now: nothing", None, Reason.OUT_OF_SCOPE, wanted=False, entry=entry()),
    Case(
        "deleted, and the service keeps it inactive",
        None,
        Reason.OUT_OF_SCOPE,
        INACTIVE,
        owned=True,
        wanted=False,
        rules={"whenOutOfScope": "Delete"},
        entry=entry(verdict=SOFT_DELETED),
        ours=True,
    ),
    Case(
        "deleted and kept, then enabled by hand: deleted again",
        Verb.DELETE,
        Reason.OUT_OF_SCOPE,
        THERE,
        owned=True,
        wanted=False,
        rules={"whenOutOfScope": "Delete"},
        entry=entry(verdict=SOFT_DELETED),
    ),
    Case(
        "another externalId is wanted than the service will ever take",
        None,
        Reason.IMMUTABLE,
        THERE,
        owned=True,
        manifest={**MANIFEST, "externalId": "4b6f"},
        ours=True,
    ),
    Case(
        "our own default gives way to the externalId that is there",
        None,
        Reason.PROVISIONED,
        {**THERE, "externalId": "foreign"},
        ours=True,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
def test_the_table(case: Case) -> None:
    compiled = rules(**case.rules)
    plan = decide(facts_of(case, compiled), compiled)
    assert (plan.verb, plan.verdict.reason) == (case.verb, case.reason), case.why
    assert plan.owned is case.ours or case.reason is Reason.ACTION_OFF
    if plan.verb in (Verb.UPDATE, Verb.DISABLE, Verb.DELETE):
        assert plan.id == "1"


@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
def test_no_message_tells_of_a_person(case: Case) -> None:
    compiled = rules(**case.rules)
    message = decide(facts_of(case, compiled), compiled).verdict.message
    assert message
    assert not any(value in message for value in ("ada@x.example", "Lovelace", "Analyst", "4b6f"))
