"""Names and messages that would steer a terminal, fake a line, hide what they say, or come alive in Markdown."""

from __future__ import annotations

import csv
import io
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.notifications import Topic
from scim_operator.cli import tables
from scim_operator.cli.records import rendered
from scim_operator.cli.statuses import detail
from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.core.printing import blanked, in_json, lines, one_line
from scim_operator.core.records.status import condition
from scim_operator.core.report.notice import Notice
from scim_operator.kube.events import Occurrence, Series, event_manifest
from scim_operator.local.findings import Finding
from scim_operator.observability.logs import LogFormat, formatter
from scim_operator.observability.notifications.rendering import body, cloud_event, title
from scim_operator.observability.provisioning_log.stdout import Lines
from scim_operator.review.plan_review import Review
from scim_operator.review.rendering import as_markdown, as_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk

HIDING: dict[str, str] = {
    "clears the screen": "a\x1b[2Jb",
    "sets the title": "a\x1b]0;b\x07c",
    "makes a link": "a\x1b]8;;http://x.example\x1b\\b",
    "an escape of eight bits": "a\x9b31mb",
    "a command of eight bits": "a\x9d0;b\x9c",
    "goes back": "abc\b\b\bxyz",
    "begins the line again": "abc\rxyz",
    "deletes": "a\x7fb",
    "a line of its own": "a\nREADY True",
    "another kind of line": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "turns round": "a\u202eb\u202c\u202a\u202b\u202d",
    "turns round alone": "a\u2066b\u2067c\u2068d\u2069\u061ce\u200ef\u200f",
    "nothing to be seen": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg",
    "fillers": "a\u115fb\u1160c\u3164d\uffa0e\u034ff\u17b4g\u180eh\u2800",
    "tags": "a\U000e0041\U000e0042\U000e007f",
    "variations": "a\ufe00b\ufe0fc\U000e0100d\U000e01ef",
    "a wide blank": "a\u3000b\u00a0c\u2003",
    "nobody's characters": "a\ue000b\uffff\U0010fffdc",
    "half a character": "a\ud800b",
}
each_hiding = pytest.mark.parametrize("text", HIDING.values(), ids=HIDING.keys())
KEY = ConfigKey("identity", "vmware")


def shows(text: str, *, newlines: bool = True) -> bool:
    """Whether all of a text is seen as it is, by a definition that is not the product's."""
    text = text.replace("\n", "") if newlines else text
    return text.isprintable() and not any(char in text for char in "\u115f\u1160\u3164\uffa0\u034f\u2800\ufe0f\ufe00")


@each_hiding
def test_the_rule(text: str) -> None:
    assert shows(one_line(text), newlines=False)
    assert one_line(one_line(text)) == one_line(text)
    assert shows(lines(text))
    assert lines(text).count("\n") == text.count("\n")
    assert shows(blanked(text), newlines=False)
    assert "a" in one_line(text)


@pytest.mark.parametrize("text", ["", "Grüße, 東京, naïve “quotes” 🙂", "a" * 10_000, "José", "שלום"])
def test_what_shows_stays(text: str) -> None:
    assert one_line(text) == lines(text) == blanked(text) == in_json(text) == text


@each_hiding
def test_json_says_the_same_and_shows_all_of_it(text: str) -> None:
    body = in_json(json.dumps({"a": [text]}, ensure_ascii="\ud800" in text, indent=2))
    assert shows(body)
    assert json.loads(body) == {"a": [text]}


@each_hiding
def test_conditions_and_events(text: str) -> None:
    said = condition("Ready", False, "Rejected", f"The service said {text}", generation=1)
    assert shows(said["message"], newlines=False)
    key = ObjectKey(Kind.USER, "identity", "ada")
    about = Occurrence(key, "u", warning=True, reason="Rejected", message=one_line(text))
    assert shows(event_manifest(about, Series())["message"], newlines=False)


@each_hiding
def test_status_of_a_terminal(text: str) -> None:
    """Whoever writes statuses or specs: the operator is not the only one."""
    config: dict[str, Any] = {
        "metadata": {"name": "vmware", "namespace": "identity"},
        "spec": {"service": {"url": f"https://x.example/{text}"}, "mode": text},
        "status": {
            "conditions": [{"type": text, "status": text, "reason": text, "message": text}],
            "plan": {"first": [{"object": text, "verb": text, "attributes": [text]}], "held": True, "digest": text},
            "service": {"profile": text},
        },
    }
    reported = detail(config, [(text, text, text)])
    assert shows(reported)
    assert "\nREADY True" not in reported
    assert shows(tables.table(("A",), [(text,)]))


def line(text: str, *, failing: bool) -> str:
    record = logging.LogRecord("scim_operator", logging.WARNING, __file__, 1, "Said: %s", (text,), None)
    if failing:
        record.exc_info = (ValueError, ValueError(text), None)
    return record_as(record, LogFormat.TEXT)


def record_as(record: logging.LogRecord, form: LogFormat) -> str:
    return formatter(form).format(record)


@each_hiding
def test_logs(text: str) -> None:
    assert shows(line(text, failing=False), newlines=False)
    with_trace = line(text, failing=True)
    assert shows(with_trace)
    assert all(each.startswith("  ") for each in with_trace.split("\n")[1:])
    record = logging.LogRecord("scim_operator", logging.WARNING, __file__, 1, "Said: %s", (text,), None)
    assert record_as(record, LogFormat.JSON).isascii()


@each_hiding
def test_notifications(text: str) -> None:
    notice = replace(a_notice(), text=text, reason=text, objects=(text,), counts={text: 1})
    assert shows(title(KEY, notice), newlines=False)
    assert shows(body(KEY, notice))
    event = cloud_event(KEY, notice, "1", datetime.now(UTC))["data"]
    texts = [event["reason"], event["message"], *event["counts"], *event["objects"]]
    assert all(shows(each, newlines=False) for each in texts)


