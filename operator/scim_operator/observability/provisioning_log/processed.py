"""A job's note of one object that it has processed: small, immutable, and built without reading any value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import ConfigKey, ObjectKey, ResourceType
    from scim_operator.core.plan.verb import Verb
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import Verdict
    from scim_operator.core.scope.scope import ScopeDecision

SHOWN = 100
"""Number of members that a record names; more are only counted."""


class Trigger(StrEnum):
    """The reason for which a job looked at an object."""

    CHANGE = "change"
    """A manifest, or what it refers to, changed; or an earlier attempt is repeated."""
    SWEEP = "sweep"
    DRIFT = "drift"
    """A sweep found that someone else had changed what we had verified."""


class Step(StrEnum):
    """Entra's provisioning steps, in their order."""

    IMPORT = "import"
    SCOPING = "scoping"
    MATCHING = "matching"
    PROCESSING = "processing"
    REFERENCES = "referenceResolution"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class JobIdentity:
    """The config that did the work. `sensitive` are the attributes with values that are never shown, by type.

    `staged` are the types whose removal disables now and deletes later.
    """

    key: ConfigKey
    uid: str
    url: str
    profile: str
    sensitive: Mapping[ResourceType, tuple[AttributePath, ...]] = field(default_factory=dict)
    staged: frozenset[ResourceType] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """The resource at the service: how it was matched, and what it is called there."""

    id: str = ""
    by: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class References:
    """Members by name, at most SHOWN of them, and how many there are."""

    names: tuple[str, ...] = ()
    count: int = 0


NO_REFERENCES = References()


@dataclass(frozen=True, slots=True)
class Processed:
    """One object processed. `seconds` is how long it took; `verb` what was due, `sent` whether it was sent.

    `record` is None when the manifest is gone; `failed` is the step that an error ended, `code` Entra's code for it.
    """

    id: str
    at: datetime
    seconds: float
    cycle: str
    trigger: Trigger
    job: JobIdentity
    key: ObjectKey
    record: SourceRecord | None
    verdict: Verdict
    scope: ScopeDecision | None = None
    found: Found = Found()
    verb: Verb | None = None
    sent: bool = False
    changes: tuple[AttributeChange, ...] = ()
    gained: References = NO_REFERENCES
    lost: References = NO_REFERENCES
    pending: References = NO_REFERENCES
    failed: Step | None = None
    code: str = ""


class Sink(Protocol):
    """A sink for the notes of jobs. Never blocks, never fails."""

    def note(self, processed: Processed) -> None:
        """Take one in."""


class Nowhere:
    """The sink where no provisioning log is wanted."""

    def note(self, processed: Processed) -> None:
        """Forget it."""
