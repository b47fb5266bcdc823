"""A slice of what `make verify` throws at parsers, the same each time, and the table of what is parsed where."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import strategies as st

from scim_operator.errors import InvalidSpec, Unavailable
from verify.counts import VIOLATIONS
from verify.fuzzing.many import TARGETS, counts_of, fuzzed
from verify.fuzzing.target import CANARY, Target
from verify.fuzzing.trying import tried

CODE = Path(__file__).parents[2] / "operator" / "scim_operator"
INPUTS = 40
"""Inputs for each target; `python -m verify.fuzzing` throws as many as there is time for."""

READS = re.compile(
    r"json\.loads\(|yaml\.\w*load\w*\(|\.from_manifest\(|\.model_validate\(|fromisoformat\(|b64decode\(|urlsplit\("
    r"|strptime\(|ip_network\(|ip_address\(|parsedate_to_datetime\(|make_url\(|load_verify_locations\("
    r"|load_cert_chain\(|(?<![\w.])int\((?!bool)"
)
"""What reads a text or bytes that someone else wrote."""
OTHERWISE = {
    "cli/access.py": "what it rendered itself",
    "cli/bundle.py": "lines of a log, for a bundle: tests/envtest/test_support_bundle.py",
    "cli/forms.py": "what it rendered itself",
    "cli/matching.py": "what it rendered itself",
    "cli/run.py": "an option: tests/cli/test_log_listen.py",
    "cli/support_bundle.py": "the URL of a service, to hide its host: the same test",
    "cli/ui.py": "an option, and lines of the operator's own log: tests/cli/test_ui.py",
    "console/handling.py": "tests/console/test_pages_of_a_cluster.py: numbers in an address",
    "core/records/undelete.py": "tests/security/test_a_pass_is_kept_or_forged.py: texts of an annotation",
    "core/expressions/environment.py": "the place in a message of CEL's own checker",
    "core/expressions/library/dates.py": "tests/unit/core/expressions/test_hostile.py: any argument",
    "core/expressions/library/netdates.py": "the same",
    "core/expressions/regex.py": "the same",
    "core/expressions/standard/conversions.py": "tests/property/test_expressions.py: as Google's own evaluator has it",
    "core/expressions/standard/operators.py": "the same",
    "core/expressions/standard/values.py": "the words of a message",
    "core/plan/plan.py": "counts of its own",
    "core/secrecy/passes.py": "its own clock",
    "job/gather/relisting.py": "what job/gather/remote_index.py keeps, which is tried",
    "job/report/provisioning_log.py": "its own clock",
    "kube/marks.py": "resource versions: tests/unit/kube/test_marks.py, also those that are no integers",
    "kube/log_client.py": "answers of pods, true or false ones: tests/envtest/test_log_reading.py",
    "local/history.py": "tests/security/test_history_under_review.py: what a hostile repository makes Git say",
    "local/revisions.py": "tests/security/test_repository_under_review.py: what a hostile repository makes Git say",
    "observability/metrics.py": "a number of its own",
    "observability/notifications/by_apprise.py": "tests/notifications: the URL is Apprise's to read",
    "observability/provisioning_log/search.py": "what the operator wrote into its own store",
    "observability/tracing/otlp.py": "tests/security/test_a_hostile_collector.py: variables of who runs it",
    "observability/tracing/requests.py": "a URL that was found to be one before",
    "scim/budget.py": "a number of its own",
    "simulator/bulk.py": "for tests alone: tests/simulator/test_bulk.py",
    "simulator/control.py": "for tests alone, and behind a token: tests/simulator/test_control.py",
    "simulator/faulty_service.py": "values of faults: tests/simulator/test_fault_values.py",
    "simulator/gate.py": "the same",
    "simulator/proofs.py": "tests/simulator/test_credentials.py",
    "simulator/rules.py": "values of faults",
    "simulator/contents.py": "what it rendered itself",
    "simulator/server.py": "the options of its own process",
    "simulator/store.py": "what it stored itself",
}
"""Files with such a line that no target tries, and why."""


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_is_thrown_at_a_parser(name: str) -> None:
    found = tried(TARGETS[name], INPUTS)
    assert list(found.lines()) == []
    assert found.inputs >= INPUTS / 2


def test_whatever_reads_what_others_wrote_is_tried() -> None:
    files = {str(path.relative_to(CODE)) for path in CODE.rglob("*.py") if READS.search(path.read_text())}
    known = {module for target in TARGETS.values() for module in target.modules}
    assert sorted(files - known - OTHERWISE.keys()) == [], "add a target of verify/fuzzing, or a reason"
    assert sorted(OTHERWISE.keys() & known) == [], "a target tries it"
    assert sorted(OTHERWISE.keys() - files) == [], "it reads nothing"
    assert sorted(module for module in known if not (CODE / module).exists()) == []


def raises(error: Exception) -> Target:
    def attempt(_: object) -> NoReturn:
        raise error

    return Target("a parser", (), st.just("x"), attempt, (KeyError,))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TypeError("unhashable"), "TypeError"),
        (InvalidSpec(f"{CANARY} is no number; write one."), "quotes what it read"),
        (InvalidSpec("x" * 5_000), "5,000 characters"),
        (Unavailable(" "), "says nothing"),
    ],
    ids=["another exception", "a secret in the message", "a message that no condition holds", "no message"],
)
def test_a_fault_is_found(error: Exception, said: str) -> None:
    [line] = tried(raises(error), 3).lines()
    assert said in line
    assert "'x'" in line, "the input that brings it about"


@pytest.mark.parametrize("error", [InvalidSpec("spec.x: correct it"), KeyError("x")])
def test_an_error_of_ours_or_one_that_callers_handle_is_no_fault(error: Exception) -> None:
    assert list(tried(raises(error), 3).lines()) == []


def test_the_same_seed_throws_the_same() -> None:
    thrown: list[list[str]] = []
    for seed in (1, 1, 2):
        some: list[str] = []
        thrown.append(some)
        tried(Target("texts", (), st.text(), some.append), 20, seed)
    assert thrown[0] == thrown[1] != thrown[2]


def test_rounds_take_turns_with_other_seeds_until_the_time_is_up() -> None:
    found = list(fuzzed(7, 0.5, 1, "a Retry-After"))
    assert {each.target for each in found} == {"a Retry-After"}
    counts = counts_of(found[0])
    assert counts["inputs thrown at parsers"] == found[0].inputs > 0
    assert counts[VIOLATIONS] == 0
