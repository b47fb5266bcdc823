"""The overview: each config's health, connection, progress, totals, last sweep and held plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.console.markup import Content, Html, joined, tag
from scim_operator.console.pages.frame import Frame, config_address, facts, moment, notice, page, standing, state, table
from scim_operator.console.pages.progress import rate_and_rest
from scim_operator.console.source import config_key
from scim_operator.core.keys import Kind
from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.core.records.status import condition_of
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scim_operator.console.pages.progress import Course
    from scim_operator.console.source import Manifest, Source

_COUNTS = (
    ("inScope", "In scope"), ("provisioned", "Provisioned"), ("pending", "Pending"), ("retrying", "Tried again"),
    ("failed", "Failed"), ("unmanaged", "Without a manifest"), ("foreign", "Of other owners"),
)  # fmt: skip
MOST_FINDINGS = 200


def overview(frame: Frame, source: Source, configs: Sequence[Manifest], course: Course) -> str:
    """Return the page."""
    live = tag(
        "div", cards(source, configs, course), data_live=True, hx_get="/live", hx_trigger="changed from:body",
        hx_swap="innerHTML",
    )  # fmt: skip
    return page(frame, "Overview", live)


def cards(source: Source, configs: Sequence[Manifest], course: Course) -> Html:
    """Return the part of the page that moves."""
    people = source.people
    read = f"{counted(people.count(Kind.USER), 'user')}, {counted(people.count(Kind.GROUP), 'group')}"
    return joined((
        notice(source.unseen, bad=True) if source.unseen else None,
        notice(source.trouble, bad=True) if source.trouble else None,
        tag("p", f"{read} read so far…" if source.reading else f"{read}.", id="read"),
        _findings(source.findings),
        tag("div", (_card(each, course, source) for each in configs), class_="cards"),
        None if configs else notice("There is no ProvisioningConfig here."),
    ))  # fmt: skip


def _findings(findings: Sequence[str]) -> Html | None:
    if not findings:
        return None
    more = len(findings) - MOST_FINDINGS
    listed = (tag("li", each) for each in findings[:MOST_FINDINGS])
    left = tag("p", f"… and {more} more: scim-operator validate lists all.") if more > 0 else None
    return tag("section", tag("h2", f"{counted(len(findings), 'finding')} in the manifests"), tag("ul", listed), left)


def _card(config: Manifest, course: Course, source: Source) -> Html:
    key, spec, home = config_key(config), config["spec"], source.home
    status = readable_config_status(config.get("status"))
    parts: list[Content] = [
        tag("h2", key.name if home else str(key)),
        _held(config_address(key, home), status),
        facts(_facts(config, status, course)),
    ]
    if source.in_cluster:
        parts += [_totals(status.get("totals") or {}), _conditions(status)]
    elif spec.get("suspend"):
        parts.append(notice("spec.suspend is true: nothing is sent."))
    return tag("section", parts, class_="card")


def _held(to: str, status: Mapping[str, Any]) -> Html | None:
    plan = status.get("plan") or {}
    if not plan.get("held"):
        return None
    link = tag("a", "Review the plan", href=to)
    return notice("A plan waits for approval: ", plan.get("reason") or "see why", ". ", link)


def _facts(config: Manifest, status: Mapping[str, Any], course: Course) -> Iterator[tuple[str, Content]]:
    spec, suspended = config["spec"], bool(config["spec"].get("suspend"))
    yield "Ready", state("Suspended", "warn") if suspended else _state(status, "Ready")
    yield "Connected", _state(status, "Connected")
    yield "Service", spec["service"]["url"]
    yield "Mode", spec.get("mode", "Apply")
    yield "Scope", spec.get("scope", "")
    yield "Progress", _progress(status.get("progress") or {}, config, course)
    yield "Quarantine", _quarantine(status.get("quarantine") or {})
    yield "Token ends", _expiry(status.get("tokenExpiry") or status.get("expires") or {})
    yield "Last sweep", _sweep(status.get("lastSweep") or {})
    yield "Last approval", _approval(status.get("lastApproval") or {})


def _state(status: Mapping[str, Any], type_: str) -> Content:
    found = condition_of(status, type_)
    return (state(str(found.get("status", ""))), f" {found.get('reason', '')}") if found else None


def _progress(progress: Mapping[str, Any], config: Manifest, course: Course) -> Content:
    phase, done, total = str(progress.get("phase") or ""), progress.get("done", 0), progress.get("total", 0)
    if not phase:
        return None
    said = f"{phase} {progress.get('percent', 0)}%, {done} of {total}{rate_and_rest(course, config)}"
    bar = tag("progress", value=done, max=max(total, 1), aria_label=f"Progress of {config['metadata']['name']}")
    return (tag("div", said), bar if phase != "Done" else None)


def _quarantine(quarantine: Mapping[str, Any]) -> Content:
    if not quarantine:
        return None
    since, again = moment(quarantine.get("began", "")), moment(quarantine.get("nextAttempt", ""))
    return (
        state(quarantine.get("reason", ""), "bad"), " ", quarantine.get("error", ""), " Since ", since,
        (", tried again ", again) if again else None,
    )  # fmt: skip


def _expiry(expiry: Mapping[str, Any]) -> Content:
    return (moment(str(expiry["time"])), f" ({expiry['field']})" if expiry.get("field") else "") if expiry else None


def _sweep(sweep: Mapping[str, Any]) -> Content:
    if not sweep:
        return None
    requests = sweep.get("requests") or {}
    counts = f"{requests.get('read', 0)} reads, {requests.get('write', 0)} writes, {sweep.get('drift', 0)} drifted"
    return moment(sweep.get("startedAt", "")), f", took {sweep.get('duration', '')}: {counts}"


def _approval(approval: Mapping[str, Any]) -> Content:
    if not approval:
        return None
    by = f" by {approval['by']}" if approval.get("by") else ""
    return moment(approval.get("releasedAt", "")), f"{by}: {approval.get('released', '')}"


def _totals(totals: Mapping[str, Any]) -> Html | None:
    users, groups = totals.get("users") or {}, totals.get("groups") or {}
    rows = [(label, users.get(key, 0), groups.get(key, 0)) for key, label in _COUNTS if key in users or key in groups]
    return table("Totals", ("Objects", "Users", "Groups"), rows) if rows else None


def _conditions(status: Mapping[str, Any]) -> Html:
    listed = status.get("conditions") or ()
    if not listed:
        return notice("No conditions yet: is the operator running?")
    rows = [
        (each["type"], standing(each["type"], each["status"]), each["reason"], each.get("message", ""))
        for each in listed
    ]
    return table("Conditions", ("Type", "Status", "Reason", "Message"), rows)
