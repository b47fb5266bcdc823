"""`kubectl scim logs`: the question, the answer in each form, and the way into the operator's pod."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.cli.period import STORE_VARIABLE
from scim_operator.cli.records import rendered
from scim_operator.core.keys import Kind
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.observability.provisioning_log.flat import COLUMNS
from scim_operator.observability.provisioning_log.processed import Step
from scim_operator.observability.provisioning_log.record import record_of
from scim_operator.observability.provisioning_log.store import Store
from tests.support.noted import AT, processed, source
from tests.support.waiting import HANG

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

FAILED = {
    "verdict": Verdict(Reason.REJECTED, "The service refused the request (409, uniqueness)."),
    "failed": Step.EXPORT,
    "code": "EntryConflict",
    "sent": False,
}


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/log.db"
    made = Store(url, now=lambda: AT)
    made.write(
        [
            record_of(processed("ada", 1, at=AT - timedelta(days=2))),
            record_of(processed("grace", 2, **FAILED)),
            record_of(processed("engineering", 3, kind=Kind.GROUP)),
        ]
    )
    made.close()
    return url


def run(*arguments: str, **environment: str | None) -> Result:
    return CliRunner().invoke(main, ["logs", *arguments], env=environment)


def test_the_table_shows_a_line_for_each(store: str) -> None:
    lines = run("--store", store).stdout.splitlines()
    assert lines[0].split() == ["TIME", "OBJECT", "CONFIG", "ACTION", "STATUS", "CODE", "CHANGES", "ID"]
    assert [line.split()[1] for line in lines[1:]] == ["scimuser/ada", "scimuser/grace", "scimgroup/engineering"]


def test_the_environment_names_the_store(store: str) -> None:
    assert "scimuser/grace" in run("--failed", **{STORE_VARIABLE: store}).output


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        pytest.param(["--user", "ada"], ["ada"], id="a user"),
        pytest.param(["--group", "engineering"], ["engineering"], id="a group"),
        pytest.param(["--failed"], ["grace"], id="what failed"),
        pytest.param(["--status", "success", "--status", "failure"], ["ada", "engineering", "grace"], id="statuses"),
        pytest.param(["--since", "2026-11-25T00:00:00Z"], ["engineering", "grace"], id="since an instant"),
        pytest.param(["--until", "2026-11-25T00:00:00+01:00"], ["ada"], id="until an instant"),
        pytest.param(["--since", "1000d"], ["ada", "engineering", "grace"], id="since so long"),
        pytest.param(["-n", "other"], [], id="another namespace"),
        pytest.param(["--limit", "1"], ["engineering"], id="the newest"),
    ],
)
def test_the_options_ask(store: str, arguments: list[str], names: list[str]) -> None:
    shown = run("--store", store, "-o", "jsonl", *arguments)
    assert sorted(json.loads(line)["sourceIdentity"]["displayName"] for line in shown.stdout.splitlines()) == names


HELD = {"verdict": Verdict(Reason.HELD, "Disable waits for approval."), "sent": False}


@pytest.fixture
def busy(tmp_path: Path) -> str:
    """178 leavers, and 12 whose end of access is held."""
    url = f"sqlite:///{tmp_path}/busy.db"
    made = Store(url, now=lambda: AT)
    leavers = [processed(f"leaver-{number}", 1_000 + number, verb=Verb.DISABLE) for number in range(178)]
    waiting = [processed(f"held-{number}", 2_000 + number, verb=Verb.DISABLE, **HELD) for number in range(12)]
    made.write([record_of(one) for one in (*leavers, *waiting)])
    made.close()
    return url


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
def test_it_is_said_how_many_more_there_are(busy: str, form: str) -> None:
    shown = run("--store", busy, "-o", form)
    assert shown.stdout.count("leaver-") >= 100
    assert "Not shown: 78 older records of 178. --limit 178 shows all of them" in shown.stderr
    assert "Not shown" not in shown.stdout
    whole = run("--store", busy, "-o", form, "--limit=178")
    assert "Not shown" not in whole.stderr


def test_what_was_held_is_left_out_unless_it_is_asked_for(busy: str) -> None:
    def names(*arguments: str) -> list[str]:
        lines = run("--store", busy, "-o", "jsonl", "--limit=1000", *arguments).stdout.splitlines()
        return [json.loads(line)["sourceIdentity"]["displayName"].partition("-")[0] for line in lines]

    assert names() == ["leaver"] * 178
    assert sorted(names("--held")) == ["held"] * 12 + ["leaver"] * 178
    assert names("--status=skipped") == ["held"] * 12
    said = run("--store", busy).stderr
    assert "Left out: 12 records of what was held, only planned or suspended: --held shows them too." in said
    assert "Left out" not in run("--store", busy, "--held").stderr


def test_it_is_said_where_the_log_begins(store: str, tmp_path: Path) -> None:
    begins = (AT - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    assert f"The log begins at {begins}" in run("--store", store).stderr
    assert f"The log begins at {begins}" in run("--store", store, "--since", "1000d").stderr
    assert "The log begins" not in run("--store", store, "--since", AT.isoformat()).stderr
    url = f"sqlite:///{tmp_path}/new.db"
    made = Store(url, now=lambda: AT)
    made.write([])
    made.close()
    assert "The log is empty so far." in run("--store", url).stderr


def test_one_record_is_shown_as_a_person_reads_it(store: str) -> None:
    id = record_of(processed("grace", 2, **FAILED))["id"]
    text = run("--store", store, "--id", id).output
    for part in ("grace@corp.example", "EntryConflict", "What to do", "export", "failure", "Analyst", "Countess"):
        assert part in text


def test_a_record_that_is_not_there_is_said_to_be_so(store: str) -> None:
    ended = run("--store", store, "--id", "none")
    assert ended.exit_code == 1
    assert "no record none" in ended.output


def test_nothing_found_is_said_in_a_table_and_is_empty_for_machines(store: str) -> None:
    assert run("--store", store, "--user", "nobody").stdout == "No record fits.\n"
    assert json.loads(run("--store", store, "--user", "nobody", "-o", "json").stdout) == []


@pytest.mark.parametrize("text", ["yesterday", "24", "-1h", "2026-13-01"])
def test_what_is_no_moment_is_refused(store: str, text: str) -> None:
    ended = run("--store", store, f"--since={text}")
    assert ended.exit_code == 2
    assert "is no moment" in ended.output


def test_the_csv_has_documented_columns_and_no_formulas() -> None:
    hostile = source("ada", userName='=HYPERLINK("http://x")')
    lines = list(csv.DictReader(io.StringIO(rendered([record_of(processed(record=hostile))], "csv"))))
    assert tuple(lines[0]) == COLUMNS
    assert lines[0]["sourceName"].startswith("'=")
    assert json.loads(lines[0]["modifiedProperties"])[0]["newValue"] == "Countess"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_sign_begins_a_formula_in_full_width_either(sign: str) -> None:
    (line,) = csv.DictReader(
        io.StringIO(rendered([record_of(processed(record=source("ada", userName=f"{sign}1")))], "csv"))
    )
    assert line["sourceName"] == f"'{sign}1"


def test_what_would_steer_a_terminal_is_not_printed() -> None:
    record = record_of(processed(record=source("ada", userName="a\x1b[2Jda")))
    assert "\x1b" not in rendered([record], "table")


def test_following_shows_what_comes_until_it_is_interrupted(store: str) -> None:
    # Where this runs in the background of a shell, SIGINT is ignored, and the child would inherit that.
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    program = [sys.executable, "-c", f"{heeding}from scim_operator.cli import main; main()", "logs"]
    earlier = [processed("earlier", number, at=datetime.now(UTC) - timedelta(seconds=9)) for number in range(20, 25)]
    made = Store(store)
    made.write([record_of(one) for one in earlier])
    made.close()
    command = [*program, "--store", store, "-o", "jsonl", "--follow", "--limit=2"]
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | paths) as following:
        assert following.stdout is not None
        names = [json.loads(following.stdout.readline())["sourceIdentity"]["displayName"] for _ in range(2)]
        made = Store(store)
        made.write([record_of(processed("new", 9, at=datetime.now(UTC)))])
        made.close()
        names.append(json.loads(following.stdout.readline())["sourceIdentity"]["displayName"])
        following.send_signal(signal.SIGINT)
        assert following.wait(HANG) == 0
    assert names == ["earlier", "earlier", "new"], "the newest two, and what came since"


def test_without_a_store_the_cluster_of_the_kubeconfig_is_asked(tmp_path: Path) -> None:
    """What it answers there: tests/envtest/test_log_reading.py."""
    ended = run("--kubeconfig", f"{tmp_path}/none", **{STORE_VARIABLE: None})
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "No cluster" in ended.stderr


def test_an_operator_that_keeps_no_log_says_so() -> None:
    ended = run(**{STORE_VARIABLE: ""})
    assert ended.exit_code == 1
    assert "keeps no log" in ended.output
