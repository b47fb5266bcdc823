"""The text of `status` for ProvisioningConfigs and their objects. Pure: manifests in, text out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.cli.layout import PLAIN, Look, Tone
from scim_operator.cli.tables import block, table
from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.core.records.readable_status import readable_status
from scim_operator.core.records.status import PARKED, Reason, condition_of
from scim_operator.core.report.config_status import clause, release
from scim_operator.core.service.capabilities import BY_TYPE, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scim_operator.cli.tables import Row, Tones

Manifest = dict[str, Any]

SHOWN = 20
"""Number of objects that are not ready, and named in the detail; more are only counted."""


HEAD = ("NAME", "URL", "READY", "CONNECTED", "PROGRESS", "IN SCOPE", "FAILED", "PLAN HELD")
WIDE = ("MODE", "LAST SWEEP", "REASON", "MESSAGE")
SPARE = ("URL", "PROGRESS", "CONNECTED")
"""Columns that a narrow terminal does without; NAME's detail has all of them."""

_STATUS = {"True": Tone.GOOD, "False": Tone.WAITING, "Unknown": Tone.WAITING, "Suspended": Tone.WAITING}
_CONDITIONS = {
    ("Ready", "True"): Tone.GOOD,
    ("Ready", "False"): Tone.WAITING,
    ("Connected", "True"): Tone.GOOD,
    ("Connected", "False"): Tone.BAD,
    ("Quarantined", "True"): Tone.BAD,
    ("Stalled", "True"): Tone.BAD,
    ("Reconciling", "True"): Tone.WAITING,
    ("ApprovalRequired", "True"): Tone.WAITING,
    ("AnotherOperator", "True"): Tone.WAITING,
}


def overview(configs: Sequence[Manifest], *, all_namespaces: bool, look: Look = PLAIN, wide: bool = False) -> str:
    """Return one line for each config; a `wide` one has more columns."""
    head = (*HEAD, *(WIDE if wide else ()))
    rows = [(*_row(config), *(_more(config) if wide else ())) for config in configs]
    if all_namespaces:
        head = ("NAMESPACE", *head)
        rows = [(config["metadata"]["namespace"], *row) for config, row in zip(configs, rows, strict=True)]
    return table(head, rows, look, tones=_overview_tones(head), spare=SPARE)


def _overview_tones(head: Sequence[str]) -> Tones:
    ready, connected, failed, held = (head.index(name) for name in ("READY", "CONNECTED", "FAILED", "PLAN HELD"))
    return {
        "READY": lambda row: _STATUS.get(row[ready]),
        "CONNECTED": lambda row: _CONDITIONS.get(("Connected", row[connected])),
        "FAILED": lambda row: Tone.BAD if row[failed] not in {"0", "-"} else None,
        "PLAN HELD": lambda row: Tone.WAITING if row[held] == "yes" else None,
    }


def _row(config: Manifest) -> Row:
    status = _status(config)
    totals = status.get("totals") or {}
    return (
        config["metadata"]["name"],
        config["spec"]["service"]["url"],
        "Suspended" if config["spec"].get("suspend") else condition_of(status, "Ready").get("status", ""),
        condition_of(status, "Connected").get("status", ""),
        progress(status),
        _number(totals.get("inScope")),
        _number(totals.get("failed")),
        "yes" if (status.get("plan") or {}).get("held") else "",
    )


def _more(config: Manifest) -> Row:
    status = _status(config)
    ready = condition_of(status, "Ready")
    mode, sweep = config["spec"].get("mode", ""), (status.get("lastSweep") or {}).get("startedAt", "")
    return mode, sweep, ready.get("reason", ""), ready.get("message", "")


def progress(status: Mapping[str, Any]) -> str:
    """Return the phase and its progress, such as `Users 24%`."""
    body = status.get("progress") or {}
    return f"{body['phase']} {body.get('percent', 0)}%" if body.get("phase") else ""


