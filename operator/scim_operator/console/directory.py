"""The console over a directory of manifests, without a cluster: what Git asks for, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.console.concealing import shown_document
from scim_operator.console.people import People
from scim_operator.console.source import Detail
from scim_operator.console.steps import whole_of
from scim_operator.core.records.record import record_of
from scim_operator.errors import DependencyNotReady
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.namespace import namespace_of
from scim_operator.job.gather.peers import Peers
from scim_operator.local.checks import check, set_aside
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import as_served
from scim_operator.local.stand_ins import in_namespace
from scim_operator.local.world import Offline
from scim_operator.review.explainer import Explainer
from scim_operator.review.investigation import Cluster
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from scim_operator.console.checkout import Checkout, GitNote
    from scim_operator.console.source import Asked, Manifest
    from scim_operator.console.steps import Plan, Whole
    from scim_operator.core.explain.explanation import Explanation
    from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.local.manifests import Collection

CONFIG = "ProvisioningConfig"
MOST = 200
"""Lines of each list of an explanation."""


class DirectorySource:
    """The manifests of a directory, of the namespace of its config. `plan` is a saved one, None for none.

    `checkout` is the directory as Git has it.
    """

    in_cluster = False
    reading = False
    trouble = unseen = ""

    def __init__(self, collection: Collection, plan: Plan | None = None, checkout: Checkout | None = None) -> None:
        self._checkout = checkout
        self.place = ", ".join(collection.places) or "a saved plan"
        self.people = People()
        findings = check(collection, allow_empty=True)
        self.findings = tuple(each.as_text() for each in findings)
        set_aside(collection, [each for each in findings if each.severity is Severity.ERROR])
        self._configs = {each.name: as_served(each) for each in collection.of(CONFIG)}
        self.home = _namespace(collection)
        self._manifests = {key: as_served(each) for key, each in in_namespace(collection, self.home).items()}
        records = [self._record(key) for key in sorted(self._manifests)]
        self._namespace = namespace_of(records)
        for record in records:
            self.people.observe(record)
        self._plan = whole_of(plan) if plan is not None else None

    def _record(self, key: ObjectKey) -> SourceRecord:
        # A status in a file proves nothing.
        return record_of(key.kind, {**self._manifests[key], "status": None})

    def manifests(self, namespace: str) -> Namespace:
        """Return the manifests, and who is in which group."""
        del namespace
        return self._namespace

    async def configs(self) -> list[Manifest]:
        """Return the ProvisioningConfigs, by name; one that only the saved plan names has nothing else."""
        found = [self._configs[name] for name in sorted(self._configs)]
        return [{**each, "status": {}} for each in found]

    async def detail(self, key: ObjectKey) -> Detail | None:
        """Return one object; None where there is none of that name."""
        if key not in self._manifests:
            return None
        record = self._record(key)
        return Detail(record, shown_document(record, self._configs.values()), self._manifests[key])

    async def explain(self, key: ObjectKey, config: str, *, ask: bool) -> Explanation:
        """Explain it, without the service."""
        record = self._namespace.get(key.kind, key.name)
        if record is None or config not in self._configs:
            raise DependencyNotReady("There is no such manifest in the directory, or no such ProvisioningConfig.")
        manifest = {**self._configs[config], "status": None}
        cluster = Cluster(self._others, Offline(), _no_peers)
        explainer = Explainer(settings_of(manifest), manifest, self._namespace, cluster, SystemClock(), most=MOST)
        del ask
        return await explainer.explain(record, DependencyNotReady("This page shows a directory, and asks no service."))

    async def _others(self, kind: Kind) -> AsyncIterator[SourceRecord]:
        for record in self._namespace.records(kind):
            yield record

    async def git(self, key: ObjectKey, config: str) -> GitNote | None:
        """Return what Git says of an object; None for a saved plan, which has no directory."""
        return await self._checkout.note(key, config) if self._checkout is not None else None

    async def plan(self, config: ConfigKey) -> Whole | None:
        """Return the saved plan, where it is of this config."""
        saved = self._plan
        return saved if saved is not None and saved.config.rpartition("/")[2] == config.name else None

    async def make_plan(self, config: ConfigKey) -> None:
        """Refuse: a directory has no service."""
        raise DependencyNotReady(f"Make the plan of {config.name} with scim-operator plan, then give it with --plan.")

    async def approve(self, config: ConfigKey, digest: str, protected: Sequence[str]) -> None:
        """Refuse: nothing is approved in files that are only read."""
        del digest, protected
        raise DependencyNotReady(f"Put spec.approvedPlan into the manifest of {config.name}, and commit it.")

    async def log(self, asked: Asked) -> list[dict[str, Any]]:
        """Refuse: a directory has no log."""
        del asked
        raise DependencyNotReady("A directory has no log: start the console without one, over the cluster.")


async def _no_peers() -> Peers:
    return Peers()


def _namespace(collection: Collection) -> str:
    """Return the namespace that is shown: that of the first config, else of the first manifest."""
    named = [*(each.namespace for each in collection.of(CONFIG)), *(each.namespace for each in collection.manifests)]
    return named[0] if named else collection.namespace
