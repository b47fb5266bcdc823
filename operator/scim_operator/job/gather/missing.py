"""What is on record, and lacks in the listing: it would be created again, should the service have lost it.

That a list lacks an id proves nothing (promise S10), so each of these is asked for by its id before that is judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.removal import has_left
from scim_operator.core.plan.verb import Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.knowledge import Knowledge


def missing(knowledge: Knowledge) -> Iterator[tuple[SourceRecord, str] | None]:
    """Yield the manifests whose resource is to be there and was not listed, each with the id on record.

    None is yielded for a resource that is there, so that others can have a turn at each step.
    """
    for kind, owned in knowledge.entries.owned_ids.items():
        index = knowledge.index[kind.resource_type]
        if not index.listed or index.census.owned == len(owned):  # mostly all are there, and none is looked up
            continue
        for id, key in list(owned.items()):
            record = knowledge.namespace.get(kind, key.name) if id not in index else None
            yield (record, id) if record is not None and _would_be_created(knowledge, record) else None


def is_unproven(facts: Facts, plan: Plan) -> bool:
    """Return whether a plan creates what is on record under an id that no read has proved to be gone."""
    entry = facts.entry
    return plan.verb is Verb.CREATE and entry is not None and bool(entry.id) and not has_left(entry)


def _would_be_created(knowledge: Knowledge, record: SourceRecord) -> bool:
    if record.key in knowledge.namespace.faults:
        return False
    try:
        facts = knowledge.facts(record)
        return is_unproven(facts, decide(facts, knowledge.rules(record.key.kind)))
    except Exception:  # noqa: BLE001 - who plans it reports that
        return False