def detail(
    config: Manifest,
    objects: Sequence[tuple[str, str, str]],
    operator: str = "",
    *,
    look: Look = PLAIN,
    shown: int | None = SHOWN,
) -> str:
    """Return everything about one config. `objects` are those that are not ready: kind/name, reason, message.

    `operator` says whether one works on it, "" where that is not known. `shown` is how many objects are named, None
    for all.
    """
    inner = look.narrowed(2)
    facts = block([*_facts(config), ("Operator", operator)], look)
    parts = [facts, _heading("Conditions", look), indented(_conditions(_status(config), inner))]
    if first := (_status(config).get("plan") or {}).get("first"):
        parts += [_heading("Plan, the gravest first", look), indented(_planned(first, inner))]
    if objects:
        parts += [_heading("Not ready", look), indented(_objects(objects, inner, shown))]
    return "\n".join(parts)


def _heading(text: str, look: Look) -> str:
    return look.painted(f"{text}:", Tone.HEADING)


def _facts(config: Manifest) -> Iterable[tuple[str, str]]:
    status, spec = _status(config), config["spec"]
    yield "Name", f"{config['metadata']['namespace']}/{config['metadata']['name']}"
    yield "URL", spec["service"]["url"]
    yield "Profile", (status.get("service") or {}).get("profile", "")
    yield "Learned", ", ".join(listed((status.get("service") or {}).get("capabilities") or {}))
    for quirk in (status.get("service") or {}).get("quirks") or ():
        yield "Quirk", in_words(quirk)
    yield "Provisioning", "Off (spec.suspend)" if spec.get("suspend") else "On"
    yield "Mode", spec.get("mode", "")
    yield "Progress", progress(status)
    for kind in ("users", "groups"):
        yield kind.capitalize(), _counts((status.get("totals") or {}).get(kind) or {})
    yield "Plan", _plan(status.get("plan") or {})
    yield "Last approval", _approval(status.get("lastApproval") or {})
    yield "Last sweep", _sweep(status.get("lastSweep") or {})


def listed(capabilities: Mapping[str, Any], *, everything: bool = False) -> Iterable[str]:
    """Return the capabilities in force that experience has taught, or all of them, each with its source."""
    for name, setting in capabilities.items():
        if not isinstance(setting, dict):
            continue
        if name in BY_TYPE:
            yield from (f"{name} {own}" for own in listed(setting, everything=everything))
        elif everything or setting.get("source") == Source.LEARNED:
            yield f"{name} {_shown(setting.get('value'))} ({setting.get('source')})"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def in_words(quirk: Mapping[str, Any]) -> str:
    """Return a quirk as one line."""
    about = [quirk.get("resourceType", ""), ", ".join(quirk.get("attributes") or ())]
    where = ": ".join(part for part in about if part)
    return f"{quirk['message']}{f' ({where})' if where else ''}"


def _counts(counts: Mapping[str, int]) -> str:
    names = {"inScope": "in scope", "provisioned": "provisioned", "pending": "pending", "failed": "failed"}
    names |= {"retrying": "tried again"} if counts.get("retrying") else {}
    names["unmanaged"] = "at the service without a manifest"
    shown = {**names, "foreign": "of other owners"} if counts.get("foreign") else names
    return ", ".join(f"{counts[key]} {name}" for key, name in shown.items() if key in counts)


def _plan(plan: Mapping[str, Any]) -> str:
    names = ("creates", "updates", "disables", "deletes", "memberAdds", "memberRemovals", "renames", "adoptions")
    counts = ", ".join(f"{plan[name]} {name}" for name in names if plan.get(name))
    reported = f"to release it, {release(plan.get('digest', ''), plan.get('protected') or ())}"
    why = clause(plan.get("reason") or "")
    held = f"held{why}; {reported}" if plan.get("held") else ""
    return "; ".join(part for part in (counts, held) if part)


def _approval(approval: Mapping[str, Any]) -> str:
    if not approval:
        return ""
    by = f" by {approval['by']}" if approval.get("by") else ""
    return f"{approval.get('plan', '')}{by}, released {approval.get('releasedAt', '')}: {approval.get('released', '')}"