def a_notice() -> Notice:
    return Notice(topic=Topic.FAILURE, reason="Rejected", text="x")


def a_record(text: str) -> dict[str, Any]:
    shown = {"id": text, "displayName": text, "identityType": "ScimUser", "details": {"userName": text, "url": text}}
    info = {"status": "failure", "errorInformation": {"errorCode": text, "reason": text, "recommendedAction": text}}
    return {
        **dict.fromkeys(("id", "activityDateTime", "changeId", "cycleId", "jobId", "tenantId", "revision"), text),
        "durationInMilliseconds": 1,
        "initiatedBy": {"trigger": text},
        "provisioningAction": text,
        "provisioningStatusInfo": info,
        "provisioningSteps": [{"provisioningStepType": text, "status": text, "description": text}],
        "modifiedProperties": [{"displayName": text, "oldValue": text, "newValue": text}],
        "sourceIdentity": shown,
        "targetIdentity": shown,
        "targetSystem": shown,
        "servicePrincipal": {"displayName": f"identity/{text}"},
    }


@pytest.mark.parametrize("text", [text for text in HIDING.values() if "\ud800" not in text])
def test_the_provisioning_log(text: str) -> None:
    record = a_record(text)
    for form in ("table", "json", "jsonl"):
        assert shows(rendered([record], form))
    assert shows(rendered([record], "csv").replace("\r\n", "\n"))
    out = io.BytesIO()
    Lines(out).write([record])
    assert shows(out.getvalue().decode())
    assert out.getvalue().count(b"\n") == 1
    assert json.loads(out.getvalue()) == record


SIGNS = ["=", "+", "-", "@", "\t=", "\r=", " =", "\n=", "\u200b=", "\ufeff=", "\uff1d", "\u3000=", "\x1b="]


@pytest.mark.parametrize("sign", SIGNS)
def test_no_cell_begins_a_formula(sign: str) -> None:
    text = rendered([a_record(f"{sign}cmd|' /C calc'!A0")], "csv", head=False)
    (cells,) = csv.reader(io.StringIO(text))
    reported = [cell for cell in cells if "calc" in cell and not cell.startswith("[")]
    assert len(reported) > 10
    assert all(cell.startswith(("'", "identity")) for cell in reported)


@each_hiding
def test_findings(text: str) -> None:
    finding = Finding(f"{text}.yaml", 1, text)
    assert shows(finding.as_text(), newlines=False)
    assert shows(finding.as_annotation(), newlines=False)
    assert finding.as_annotation().count("::") == 2 + text.count("::")


COMMANDS = ["::add-mask::Approved", "  ::stop-commands::x", "Ada ##[set-output name=status;]0", "##vso[task.complete]x"]


@pytest.mark.parametrize("text", COMMANDS)
def test_no_line_is_a_command_to_the_ci_that_logs_it(text: str) -> None:
    """GitHub takes :: at the beginning of a line, and ##[ anywhere in it; Azure ##vso[ as well."""
    review = Review(config="identity/vmware", steps=(), adopted=(text,), notes=(text,), blocked=text)
    shown = [Finding(f"{text}.yaml", 1, text).as_text(), as_text(review), as_markdown(review), lines(text)]
    for line in "\n".join(shown).split("\n"):
        assert "##[" not in line
        assert "##vso[" not in line
        assert not line.lstrip().startswith("::")
    document = {"a": [text]}
    assert "##[" not in in_json(json.dumps(document))
    assert json.loads(in_json(json.dumps(document))) == document


LIVE: dict[str, str] = {
    "a mention": "@corp/admins",
    "a mention by number": "&#64;corp",
    "an issue": "#1 and corp/access#2",
    "an image": "![x](http://evil.example/x.png)",
    "a link": "[x](http://evil.example)",
    "a bare link": "http://evil.example and www.evil.example",
    "HTML": "</details><img src=x onerror=alert(1)>",
    "a comment": "--> <!-- scim-operator plan identity/vmware -->",
    "a heading": "\n# Approved\n",
    "code": "```\n",
}


@pytest.mark.parametrize("text", [*LIVE.values(), *HIDING.values()], ids=[*LIVE, *HIDING])
def test_names_in_a_plan_are_not_alive(text: str) -> None:
    review = Review(config="identity/vmware", steps=(), adopted=(text,), notes=(f"Left: {text}.",), blocked=text)
    markdown = as_markdown(review)
    assert shows(markdown)
    assert shows(as_text(review))
    assert "\n# Approved" not in markdown
    for shown in markdown.split("\n\n")[3:]:
        outside = "".join(shown.split("`" * fence_of(shown))[::2])
        assert not any(mark in outside for mark in ("@", "#1", "[", "<", "//", "www", "&#")), shown


def fence_of(line: str) -> int:
    """How many backticks begin the first code span of a line."""
    start = line.find("`")
    rest = line[start:] if start >= 0 else ""
    return max(1, len(rest) - len(rest.lstrip("`")))


@pytest.mark.parametrize("name", ["clears the screen", "turns round", "a line of its own", "an escape of eight bits"])
async def test_a_plan_in_every_form(at: Desk, tmp_path: Path, name: str) -> None:
    at.user("ada", title=HIDING[name])
    for form in ("text", "markdown", "json"):
        result = await at.run("plan", "-o", form, "--out", str(tmp_path / "plan.json"))
        assert result.exit_code == 2
        assert shows(result.stdout)
    saved = await at.run("apply", "--plan", str(tmp_path / "plan.json"))
    assert saved.exit_code == 0, saved.output
    assert shows(saved.output)
