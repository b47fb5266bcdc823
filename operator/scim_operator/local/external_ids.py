"""Users that a config should provision but that have no externalId (`core.decision.external_ids`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.decision.external_ids import is_ours, unstated
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.records.record import record_of
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.namespace import namespace_of
from scim_operator.local.manifests import as_served
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.local.findings import Finding
    from scim_operator.local.manifests import Manifest


_KINDS = frozenset(kind.value for kind in Kind)


def missing(manifests: Iterable[Manifest]) -> Iterator[Finding]:
    """Yield, once each, the users without an externalId in the scope of a config that requires one."""
    there = list(manifests)
    configs = [each for each in there if each.kind == "ProvisioningConfig"]
    found = (finding for config in configs for finding in _missing(config, there))
    return iter(dict.fromkeys(found))


def _missing(config: Manifest, manifests: list[Manifest]) -> Iterator[Finding]:
    settings = settings_of(as_served(config))
    rules = settings.rules[ResourceType.USER]
    objects = [each for each in manifests if each.namespace == config.namespace and each.kind in _KINDS]
    suspects = [each for each in objects if each.kind == Kind.USER and _may_lack(each)]
    if not rules.explicit_id or not suspects:
        return  # ten thousand records are worth making only where there may be something to report
    records = {(each.kind, each.name): record_of(Kind(each.kind), as_served(each)) for each in objects}
    knowledge = Knowledge.from_status(settings, namespace_of(records.values()), {}, SystemClock().now)
    for user in suspects:
        facts = knowledge.facts(records[user.kind, user.name])
        message = unstated(facts.record.key, rules, facts.desired) if facts.desired is not None else ""
        if message and not facts.fault:
            yield user.finding(message, ("spec", "externalId"))


def _may_lack(user: Manifest) -> bool:
    given = user.body["spec"].get("externalId")
    return not given or is_ours(ObjectKey(Kind.USER, user.namespace, user.name), given)
