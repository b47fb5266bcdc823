"""Handing over to another owner: mark and owner attribute become the other's, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.attributes.paths import EXTERNAL_ID, parse
from scim_operator.core.decision.transfer import transfer
from scim_operator.core.ownership.owner import Owner
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from tests.support.deciding import DIFFERS, THERE, Case, facts_of, rules

if TYPE_CHECKING:
    from scim_operator.core.decision.facts import Rules

COST_CENTER = parse("costCenter")
SAID = Verdict(Reason.TRANSFERRED, "Handed over to the owner west; it is not touched from here.")
OVER = "west/identity/ada/handed-over"


def handing(attribute: bool = False, immutable: bool = False) -> Rules:
    owner = Owner("east", "identity", COST_CENTER if attribute else None)
    kept = frozenset({EXTERNAL_ID}) if immutable else frozenset()
    return replace(rules(), transfer_to="west", owner=owner, immutable=kept)


MARKED, BEFORE = {**DIFFERS, "externalId": "east/identity/ada"}, {**DIFFERS, "externalId": "identity/ada"}
OID = {**DIFFERS, "externalId": "oid-1"}
CASES: list[tuple[dict | None, bool, Rules, dict[str, Any], str]] = [
    (MARKED, True, handing(), {"externalId": OVER}, "the mark alone, although more differs"),
    (BEFORE, True, handing(), {"externalId": OVER}, "a mark from before the owner was named"),
    (MARKED, True, handing(attribute=True), {"externalId": OVER, "costCenter": "west"}, "mark and attribute"),
    (OID, True, handing(attribute=True), {"costCenter": "west"}, "an identity provider's id stays"),
    (MARKED, True, handing(attribute=True, immutable=True), {"costCenter": "west"}, "a mark that cannot change stays"),
    (OID, True, handing(), {}, "no room for either"),
    ({**MARKED, "externalId": OVER}, True, handing(), {}, "handed over already"),
    (MARKED, False, handing(), {}, "not ours to hand over"),
    (None, False, handing(), {}, "not there"),
]


@pytest.mark.parametrize(("there", "owned", "compiled", "sent", "why"), CASES, ids=[why for *_, why in CASES])
@pytest.mark.parametrize("wanted", [True, False], ids=["wanted", "not wanted"])
def test_what_is_sent(there: dict | None, owned: bool, compiled: Rules, sent: dict, why: str, wanted: bool) -> None:
    case = Case("", None, Reason.TRANSFERRED, there, owned=owned, wanted=wanted)
    plan = transfer(facts_of(case, compiled), compiled)
    assert {str(each.path): each.new for each in plan.changes} == sent, why
    assert plan.verb is (Verb.UPDATE if sent else None)
    assert (plan.verdict, plan.id) == (SAID, THERE["id"] if there and owned else "")
    assert (plan.owned, plan.applied) == (False, ())
