"""The changes that an approval releases, so that the rest of an approved plan is known after a crash.

The digest of a plan (`digest.py`) names it as a whole, and moves as soon as a part of it is done. So each single
change that was approved has a mark of its own: what is left is released as long as all of its changes were approved.
"""

from __future__ import annotations

import base64
import copy
import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.plan.verb import Verb
from scim_operator.core.wording import REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.resource import Document

MOST = 30_000
"""Changes that are remembered across restarts: as many as fit into a status. The rest would be asked for again."""
MARK = 12
"""Characters of a mark: nine bytes of SHA-256, so that no one can find a collision by chance or by force."""
JSON_TYPES = (str, bool, int, float, list, dict, type(None))


def effects_of(plan: Plan, *, everything: bool) -> frozenset[str]:
    """Return the marks of a plan's changes: of those that limits count, or of `everything` that it does."""
    name = [plan.key.kind.value, plan.key.namespace, plan.key.name]
    changes = [*_counted(plan), *(_others(plan) if everything or plan.adopts else _sets(plan, plan.renaming))]
    return frozenset(_mark([*name, *change]) for change in changes)


def is_released(plan: Plan, released: frozenset[str] | set[str], *, everything: bool) -> bool:
    """Return whether all that the plan does, as far as it is judged, was approved before and is still to come."""
    effects = effects_of(plan, everything=everything)
    return bool(effects) and effects <= released


def remembered(effects: Iterable[str]) -> frozenset[str]:
    """As many as a status can hold."""
    return frozenset(sorted(effects)[:MOST])


def effects_from_text(text: str) -> frozenset[str]:
    """Read marks back that were written one after the other."""
    return _cut(text, MARK)


def begun_mark(key: ObjectKey, digest: str, *, aside: bool) -> str:
    """Return the mark of one object's rename within an exchange, or of its step aside; it begins with `owner_mark`."""
    return owner_mark(key) + _mark([digest, aside])


def owner_mark(key: ObjectKey) -> str:
    """Return the mark of an object."""
    return _mark([key.kind.value, key.namespace, key.name])


def marks_from_text(text: str) -> frozenset[str]:
    """Read the marks of exchanges back that were written one after the other."""
    return _cut(text, 2 * MARK)


def _cut(text: str, length: int) -> frozenset[str]:
    return frozenset(text[at : at + length] for at in range(0, len(text) - length + 1, length))


def _counted(plan: Plan) -> Iterator[list[Any]]:
    if plan.adopts:
        yield ["Adopt", plan.id]
    if plan.recreates:
        yield ["Recreate"]
    if plan.verb is not None and plan.verb.meaning.ends_access:
        yield [plan.verb.value, plan.id]
    yield from (["Remove", plan.id, member.id] for member in plan.member_removals)


def _others(plan: Plan) -> Iterator[list[Any]]:
    if plan.verb is Verb.CREATE:
        yield ["Create", concealed(plan.document, plan.sensitive)]
    yield from _sets(plan, plan.changes)
    # By name, as in the digest: an approved group stays approved while its users get their ids.
    yield from (["Add", name] for name in sorted({*(member.name for member in plan.member_adds), *plan.pending}))


def _sets(plan: Plan, changes: Iterable[AttributeChange]) -> Iterator[list[Any]]:
    # A value in between is a part of the rename: who approved that has approved it.
    for change in plan.toward if plan.steps_aside else changes:
        new = plan.reported(change)
        yield ["Set", str(change.path), new if isinstance(new, JSON_TYPES) else str(new)]


def concealed(document: Document | None, sensitive: Iterable[AttributePath]) -> Document | None:
    """Return the resource with each sensitive value reduced to the fact that it is set."""
    if document is None or not sensitive:
        return document
    document = copy.deepcopy(document)
    for path in sensitive:
        if not unassigned(path.read(document)):
            path.write(document, REDACTED)
    return document


def _mark(change: list[Any]) -> str:
    digest = hashlib.sha256(orjson.dumps(change, option=orjson.OPT_SORT_KEYS)).digest()
    return base64.urlsafe_b64encode(digest[: MARK * 3 // 4]).decode()
