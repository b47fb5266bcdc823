"""The provisioning log, with Entra's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.console.markup import Content, Html, tag
from scim_operator.console.pages.frame import Frame, moment, notice, page, state, table
from scim_operator.core.wording import counted
from scim_operator.observability.provisioning_log.flat import flattened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scim_operator.console.source import Asked
    from scim_operator.observability.provisioning_log.record import Record

_TONES = {"success": "good", "failure": "bad", "skipped": "quiet", "warning": "warn"}
_HEAD = ("Time", "Object", "Config", "Action", "Status", "Reason", "Changes", "Record")


def log(frame: Frame, asked: Asked, records: Sequence[Record] | None, trouble: str) -> str:
    """Return the page; `records` None: nothing was asked yet, or `trouble` says why there is no answer."""
    content: Content = None
    if records is not None:
        content = (
            tag("p", f"The newest {counted(len(records), 'record')}.", id="total"),
            table("Provisioning log", _HEAD, map(_row, records)),
        )
    return page(frame, "Log", _search(asked), notice(trouble, bad=True) if trouble else None, content)


def _search(asked: Asked) -> Html:
    user = tag("input", type="search", id="field-user", name_="user", value=asked.user)
    group = tag("input", type="search", id="field-group", name_="group", value=asked.group)
    failed = tag("input", type="checkbox", id="field-failed", name_="failed", value="yes", checked=asked.failed)
    return tag(
        "form",
        tag("div", tag("label", "User", for_="field-user"), user),
        tag("div", tag("label", "Group", for_="field-group"), group),
        tag("div", tag("label", failed, " Failures only", for_="field-failed")),
        tag("input", type="hidden", name_="asked", value="yes"),
        tag("button", "Ask the log", type="submit"),
        class_="search", role="search", method="get", action="/log",
    )  # fmt: skip


def _row(record: Record) -> tuple[Content, ...]:
    flat = flattened(record)
    return (
        moment(flat["activityDateTime"]),
        f"{flat['kind'].lower()}/{flat['name']}",
        flat["config"],
        flat["action"],
        state(flat["status"], _TONES.get(flat["status"], "quiet")),
        flat["reason"] or flat["errorCode"],
        _changes(record["modifiedProperties"]),
        flat["id"],
    )


def _changes(properties: Sequence[Mapping[str, str | None]]) -> Content:
    lines = (
        f"{each['displayName']}: {each['oldValue'] or '(none)'} → {each['newValue'] or '(none)'}" for each in properties
    )
    return tag("ul", (tag("li", line) for line in lines), class_="plain") if properties else None
