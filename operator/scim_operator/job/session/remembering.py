"""What a session reads back from its config's status, as far as the operator's proofs cover it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scim_operator.core.records.tombstones import graveyard_from_json
from scim_operator.core.service.address import ids_hold
from scim_operator.job.gather.knowledge import notary_of

if TYPE_CHECKING:
    from scim_operator.core.ownership.proofs import Notary
    from scim_operator.core.records.tombstones import Graveyard
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.job.session.surroundings import Surroundings

logger = logging.getLogger(__name__)


def read_back(settings: Settings, around: Surroundings, reporter: Reporter) -> tuple[Notary, Graveyard]:
    """What checks the entries of manifests, and the tombstones that are believed; the others are counted, and said."""
    # Ids are one service's own: at another URL they may name somebody else (promise S1).
    same = ids_hold(reporter.report.url, settings.spec.service.url)
    notary = notary_of(settings, around.seal, checks=around.checks, ids_hold=same)
    listed = reporter.status.get("tombstones", ()) if same else ()
    graveyard = graveyard_from_json(settings.namespace, listed, notary.certifies, settings.veil.hides)
    if unproven := len(listed) - len(graveyard):
        logger.warning(
            "%s: %d entries of status.tombstones are dropped, for the operator did not write them: no one is deleted "
            "because of them.",
            settings.key,
            unproven,
        )
        around.metrics.unproven(settings.key, "tombstone", unproven)
    return notary, graveyard
