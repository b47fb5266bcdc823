"""What one session of a job leaves to the next one, and what is forgotten when none follows.

Sessions go in circles, so Python would find what they know late, or never where it is left out of searches.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from scim_operator.core.decision.claims import Claims
from scim_operator.job.gather.service_entries import Entries

if TYPE_CHECKING:
    from scim_operator.job.gather.knowledge import Knowledge


def inherit(heir: Knowledge, former: Knowledge) -> None:
    """Take over what a job knew of its manifests under former settings, or over another connection."""
    heir.entries.adopt(former.entries)
    heir.index.recount()
    former.entries.rest.clear()
    heir.desired.protecting.inherit(former.desired.protecting)
    for kind, claims in heir.claims.items():
        claims.adopt(former.claims[kind])


def forget_gone(knowledge: Knowledge) -> None:
    """Forget the manifests that went while no session followed them, as while the config was suspended."""
    known = chain(knowledge.entries, *knowledge.claims.values())
    for key in {key for key in known if knowledge.namespace.get(key.kind, key.name) is None}:
        knowledge.forget(key)


def release(knowledge: Knowledge) -> None:
    """Forget what is known of each object, once no session follows."""
    knowledge.index.release()
    knowledge.entries.adopt(Entries(knowledge.memory.notary))
    knowledge.index.recount()
    for claims in knowledge.claims.values():
        claims.adopt(Claims())
