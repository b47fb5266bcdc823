"""Objects that lack what the service of a config in their scope requires: an externalId, or any other attribute.

The rules are the job's own (`core.decision.external_ids`, `core.decision.required`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import EXTERNAL_ID
from scim_operator.core.decision.external_ids import is_ours, unstated
from scim_operator.core.decision.required import emptied, is_void, missing, required_message
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.mapping.mapping import to_document
from scim_operator.core.records.record import record_of
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.namespace import namespace_of
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import as_served
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Facts, Rules
    from scim_operator.local.document import Path
    from scim_operator.local.findings import Finding
    from scim_operator.local.manifests import Manifest

_KINDS = frozenset(kind.value for kind in Kind)


def lacking(manifests: Iterable[Manifest]) -> Iterator[Finding]:
    """Yield, once each, what objects lack that a config in whose scope they are requires."""
    there = list(manifests)
    configs = [each for each in there if each.kind == "ProvisioningConfig"]
    found = (finding for config in configs for finding in _lacking(config, there))
    return iter(dict.fromkeys(found))


def _lacking(config: Manifest, manifests: list[Manifest]) -> Iterator[Finding]:
    settings = settings_of(as_served(config))
    objects = [each for each in manifests if each.namespace == config.namespace and each.kind in _KINDS]
    rules = {kind: settings.rules[kind.resource_type] for kind in Kind}
    if not any(_may_lack(each, rules[Kind(each.kind)]) for each in objects):
        return  # ten thousand records are worth making only where there may be something to report
    records = {(each.kind, each.name): record_of(Kind(each.kind), as_served(each)) for each in objects}
    knowledge = Knowledge.from_status(settings, namespace_of(records.values()), {}, SystemClock().now)
    for each in objects:
        if _may_lack(each, rules[Kind(each.kind)]):
            facts = knowledge.facts(records[each.kind, each.name])
            if facts.desired is not None and not facts.fault:
                yield from _findings(each, facts, rules[Kind(each.kind)])


def _may_lack(each: Manifest, rules: Rules) -> bool:
    """Return whether the object may lack something: it has no value of its own, or an expression makes one."""
    spec = each.body["spec"]
    given = spec.get("externalId")
    if rules.explicit_id and (not given or is_ours(ObjectKey(Kind(each.kind), each.namespace, each.name), given)):
        return True
    needed = set(rules.required) - {EXTERNAL_ID}
    sources = [mapping.source for mapping in rules.mappings if mapping.target in needed and not mapping.on_create]
    return len(sources) < len(needed) or any(source is None or is_void(source.read(spec)) for source in sources)


def _findings(each: Manifest, facts: Facts, rules: Rules) -> Iterator[Finding]:
    desired = facts.desired or {}
    if message := unstated(facts.record.key, rules, desired):
        yield each.finding(message, ("spec", "externalId"))
    empty = emptied(desired, rules.required)
    absent = [path for path in missing(to_document(desired, ()), rules.required) if path not in desired]
    for path in empty:
        yield each.finding(required_message([path]), _place(path))
    for path in absent:
        # The service may have it, and then it is simply not managed: only creating needs it.
        if path != EXTERNAL_ID:
            yield each.finding(required_message([path]), _place(path), Severity.WARNING)


def _place(path: AttributePath) -> Path:
    """Return where the value stands in a manifest, or would stand."""
    names = re.findall(r"\w+", str(path.whole)) if not path.urn else ["extensions"]
    return ("spec", *names[:1])
