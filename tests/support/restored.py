"""Statuses that were saved at one simulator, as the operator would have written them at another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scim_operator.core.ownership.proofs import Notary
from scim_operator.core.records.status import entry_from_json, service_mark
from scim_operator.core.records.tombstones import tombstones_from_json
from scim_operator.core.seal import Seal
from tests.support.cluster import NAMESPACE
from tests.support.rig import KEY

if TYPE_CHECKING:
    from tests.support.rig import Rig

NEVER = datetime.max.replace(tzinfo=UTC)


def recertify(r: Rig) -> None:
    """Let what was restored into the rig's cluster be of this rig's service."""
    url = r.simulator.url
    notary = Notary(Seal(r.sealing_key), KEY, service_mark(url), (), {})
    r.status["service"]["url"] = url
    for key, entry in r.cluster.entries():
        signed = notary.signed(key, replace(entry_from_json(entry), service=notary.service))
        entry |= {"service": signed.service, "proof": signed.proof}
    graves = tombstones_from_json(NAMESPACE, r.status.get("tombstones", ())).due(NEVER)
    proofs = {tombstone.id: notary.engraved(tombstone).proof for tombstone in graves}
    r.status["tombstones"] = [body | {"proof": proofs[body["id"]]} for body in r.status.get("tombstones", ())]
