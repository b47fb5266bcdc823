"""Listings of single namespaces, made while the watch of a kind goes on: which of the two is newer, object by object.

A replica that takes a Lease lists that namespace, for a watch may show late what the former holder wrote (ADR 0028).
The watch must not stop for it: the edits of all other namespaces come through it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.kube.reflector import Dropped, Passed, Put, Replaced
from scim_operator.kube.versions import is_newer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.kube.reflector import Change


class Listings:
    """What the listings of single namespaces have shown of one kind, beside one watch."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}
        """The version of the last listing of each namespace: of that, the watch has no news that is not newer."""
        self._everything = ""
        """The version of the last listing of all that is watched."""
        self._under_way: list[set[str]] = []
        """For each listing under way, the uids that the watch has shown to be gone since it began."""

    @contextmanager
    def listing(self) -> Iterator[set[str]]:
        """Note what goes while a listing is made and taken in: a uid that is gone never comes back."""
        gone: set[str] = set()
        self._under_way.append(gone)
        try:
            yield gone
        finally:
            self._under_way = [each for each in self._under_way if each is not gone]

    def is_news(self, change: Change) -> bool:
        """Take in what the watch, or a listing of everything, shows; return whether a listing did not show it before.

        An end is always news: what a listing did not show is not known under that uid any more.
        """
        match change:
            case Put(record):
                shown = self._shown.get(record.key.namespace)
                return shown is None or is_newer(record.resource_version, shown)
            case Dropped(uid=uid):
                for gone in self._under_way:
                    gone.add(uid)
            case Replaced():
                self._shown.clear()  # it has the last word: versions go back where etcd was restored
                self._everything = change.version
            case Passed():
                return False
        return True

    def merged(self, listed: Replaced, gone: set[str], known: Iterable[SourceRecord]) -> Replaced | None:
        """Return a listing of one namespace, with what is `known` to be newer, and without what has `gone` since.

        None where everything was listed meanwhile, and not before this.
        """
        assert listed.namespace is not None  # noqa: S101 - what this is about
        if self._everything and not is_newer(listed.version, self._everything):
            return None
        self._shown[listed.namespace] = listed.version
        newer = {record.key: record for record in known if is_newer(record.resource_version, listed.version)}
        older = (record for record in listed.records if record.key not in newer and record.uid not in gone)
        return replace(listed, records=(*older, *newer.values()))
