"""Records of the provisioning log as text: a table, one in detail, JSON, CSV. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from scim_operator.cli.forms import CSV, JSON, JSONL, NAME, YAML, machine
from scim_operator.cli.layout import PLAIN, Look, Tone
from scim_operator.cli.statuses import indented
from scim_operator.cli.tables import block, table
from scim_operator.core.printing import blanked, in_json, one_line
from scim_operator.observability.provisioning_log.flat import as_csv, flattened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.observability.provisioning_log.record import Record

HEAD = ("TIME", "OBJECT", "CONFIG", "ACTION", "STATUS", "CODE", "CHANGES", "ID")
NOTHING = "No record fits.\n"

SPARE = ("ID", "CONFIG", "CODE")
"""Columns that a narrow terminal does without: --output=wide has them, and --id all of one record."""

_TONES = {"success": Tone.GOOD, "failure": Tone.BAD, "skipped": Tone.FAINT, "warning": Tone.WAITING}


def rendered(records: Sequence[Record], form: str, look: Look = PLAIN, *, head: bool = True) -> str:
    """Return the records in one of the command's formats, with the newline at the end."""
    if form in {JSON, YAML}:
        return machine(records, form) + "\n"
    if form == CSV:
        return as_csv(records, head=head)
    if form in {JSONL, NAME}:
        return "".join(f"{_jsonl(record) if form == JSONL else one_line(record['id'])}\n" for record in records)
    return _table(records, look) + "\n" if records else NOTHING


def _jsonl(record: Record) -> str:
    return in_json(orjson.dumps(record).decode())


def _table(records: Sequence[Record], look: Look) -> str:
    at = HEAD.index("STATUS")
    rows = [tuple(map(printable, _row(record))) for record in records]
    return table(HEAD, rows, look, tones={"STATUS": lambda row: _TONES.get(row[at])}, spare=SPARE)


def _row(record: Record) -> tuple[str, ...]:
    flat = flattened(record)
    changes = ", ".join(one["displayName"] for one in record["modifiedProperties"])
    return (
        flat["activityDateTime"],
        f"{flat['kind'].lower()}/{flat['name']}",
        f"{flat['namespace']}/{flat['config']}",
        flat["action"],
        flat["status"],
        flat["errorCode"],
        changes if len(changes) <= 40 else f"{changes[:39]}…",
        flat["id"],
    )


def details(record: Record, look: Look = PLAIN) -> str:
    """Return one record as a person reads it."""
    inner = look.narrowed(2)
    facts = [(name, printable(value)) for name, value in _facts(record)]
    parts = [block(facts, look), "", look.painted("Steps:", Tone.HEADING), indented(_steps(record, inner))]
    if record["modifiedProperties"]:
        parts += ["", look.painted("Modified properties:", Tone.HEADING), indented(_modified(record, inner))]
    return "\n".join(parts)


def _facts(record: Record) -> list[tuple[str, str]]:
    flat = flattened(record)
    called = f" ({flat['sourceName']})" if flat["sourceName"] else ""
    return [
        ("Object", f"{flat['kind'].lower()}/{flat['name']}{called} in namespace {record['tenantId']}"),
        ("Resource", " ".join(filter(None, (flat["targetName"], flat["targetId"])))),
        ("Config", f"{flat['namespace']}/{flat['config']} at {record['targetSystem']['details']['url']}"),
        ("Time", f"{flat['activityDateTime']}, took {flat['durationInMilliseconds']} ms"),
        ("Because of", flat["trigger"]),
        ("Action", flat["action"]),
        ("Status", flat["status"]),
        ("Error code", flat["errorCode"]),
        ("Reason", flat["reason"]),
        ("What to do", flat["recommendedAction"]),
        ("Revision", flat["revision"]),
        ("Change", flat["changeId"]),
        ("Cycle", flat["cycleId"]),
        ("Record", flat["id"]),
    ]


def _steps(record: Record, look: Look) -> str:
    fields = ("provisioningStepType", "status", "description")
    rows = [tuple(printable(step[field]) for field in fields) for step in record["provisioningSteps"]]
    return table(("STEP", "STATUS", "WHAT HAPPENED"), rows, look, tones={"STATUS": lambda row: _TONES.get(row[1])})


def _modified(record: Record, look: Look) -> str:
    fields = ("displayName", "oldValue", "newValue")
    rows = [tuple(printable(one[field] or "") for field in fields) for one in record["modifiedProperties"]]
    return table(("PROPERTY", "OLD", "NEW"), rows, look)


def printable(text: str) -> str:
    """Return the text without what would steer a terminal or a CI: names and values are other people's."""
    return one_line(blanked(text, "\N{REPLACEMENT CHARACTER}"))
