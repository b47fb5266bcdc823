"""What the provisioning log says of the access that Git asks for. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.review.access.answer import Proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scim_operator.review.access.answer import Answer, Row

Record = dict[str, Any]
DONE = ("success", "warning")
WRITES = ("create", "update", "disable", "stageddelete", "delete")


@dataclass(slots=True)
class Log:
    """The records of one config, read in the order of their times. `begins` is the oldest of all, "" for unknown."""

    namespace: str
    begins: str = ""
    _accounts: dict[str, Record] = field(default_factory=dict)
    _members: dict[tuple[str, str], tuple[Record, bool]] = field(default_factory=dict)
    _unnamed: dict[str, Record] = field(default_factory=dict)

    def take(self, records: Iterable[Record]) -> Log:
        """Take in what was done, in order."""
        for record in records:
            source = record["sourceIdentity"]
            done = record["provisioningStatusInfo"]["status"] in DONE and record["provisioningAction"] in WRITES
            if not done or record["tenantId"] != self.namespace:
                continue
            if source["identityType"] == Kind.USER.value:
                self._accounts[source["displayName"]] = record
            else:
                self._take_group(source["displayName"], record)
        return self

    def _take_group(self, group: str, record: Record) -> None:
        for each in record["modifiedProperties"]:
            if each["displayName"] == "members":
                for text, gained in ((each["oldValue"], False), (each["newValue"], True)):
                    names, more = _names(text or "")
                    self._members |= {(group, name): (record, gained) for name in names}
                    if more:
                        self._unnamed[group] = record

    def proof(self, row: Row) -> Proof:
        """Return what it says of one row."""
        if not row.standing.holds:
            return Proof(asked=True)
        if not row.group.name:
            return self._of_account(row.user.name)
        user = str(ObjectKey(Kind.USER, self.namespace, row.user.name))
        groups = dict.fromkeys((row.group.name, *(path.groups[-1] for path in row.paths)))
        found = [(group, *self._members[group, user]) for group in groups if (group, user) in self._members]
        if found:
            group, record, gained = found[0]
            there = "" if group == row.group.name else f"as a member of {group}"
            return _proof(record, there if gained else "which took the user out of the group")
        return replace(self._of_account(row.user.name), record="", note=self._missing(groups))

    def _missing(self, groups: Iterable[str]) -> str:
        begins = f" The log begins at {self.begins}." if self.begins else ""
        unnamed = next((self._unnamed[each] for each in groups if each in self._unnamed), None)
        if unnamed is not None:
            return f"perhaps with record {unnamed['id']}, which does not name all members.{begins}"
        return f"no record of the membership in the log.{begins}"

    def _of_account(self, user: str) -> Proof:
        record = self._accounts.get(user)
        if record is None:
            begins = f", which begins at {self.begins}" if self.begins else ""
            return Proof(asked=True, note=f"no record in the log{begins}")
        return _proof(record, "")


def _proof(record: Mapping[str, Any], note: str) -> Proof:
    return Proof(
        asked=True,
        date=record["activityDateTime"],
        record=record["id"],
        action=record["provisioningAction"],
        status=record["provisioningStatusInfo"]["status"],
        revision=record.get("revision") or "",
        note=note,
    )


def _names(text: str) -> tuple[Sequence[str], bool]:
    """Return the members that a record names, and whether there are more."""
    names = [each.strip() for each in text.split(",") if each.strip()]
    last, _, more = names[-1].partition(" and ") if names else ("", "", "")
    return ([*names[:-1], last], True) if more.endswith(" more") else (names, False)


def proven(answer: Answer, log: Log) -> Answer:
    """Return the answer with what the log says of each row."""
    return replace(answer, rows=tuple(replace(row, proof=log.proof(row)) for row in answer.rows))
