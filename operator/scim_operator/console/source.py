"""Where the console has everything from; what each page asks. A cluster and a directory are the two kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from scim_operator.core.keys import ConfigKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from scim_operator.console.checkout import GitNote
    from scim_operator.console.people import People
    from scim_operator.console.steps import Whole
    from scim_operator.core.explain.explanation import Explanation
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.namespace import Namespace

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for in the log of a namespace: a user or group by name, and how many of the newest records.

    held: what was not sent too, because it waits, or is only planned.
    """

    namespace: str = ""
    user: str = ""
    group: str = ""
    config: str = ""
    action: str = ""
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None
    held: bool = False
    most: int = 200


@dataclass(frozen=True, slots=True)
class Detail:
    """One object as the manifest and its status have it; what any config marks sensitive is redacted in `document`."""

    record: SourceRecord
    document: Mapping[str, Any]
    manifest: Manifest


def config_key(config: Manifest) -> ConfigKey:
    """Return the key of a ProvisioningConfig."""
    return ConfigKey(config["metadata"].get("namespace", ""), config["metadata"]["name"])


class Source(Protocol):
    """Errors of every method: ScimOperatorError, with a sentence that is shown."""

    @property
    def place(self) -> str:
        """Return what the pages are about, in words."""

    @property
    def home(self) -> str:
        """Return the namespace, where one is shown; "" for several."""

    @property
    def unseen(self) -> str:
        """Return which namespaces the person may not read, and the right that is missing; "" for none."""

    @property
    def people(self) -> People:
        """Return the index of users and groups."""

    def manifests(self, namespace: str) -> Namespace:
        """Return the manifests of a namespace, and who is in which group."""

    @property
    def findings(self) -> Sequence[str]:
        """Return what is wrong with the manifests of a directory, in words."""

    @property
    def trouble(self) -> str:
        """Return why users and groups are not read, or not up to date; "" where they are."""

    @property
    def reading(self) -> bool:
        """Return whether users and groups are still being read for the first time."""

    @property
    def in_cluster(self) -> bool:
        """Return whether there is an operator whose reports are shown, and that can be asked for something."""

    async def configs(self) -> list[Manifest]:
        """Return the ProvisioningConfigs, by namespace and name."""

    async def detail(self, key: ObjectKey) -> Detail | None:
        """Return one object; None where there is none of that name."""

    async def explain(self, key: ObjectKey, config: str, *, ask: bool) -> Explanation:
        """Explain it; with `ask` the service is asked, with what the person may read."""

    async def git(self, key: ObjectKey, config: str) -> GitNote | None:
        """Return what Git says of an object, by the config of this name; None where no checkout was given."""

    async def plan(self, config: ConfigKey) -> Whole | None:
        """Return the whole plan that was made last; None for none."""

    async def make_plan(self, config: ConfigKey) -> None:
        """Make the whole plan now, by asking the service."""

    async def approve(self, config: ConfigKey, digest: str, protected: Sequence[str]) -> None:
        """Write the approval of exactly this plan, with the person's rights."""

    async def log(self, asked: Asked) -> list[dict[str, Any]]:
        """Return records of the provisioning log, the newest first."""
