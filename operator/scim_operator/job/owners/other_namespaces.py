"""The configs of other namespaces at one service, as commands see them: from manifests and statuses, without jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.core.service.address import same_service
from scim_operator.errors import InvalidSpec
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.namespace import namespace_of
from scim_operator.job.gather.peers import Peers
from scim_operator.job.owners.holding import Holding, Stage, claimed_among, owner_among

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping
    from datetime import datetime

    from scim_operator.core.keys import Kind, ObjectKey
    from scim_operator.core.records.record import SourceRecord

    Body = Mapping[str, Any]


class OtherNamespaces(Peers):
    """What other namespaces own and claim, by what is read of them once; `unknown` says what could not be read."""

    def __init__(self, holdings: Iterable[Holding], unknown: str = "") -> None:
        self._holdings = tuple(holdings)
        self._unknown = unknown

    @property
    def unknown(self) -> str:
        """Return why it cannot be known who else owns a resource, as a sentence; "" where it can."""
        return self._unknown

    def owner(self, key: ObjectKey, id: str, *, ours: bool) -> ObjectKey | None:
        """Return the manifest of another namespace that has the resource; what `key` has on record too is its own."""
        return None if ours else owner_among(self._holdings, key.kind, id)

    def claimants(self, kind: Kind, values: Iterable[Hashable]) -> Mapping[ObjectKey, bool]:
        """Return the manifests of other namespaces that claim one of the values, and whether each owns a resource."""
        return claimed_among(self._holdings, kind, values)


def neighbours(config: Body, configs: Iterable[Body]) -> list[Body]:
    """Return the configs of other namespaces that name the service of one, those that are being deleted excepted."""
    return [
        each
        for each in configs
        if each["metadata"]["namespace"] != config["metadata"]["namespace"]
        and "deletionTimestamp" not in each["metadata"]
        and same_service(_url(each), _url(config))
    ]


def _url(config: Body) -> str:
    return ((config.get("spec") or {}).get("service") or {}).get("url") or ""


def holding_of(config: Body, records: Iterable[SourceRecord], now: Callable[[], datetime]) -> Holding | None:
    """Return what a config owns by its manifests' status, and claims if it may send; None where it is invalid."""
    try:
        settings = settings_of(config)
    except InvalidSpec:
        return None
    namespace = namespace_of(records)
    knowledge = Knowledge.from_status(settings, namespace, readable_config_status(config.get("status")), now)
    holding = Holding(settings.key, namespace)
    holding.knowledge = knowledge
    claims = not settings.spec.suspend and settings.spec.mode != "Plan"
    holding.stage = Stage.WORKING if claims else Stage.RESTING
    for record in namespace.all_records():
        knowledge.entries.of(record)
        knowledge.identities.claim(record)
    return holding
