"""Reads from a config's status what it says of earlier work at this service and the operator's proofs cover."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scim_operator.core.ownership.proofs import Notary
from scim_operator.core.records.status import service_mark, service_marks
from scim_operator.core.records.tombstones import tombstones_from_json
from scim_operator.core.seal import Seal
from scim_operator.core.service.address import ids_hold
from scim_operator.job.gather.matches import identifying

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.records.tombstones import Tombstones
    from scim_operator.job.base.settings import Settings


@dataclass(frozen=True, slots=True)
class Remembered:
    """What checks the entries of manifests, the tombstones that are believed, and how many are not."""

    notary: Notary
    tombstones: Tombstones
    unproven: int = 0


def remembered(
    settings: Settings, status: Mapping[str, Any], seal: Seal | None = None, *, checks: bool = True
) -> Remembered:
    """Read back the status of the config that `settings` were made of.

    Ids and tombstones are one service's own: those of another address may name anyone here (promise S1). Without a
    `seal`, for what sends nothing on the strength of a status, what is left is taken as it stands; and so it is without
    `checks`, for statuses that the command itself has made.
    """
    same = ids_hold((status.get("service") or {}).get("url", ""), settings.spec.service.url)
    notary = replace(_notary(settings, seal, ids_hold=same), checks=checks and seal is not None)
    listed = (status.get("tombstones") or ()) if same else ()
    tombstones = tombstones_from_json(settings.namespace, listed, notary.certifies, settings.veil.hides)
    return Remembered(notary, tombstones, len(listed) - len(tombstones))


def _notary(settings: Settings, seal: Seal | None, *, ids_hold: bool) -> Notary:
    known_by = {type.kind: identifying(rules) for type, rules in settings.rules.items()}
    url, keyed = settings.spec.service.url, seal is not None
    seal = seal or Seal(secrets.token_bytes(32))
    return Notary(seal, settings.key, service_mark(url), service_marks(url), known_by, ids_hold=ids_hold, keyed=keyed)
