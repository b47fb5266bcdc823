"""The tables of the documentation say what the code says: reasons, metrics, rights, endpoints."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from scim_operator import errors
from scim_operator.core.connection.quarantine import Cause
from scim_operator.core.records.revision import REVISION_ANNOTATIONS
from scim_operator.core.records.status import SETTLED, Reason
from scim_operator.core.report.config_status import conditions
from scim_operator.core.report.standing import NO_TROUBLE, HeldChanges, Phase, Standing, Tallied, Trouble
from scim_operator.errors import ScimOperatorError, WrongServiceReason
from scim_operator.kube.health import health_app
from scim_operator.observability.metrics import Metrics
from scim_operator.observability.provisioning_log.codes import RECOMMENDED
from scim_operator.observability.provisioning_log.flat import COLUMNS
from scim_operator.observability.provisioning_log.record import record_of
from tests.docs.markdown import ROOT, code, rows
from tests.support.noted import processed
from tools.demo import rights

if TYPE_CHECKING:
    from collections.abc import Iterator

CONCEPTS, OPERATIONS = ROOT / "docs" / "concepts.md", ROOT / "docs" / "operations.md"
LOG = ROOT / "docs" / "provisioning-log.md"

# These concern one object or one sweep, which is tried again: they never end a connection.
PLANNED_AGAIN = {
    "PreconditionFailed",
    "ResourceGone",
    "PatchUnsupported",
    "RequestTooLarge",
    "NotWritten",
    "NotAnswered",
    "InternalError",  # what it ends begins again, and is told by Ready
    "TooManyFailures",  # the service answers: this ends the session, and is told by Quarantined
}
# Roots, whose reason is only their subclasses'.
ROOTS = {ScimOperatorError, errors.TerminalError, errors.TransientError}


def reasons(condition: str) -> list[tuple[str, str]]:
    """Reason and status of every row of the tables of one condition."""
    return [(code(row[0]), row[1]) for row in rows(CONCEPTS, f"Reason of `{condition}`")]


OBJECT = {reason.value: "True" if reason in SETTLED else "False" for reason in Reason}


def test_every_reason_of_an_object_is_explained() -> None:
    assert dict(reasons("Ready")[: len(Reason)]) == OBJECT


def test_every_reason_of_a_config_is_explained() -> None:
    """All that `conditions` can say, over everything that bears on Ready."""
    found = {
        (one["reason"], one["status"])
        for standing in standings()
        for one in conditions(standing, {}, "")
        if one["type"] == "Ready"
    }
    assert set(reasons("Ready")[len(Reason) :]) == found


def standings() -> Iterator[Standing]:
    base = Standing(generation=1)
    yield replace(base, internal="x")
    texts, counts = ("", "x"), (0, 1)
    either, causes = (False, True), ("", *Cause)
    tallies = [Tallied(failed=1), Tallied(retrying=1), Tallied(pending=1), Tallied()]
    flags = product(either, either, texts, texts, texts, either, counts, tallies, causes, Phase)
    for suspended, planning, invalid, waits_for, unswept, connected, held, users, cause, phase in flags:
        yield replace(
            base,
            suspended=suspended,
            planning_only=planning,
            waits_for=waits_for,
            unswept=unswept,
            invalid=invalid,
            connected=connected,
            trouble=NO_TROUBLE if connected else Trouble("Unauthorized", "x"),
            held=HeldChanges(held),
            users=users,
            quarantine=Trouble(str(cause), "x" if cause else ""),
            phase=phase,
        )


def test_the_other_conditions_of_a_config_are_named_with_their_reasons() -> None:
    text = CONCEPTS.read_text()
    found = {
        (one["type"], one["reason"])
        for standing in standings()
        for one in conditions(standing, {}, "")
        if one["type"] not in ("Ready", "Connected")
    }
    assert {reason for _, reason in found} >= {"ChangesHeld", "Listing"}
    assert [name for pair in found for name in pair if f"`{name}`" not in text] == []


UNSEEN = {"LeaseLost"}
"""Who has lost the Lease of a service writes no status."""


def test_every_way_of_not_being_connected_is_explained() -> None:
    ours = {kind.reason for kind in subclasses(ScimOperatorError) if kind.__module__ == errors.__name__}
    ending = ours - PLANNED_AGAIN - UNSEEN - {root.reason for root in ROOTS} | {
        reason.value for reason in WrongServiceReason
    }
    explained = dict(reasons("Connected"))
    assert set(explained) == ending | {"TestPassed", "NotTried"}
    assert {reason for reason, status in explained.items() if status != "False"} == {"TestPassed", "NotTried"}


def subclasses(kind: type[ScimOperatorError]) -> set[type[ScimOperatorError]]:
    direct = set(kind.__subclasses__())
    return direct.union(*map(subclasses, direct))


def test_every_metric_is_listed_with_its_type() -> None:
    families = Metrics().registry.collect()
    exported = {f"{one.name}_total" if one.type == "counter" else one.name: one.type for one in families}
    assert {code(row[0]): row[1] for row in rows(OPERATIONS, "Metric")} == exported


def test_every_code_of_the_provisioning_log_is_listed_with_what_to_do() -> None:
    assert {code(row[0]): row[1] for row in rows(LOG, "Code")} == dict(RECOMMENDED)


def test_every_annotation_that_names_a_revision_is_listed() -> None:
    assert tuple(code(row[0]) for row in rows(LOG, "Annotation")) == REVISION_ANNOTATIONS


def test_every_field_of_a_record_is_listed() -> None:
    listed = {name.partition(".")[0] for row in rows(LOG, "Field") for name in re.findall(r"`([^`]+)`", row[0])}
    assert listed == set(record_of(processed()))


def test_the_columns_of_the_csv_are_listed() -> None:
    sentence = re.search(r"columns of the CSV are: (.*?)\.", LOG.read_text(), re.DOTALL)
    assert sentence is not None
    assert tuple(re.findall(r"`([^`]+)`", sentence[1])) == COLUMNS


def test_the_rights_are_the_charts() -> None:
    granted = {rule["resources"][0]: rule["verbs"] for rule in rights.rules()}
    assert {code(row[0]): row[1].split(", ") for row in rows(OPERATIONS, "Resource")} == granted


def test_every_endpoint_is_listed() -> None:
    app = health_app(Metrics(), alive=list, ready=list)
    served = {route.resource.canonical for route in app.router.routes() if route.resource is not None}
    assert {code(row[0]) for row in rows(OPERATIONS, "Path")} == served


@pytest.mark.parametrize("row", rows(CONCEPTS, "Reason of `Ready`") + rows(CONCEPTS, "Reason of `Connected`"))
def test_every_reason_has_a_meaning_and_a_fix(row: list[str]) -> None:
    assert len(row) == 4
    assert all(row)
