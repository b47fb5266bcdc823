"""The provisioning log, with Entra's columns, and the parts of Entra's details of each record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.console.markup import Content, Html, tag
from scim_operator.console.pages.frame import Frame, address, facts, moment, notice, page, selection, state, table
from scim_operator.core.wording import counted
from scim_operator.observability.provisioning_log.flat import ACTIONS, STATUSES, flattened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from scim_operator.console.source import Asked
    from scim_operator.observability.provisioning_log.record import Record

MOST_IN_CSV = 10_000
"""Records of a CSV, the newest."""
_TONES = {"success": "good", "failure": "bad", "skipped": "quiet", "warning": "warn"}
_HEAD = ("Date", "Identity", "Action", "Source system", "Target system", "Status", "Reason", "Details")


def log(
    frame: Frame,
    asked: Asked,
    choices: tuple[Sequence[str], Sequence[str]],
    records: Sequence[Record] | None,
    trouble: str = "",
) -> str:
    """Return the page; `choices` are configs and namespaces.

    `records` None: nothing was asked yet, or `trouble` says why there is no answer.
    """
    return page(
        frame,
        "Log",
        _search(asked, *choices),
        notice(trouble, bad=True) if trouble else None,
        _answer(asked, records) if records is not None else None,
    )


def _search(asked: Asked, configs: Sequence[str], places: Sequence[str]) -> Html:
    held = tag("input", type="checkbox", id="field-held", name_="held", value="yes", checked=asked.held)
    return tag(
        "form",
        selection("namespace", "Namespace", [(each, each) for each in places], asked.namespace) if places else None,
        _field("user", "User", asked.user),
        _field("group", "Group", asked.group),
        selection("config", "Config", [("", "Any config"), *((each, each) for each in configs)], asked.config),
        selection("action", "Action", [("", "Any action"), *((each, each) for each in ACTIONS)], asked.action),
        selection("status", "Status", [("", "Any status"), *((each, each) for each in STATUSES)], asked.status),
        _time("since", "Since", asked.since),
        _time("until", "Until", asked.until),
        tag("div", tag("label", held, " What was not sent too", for_="field-held")),
        tag("input", type="hidden", name_="asked", value="yes"),
        tag("button", "Ask the log", type="submit"),
        class_="search", role="search", method="get", action="/log",
    )  # fmt: skip


def _field(name: str, label: str, value: str) -> Html:
    field = tag("input", type="search", id=f"field-{name}", name_=name, value=value)
    return tag("div", tag("label", label, for_=f"field-{name}"), field)


def _time(name: str, label: str, value: datetime | None) -> Html:
    """Return a field for a date and time: of UTC, which our script turns into the zone of the person who reads."""
    given = value.replace(tzinfo=None).isoformat(timespec="seconds") if value is not None else ""
    field = tag("input", type="datetime-local", step=1, id=f"field-{name}", name_=name, value=given)
    zone = tag("span", "UTC", data_zone=True)
    return tag("div", tag("label", label, " (", zone, ")", for_=f"field-{name}"), field)


def _answer(asked: Asked, records: Sequence[Record]) -> Content:
    older = "" if len(records) < asked.most else str(records[-1]["activityDateTime"])
    links = (
        tag("a", "Older", href=_again("/log", asked, until=older, asked="yes")) if older else None,
        tag("a", f"Download as CSV, at most {MOST_IN_CSV} of the newest", href=_again("/log.csv", asked)),
    )
    return (
        tag("p", f"The newest {counted(len(records), 'record')}.", id="total"),
        table("Provisioning log", _HEAD, map(_row, records)),
        tag("nav", links, class_="pages", aria_label="More of the log") if records else None,
    )


def _again(path: str, same_as: Asked, **changed: str) -> str:
    """Return an address that asks the same."""
    moments = {"since": same_as.since, "until": same_as.until}
    given = {name: value.isoformat() for name, value in moments.items() if value is not None}
    names = ("namespace", "user", "group", "config", "action", "status")
    same = {name: str(getattr(same_as, name)) for name in names} | given | {"held": "yes" if same_as.held else ""}
    return address(path, **{**same, **changed})


def _row(record: Record) -> tuple[Content, ...]:
    flat = flattened(record)
    called = (f"{flat['kind'].lower()}/{flat['name']}", *filter(None, (flat["sourceName"],)))
    target = filter(None, (f"{flat['namespace']}/{flat['config']}", flat["targetName"], flat["targetId"]))
    return (
        moment(flat["activityDateTime"]),
        _lines(called),
        flat["action"],
        f"Kubernetes, namespace {record['tenantId']}",
        _lines(target),
        state(flat["status"], _TONES.get(flat["status"], "quiet")),
        flat["reason"] or flat["errorCode"],
        _details(record, flat),
    )


def _lines(texts: Sequence[str] | filter[str]) -> Html:
    return tag("ul", (tag("li", each) for each in texts), class_="plain")


def _details(record: Record, flat: Mapping[str, str]) -> Html:
    """Return what Entra has in four tabs: steps, troubleshooting, modified properties and the summary."""
    trouble = [("Error code", flat["errorCode"]), ("Reason", flat["reason"]), ("What to do", flat["recommendedAction"])]
    summary = [
        ("Because of", flat["trigger"]),
        ("Took", f"{flat['durationInMilliseconds']} ms"),
        ("Revision", flat["revision"]),
        ("Change", flat["changeId"]),
        ("Cycle", flat["cycleId"]),
        ("Record", flat["id"]),
    ]
    parts: tuple[tuple[str, Content], ...] = (
        ("Steps", tag("ol", map(_step, record["provisioningSteps"]))),
        ("Troubleshooting", facts(trouble) if any(said for _, said in trouble) else None),
        ("Modified properties", _changes(record["modifiedProperties"])),
        ("Summary", facts(summary)),
    )
    shown = ((tag("h2", title), content) for title, content in parts if content is not None)
    return tag("details", tag("summary", f"Steps of {flat['name']}"), shown)


def _step(step: Mapping[str, str]) -> Html:
    status = state(step["status"], _TONES.get(step["status"], "quiet"))
    return tag("li", step["provisioningStepType"], ": ", status, " ", step["description"])


def _changes(properties: Sequence[Mapping[str, str | None]]) -> Content:
    lines = (
        f"{each['displayName']}: {each['oldValue'] or '(none)'} → {each['newValue'] or '(none)'}" for each in properties
    )
    return _lines(list(lines)) if properties else None
