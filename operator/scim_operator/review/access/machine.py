"""An answer as JSON, and as CSV with one line for each way. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.printing import cell, in_json, one_line
from scim_operator.core.wording import in_utc
from scim_operator.review.access import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.review.access.answer import Answer, Named, Path, Proof, Row, Since, Unsure
    from scim_operator.review.access.commits import Commit, Origin, Person
    from scim_operator.review.access.moments import Fault

VERSION = 1
"""Of the JSON form; a later release that changes it says so."""

COLUMNS = (
    "asOf",
    "config",
    "group",
    "groupDisplayName",
    "user",
    "userName",
    "state",
    "reason",
    "message",
    "path",
    "since",
    "atLeast",
    "commit",
    "subject",
    "by",
    "approvedBy",
    "request",
    "notKnown",
    "provisioned",
    "provisioningRecord",
)
"""The columns of the CSV, in order."""

Body = dict[str, Any]


def as_json(answer: Answer) -> str:
    """Return everything that the answer says."""
    body = {
        "version": VERSION,
        "asked": answer.asked,
        "directory": answer.directory,
        "config": answer.config,
        "asOf": {"instant": in_utc(answer.at), "commit": _commit(answer.commit)},
        "history": {"begins": _commit(answer.first), "shallow": answer.cut, "commits": answer.commits},
        "notRead": [_fault(each) for each in answer.faults],
        "notes": list(answer.notes),
        "access": [_row(row) for row in answer.rows],
    }
    return in_json(orjson.dumps(_sound(body), option=orjson.OPT_INDENT_2).decode()) + "\n"


def _sound(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value with texts that are text: a path of Git's may be none."""
    if isinstance(value, dict):
        return {name: _sound(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_sound(each) for each in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _commit(commit: Commit | None) -> Body | None:
    return None if commit is None else {"id": commit.id, "date": in_utc(commit.date), "subject": commit.subject}


def _fault(fault: Fault) -> Body:
    return {"file": fault.file, "line": fault.line, "message": fault.message}


def _named(named: Named, title: str) -> Body:
    return {"name": named.name, title: named.title}


def _row(row: Row) -> Body:
    return {
        "group": _named(row.group, "displayName") if row.group.name else None,
        "user": _named(row.user, "userName"),
        "state": row.standing.state.value,
        "reason": row.standing.reason,
        "message": row.standing.message,
        "since": _since(row.since),
        "paths": [_path(path) for path in row.paths],
        "provisioned": _proof(row.proof),
    }


def _path(path: Path) -> Body:
    return {
        "groups": list(path.groups),
        "by": path.means.value,
        "detail": path.detail,
        "since": _since(path.since),
    }


def _since(since: Since | None) -> Body | None:
    if since is None:
        return None
    return {
        "date": in_utc(since.date),
        "atLeast": since.least,
        "byDateInManifest": since.dated,
        "commit": _commit(since.commit),
        **_origin(since.origin),
        "notKnown": [_unsure(each) for each in since.gaps],
    }


def _origin(origin: Origin) -> Body:
    approved = [{**_person(each.person), "how": each.how, "isAuthor": each.own} for each in origin.approvals]
    return {"by": [_person(each) for each in origin.authors], "approvedBy": approved, "request": origin.request}


def _person(person: Person) -> Body:
    return {"name": person.name, "email": person.email}


def _unsure(found: Unsure) -> Body:
    begin, end = _commit(found.begin), _commit(found.end)
    return {"from": begin, "until": end, "why": found.why, "notRead": [_fault(each) for each in found.faults]}


def _proof(proof: Proof) -> Body:
    names = ("asked", "date", "record", "action", "status", "revision", "note")
    return {name: getattr(proof, name) for name in names}


def as_csv(answer: Answer) -> str:
    """Return one line for each way to access, and one for each user without."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in answer.rows:
        for line in _lines(answer, row):
            writer.writerow([cell(line[name].encode("utf-8", "replace").decode()) for name in COLUMNS])
    return text.getvalue()


def _lines(answer: Answer, row: Row) -> Iterator[dict[str, str]]:
    own = {
        "asOf": in_utc(answer.at),
        "config": answer.config,
        "group": row.group.name,
        "groupDisplayName": row.group.title,
        "user": row.user.name,
        "userName": row.user.title,
        "state": row.standing.state.value,
        "reason": row.standing.reason,
        "message": row.standing.message,
        "provisioned": wording.proof(row.proof) if row.standing.holds else "",
        "provisioningRecord": row.proof.record,
        "path": "" if row.group.name else "account",
    }
    for path in row.paths:
        yield {**own, "path": one_line(wording.path(path)), **_brought(path.since)}
    if not row.paths:
        yield {**own, **_brought(row.since)}


def _brought(since: Since | None) -> dict[str, str]:
    if since is None:
        return dict.fromkeys(("since", "atLeast", "commit", "subject", "by", "approvedBy", "request", "notKnown"), "")
    return {
        "since": in_utc(since.date),
        "atLeast": str(since.least).lower(),
        "commit": since.commit.id,
        "subject": since.commit.subject,
        "by": wording.author(since.origin),
        "approvedBy": wording.approvals(since.origin) if since.origin.approvals else "",
        "request": since.origin.request,
        "notKnown": "; ".join(map(wording.unsure, since.gaps)),
    }