def _planned(first: Sequence[Mapping[str, Any]], look: Look) -> str:
    rows = [
        (
            each["object"],
            each["verb"],
            ", ".join(each.get("attributes") or ()),
            f"+{each.get('memberAdds', 0)} -{each.get('memberRemovals', 0)}",
        )
        for each in first
    ]
    return table(("OBJECT", "VERB", "ATTRIBUTES", "MEMBERS"), rows, look)


def _sweep(sweep: Mapping[str, Any]) -> str:
    if not sweep:
        return ""
    requests = sweep.get("requests") or {}
    duration = sweep.get("duration", "")
    took = f"{sweep.get('startedAt', '')}, took {'less than 1s' if duration == '0' else duration}"
    return (
        f"{took}, {requests.get('read', 0)} reads, {requests.get('write', 0)} writes, {sweep.get('drift', 0)} drifted"
    )


def _conditions(status: Mapping[str, Any], look: Look) -> str:
    rows = [(c["type"], c["status"], c["reason"], c.get("message", "")) for c in status.get("conditions") or ()]
    if not rows:
        return "none yet: is the operator running?"
    tones: Tones = {"STATUS": lambda row: _CONDITIONS.get((row[0], row[1]))}
    return table(("TYPE", "STATUS", "REASON", "MESSAGE"), rows, look, tones=tones)


def _objects(objects: Sequence[tuple[str, str, str]], look: Look, shown: int | None) -> str:
    head = ("OBJECT", "REASON", "MESSAGE")
    text = table(head, objects[:shown], look, tones={"REASON": lambda row: tone_of(row[1])})
    more = 0 if shown is None else len(objects) - shown
    return f"{text}\n… and {more} more" if more > 0 else text


def tone_of(reason: str) -> Tone:
    """Return the tone of a reason for which an object is not ready: whether a person is needed."""
    return Tone.BAD if reason in PARKED or reason == Reason.INTERNAL_ERROR else Tone.WAITING


def as_data(config: Manifest) -> dict[str, Any]:
    """Return a config for programs: what the operator says of it, by the names of its status."""
    status, spec = _status(config), config["spec"]
    named = ("conditions", "progress", "totals", "plan", "lastApproval", "lastSweep", "failures", "service")
    return {
        "namespace": config["metadata"]["namespace"],
        "name": config["metadata"]["name"],
        "url": spec["service"]["url"],
        "mode": spec.get("mode", ""),
        "suspended": bool(spec.get("suspend")),
        "ready": condition_of(status, "Ready").get("status", ""),
        "connected": condition_of(status, "Connected").get("status", ""),
        **{name: status[name] for name in named if status.get(name)},
    }


def objects_as_data(objects: Sequence[tuple[str, str, str]]) -> list[dict[str, str]]:
    """Return objects that are not ready, for programs."""
    return [{"object": name, "reason": reason, "message": message} for name, reason, message in objects]


def unready(manifest: Manifest, config: str) -> tuple[str, str, str] | None:
    """Return why an object is not ready at one service: kind/name, reason, message; None when it is."""
    listed = readable_status(manifest.get("status")).get("services") or ()
    entries = [entry for entry in listed if entry["config"] == config]
    ready = condition_of(entries[0], "Ready") if entries else {}
    if not ready or ready.get("status") == "True":
        return None
    name = f"{manifest['kind'].lower()}/{manifest['metadata']['name']}"
    return name, str(ready.get("reason", "")), str(ready.get("message", ""))


def went_wrong(config: Manifest) -> bool:
    """Return whether an internal error of the operator keeps the config or one of its objects from being ready."""
    status = _status(config)
    failures = {failure.get("reason") for failure in status.get("failures") or ()}
    return Reason.INTERNAL_ERROR in {condition_of(status, "Ready").get("reason"), *failures}


def indented(text: str) -> str:
    """Return the text, two columns to the right."""
    return "\n".join(f"  {line}" for line in text.splitlines())


def _status(config: Manifest) -> dict[str, Any]:
    return readable_config_status(config.get("status"))


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
