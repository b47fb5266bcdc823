"""Handing resources over to another owner: mark and owner attribute become the other's, and nothing else is sent.

From then on the resource is someone else's, here and there alike: this config never touches it again, and the other
one takes it over by approval. In between, no one writes to it. Only a name that an exchange has left with a value in
between is put right with it, or before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.paths import EXTERNAL_ID
from scim_operator.core.decision.removal import kept
from scim_operator.core.decision.swaps import NOT_FREE, homeward
from scim_operator.core.plan.plan import Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.marks import HANDED_OVER, mark_of
from scim_operator.core.records.status import Reason, Verdict

if TYPE_CHECKING:
    from scim_operator.core.decision.facts import Facts, Rules
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.resource import Document


def transfer(facts: Facts, rules: Rules) -> Plan:
    """Return the plan for an object of a config with `transferTo`, wanted or not: nothing is created or removed."""
    verdict = Verdict(Reason.TRANSFERRED, f"Handed over to the owner {rules.transfer_to}; it is not touched from here.")
    document = facts.match.document
    if document is None or not facts.match.owned:
        return Plan(facts.record.key, verdict)
    if lost := ", ".join(str(each.path) for each in facts.exchanges.astray if not each.home):
        first = (
            f"{lost} has a value in between, and {NOT_FREE}: it is handed over to the owner {rules.transfer_to} then."
        )
        return homeward(facts, kept(facts, Reason.INCOMPLETE, first))
    differing = changes(handed_over(facts, rules, document), document, clear=())
    verb = Verb.UPDATE if differing else None
    return homeward(facts, Plan(facts.record.key, verdict, verb, id=document["id"], changes=differing))


def handed_over(facts: Facts, rules: Rules, document: Document) -> DesiredAttributes:
    """Return what tells the new owner that the resource is meant for it, as far as the resource has room for that."""
    key, owner = facts.record.key, rules.owner
    marked = EXTERNAL_ID.read(document) in owner.marks(key) and EXTERNAL_ID not in rules.immutable
    mark = {EXTERNAL_ID: mark_of(rules.transfer_to, key) + HANDED_OVER} if marked else {}
    return {**mark, **({owner.attribute: rules.transfer_to} if owner.attribute is not None else {})}
