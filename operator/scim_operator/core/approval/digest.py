"""The parts of plans that limits and approval judge, and the digest that names them (promise S4).

`judge` decides. The digest is over the changes themselves: the same changes have the same digest everywhere and
after a restart, and a plan that moved has another one.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.approval.effects import JSON_TYPES, concealed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.resource import Document


def concerns(plan: Plan, *, everything: bool) -> bool:
    """Return whether a plan must be judged: limits count it, it asks, or (`everything`) it does something."""
    return plan.acts if everything else bool(plan.tally) or plan.asks


def judged(plan: Plan, *, everything: bool) -> Plan:
    """Return what of a plan is judged, and named by its digest: what it takes away, or `everything` that it does."""
    return plan if everything else plan.waiting


def lasting(plan: Plan) -> Document | None:
    """Return the new resource without values drawn again each time: with them an approval would never match."""
    if plan.document is None or not plan.moving:
        return plan.document
    document = copy.deepcopy(plan.document)
    for path in plan.moving:
        path.delete(document)
    return document


def digest_of(plans: Iterable[Plan]) -> str:
    """Name a set of plans by its content: the same changes have the same digest everywhere and after a restart.

    It includes only whether a sensitive value is set: a digest of the value would let it be guessed.
    """
    return digest_of_rendered(map(rendered, plans))


def rendered(plan: Plan) -> bytes:
    """Return what the digest of a set of plans has of one."""
    return _render(_canonical(_without_sensitive(plan)))


def digest_of_rendered(plans: Iterable[bytes]) -> str:
    """Name a set of plans by what `rendered` made of each."""
    return "sha256:" + hashlib.sha256(b"\n".join(sorted(plans))).hexdigest()


def exact_digest_of(plan: Plan) -> str:
    """Name a plan with all its values, for comparing it here: this digest is shown nowhere.

    Who is to come is named by id too: without an id, the same member is only awaited, which is another plan.
    """
    ids = sorted(member.id for member in plan.member_adds)
    return digest_of_rendered([_render({**_canonical(plan), "ids": ids})])


def _render(plan: dict[str, Any]) -> bytes:
    return orjson.dumps(plan, option=orjson.OPT_SORT_KEYS)


def _without_sensitive(plan: Plan) -> Plan:
    if not plan.sensitive:
        return plan
    changes = tuple(replace(change, new=plan.reported(change)) for change in plan.changes)
    return replace(plan, changes=changes, document=concealed(plan.document, plan.sensitive))


def _canonical(plan: Plan) -> dict[str, Any]:
    return {
        "object": [plan.key.kind.value, plan.key.namespace, plan.key.name],
        "verb": plan.verb.value if plan.verb else "",
        "id": plan.id,
        "document": lasting(plan),
        "changes": [[str(c.path), c.new if isinstance(c.new, JSON_TYPES) else str(c.new)] for c in plan.changes],
        # Members by name, awaited ones included: an approved group stays approved while its users get their ids.
        "adds": sorted([*(member.name for member in plan.member_adds), *plan.pending]),
        "removals": [m.id for m in plan.member_removals],
        # Whose approval it needs, too: who is protected by now is not let through, held or approved as who was not.
        **{name: True for name in ("adopts", "asks", "protected", "recreates") if getattr(plan, name)},
    }
