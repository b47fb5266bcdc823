"""Who has access at one moment, by which ways, and who has not although a group names them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.job.gather.namespace import Namespace
from scim_operator.review.access.answer import Named
from scim_operator.review.access.standing import Judge, Standing, State, obscure
from scim_operator.review.access.ways import Ways

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from scim_operator.core.records.record import MemberRef, SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.review.access.moments import Moment

OUT_OF_DATES = Standing(
    State.NONE, "MembershipDates", "notBefore of the membership is still to come, or its notAfter has passed."
)


class Present:
    """The manifests of one namespace at one instant."""

    def __init__(self, moment: Moment, namespace: str, at: datetime) -> None:
        self._moment = moment
        self._name = namespace
        ours = [record for record in moment.put if record.key.namespace == namespace]
        self.namespace = _filled(ours, at)
        self.ways = Ways(self.namespace, at)
        self._undated = _filled([_undated(record) for record in ours], at)
        self._judge = Judge(moment.config, self.namespace, lambda: at)
        self._standings: dict[ObjectKey, Standing] = {}

    @property
    def settings(self) -> Settings | None:
        """Return the config that counts."""
        return self._moment.config

    def key(self, kind: Kind, name: str) -> ObjectKey:
        """Return the key of an object of the namespace."""
        return ObjectKey(kind, self._name, name)

    def names(self, kind: Kind) -> list[str]:
        """Return the names of all manifests of a kind, those that cannot be read included, sorted."""
        hidden = {key.name for key in self._moment.obscure if key.kind is kind and key.namespace == self._name}
        return sorted({record.key.name for record in self.namespace.records(kind)} | hidden)

    def named(self, kind: Kind, name: str) -> Named:
        """Return the name of an object, with its userName or displayName."""
        record = self.namespace.get(kind, name)
        title = record.document.get("userName" if kind is Kind.USER else "displayName") if record is not None else ""
        return Named(name, title if isinstance(title, str) else "")

    def standing(self, kind: Kind, name: str) -> Standing:
        """Return what is said of one object."""
        key = self.key(kind, name)
        if key not in self._standings:
            self._standings[key] = obscure(key) if key in self._moment.obscure else self._judge.of(key)
        return self._standings[key]

    def members(self, group: str) -> Iterator[tuple[str, Standing]]:
        """Yield each user whom a group has, or would have at another time, with what is said of that access."""
        whole, now = self._undated.topology.effective_users(group), self.namespace.topology.effective_users(group)
        own = self.standing(Kind.GROUP, group)
        doubt = self._doubt(group)
        for user in sorted(whole | now):
            found = self.standing(Kind.USER, user)
            if found.holds and user not in now:
                found = OUT_OF_DATES
            yield user, doubt or found if found.holds and own.holds else found if not found.holds else _of_group(own)

    def _doubt(self, group: str) -> Standing | None:
        fault = self.ways.fault(group)
        return (
            Standing(State.UNKNOWN, "ExpressionFails", f"An expression in spec.members fails: {fault}")
            if fault
            else None
        )

    def groups_of(self, user: str) -> list[str]:
        """Return the groups that have a user, or would have at another time, sorted."""
        both = self.namespace.topology.groups_of(user) | self._undated.topology.groups_of(user)
        return sorted(name for name in both if self.namespace.get(Kind.GROUP, name) is not None)

    def is_obscure(self, group: str) -> bool:
        """Return whether a group cannot be read."""
        return self.key(Kind.GROUP, group) in self._moment.obscure

    def additive(self, group: str) -> bool:
        """Return whether others may put members into a group, of whom Git does not know."""
        record = self.namespace.get(Kind.GROUP, group)
        return record is not None and (record.members is None or record.membership_policy is MembershipPolicy.ADDITIVE)


def _of_group(own: Standing) -> Standing:
    return Standing(own.state, f"Group{own.reason}", f"The group: {own.message}")


def _filled(records: Iterable[SourceRecord], at: datetime) -> Namespace:
    listed, namespace = tuple(records), Namespace(lambda: at)
    for kind in Kind:
        namespace.replace(kind, [record for record in listed if record.key.kind is kind])
    return namespace


def _undated(record: SourceRecord) -> SourceRecord:
    """Return a group whose memberships have no dates."""
    members: tuple[MemberRef, ...] | None = record.members
    if not any(member.window is not None for member in members or ()):
        return record
    return replace(record, members=tuple(replace(member, window=None) for member in members or ()))
