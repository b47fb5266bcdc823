"""What manifests without a resource of their own match at the service: one of these may be theirs, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.decision.facts import Match
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.namespace import Namespace


class Candidates:
    """The ids of what each manifest matches, as last looked at; `look` looks at one, and notes what it finds."""

    def __init__(self, namespace: Namespace, look: Callable[[SourceRecord], object]) -> None:
        self._namespace = namespace
        self._look = look
        self._found: dict[ObjectKey, frozenset[str] | None] = {}

    def of(self, key: ObjectKey) -> frozenset[str] | None:
        """Return the ids of what a manifest matches; None where its attributes, and so its matches, are unknown."""
        record = self._namespace.get(key.kind, key.name)
        if record is not None and key not in self._found:
            self._look(record)
        return self._found.get(key, frozenset())

    def note(self, key: ObjectKey, match: Match, *, known: bool) -> None:
        """Note what a manifest matches; `known`: its attributes are, so that nothing else can be its resource."""
        if match.owned and match.by == "id":
            self._found.pop(key, None)
        else:
            self._found[key] = match.candidates if known or match.candidates else None

    def forget(self, key: ObjectKey) -> None:
        """Forget what a manifest matched: it has changed, or is gone."""
        self._found.pop(key, None)
