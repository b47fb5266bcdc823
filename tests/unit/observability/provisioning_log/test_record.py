"""A record says in Entra's terms what was done, what came of it, and what to do; and no more than it may."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator import errors
from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import CLEARED, MISSING, parse
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.revision import revision_of
from scim_operator.core.records.status import SETTLED, Reason, Verdict
from scim_operator.core.scope.scope import ScopeDecision
from scim_operator.observability.provisioning_log.codes import OF_ERROR, OF_REASON, RECOMMENDED, code_of
from scim_operator.observability.provisioning_log.processed import SHOWN, References, Step, Trigger
from scim_operator.observability.provisioning_log.record import action, packed_record, record_of, status
from tests.support.noted import job, processed, source

if TYPE_CHECKING:
    from scim_operator.errors import ScimOperatorError

GONE = ScopeDecision(in_scope=False, reason="Deleted", message="The manifest is being deleted.")


def because(reason: Reason) -> Verdict:
    return Verdict(reason, f"It is {reason}.")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"verb": Verb.CREATE}, "create", id="create"),
        pytest.param({"verb": Verb.UPDATE}, "update", id="update"),
        pytest.param({"verb": Verb.DELETE, "scope": GONE}, "delete", id="delete"),
        pytest.param({"verb": Verb.DISABLE, "scope": GONE}, "disable", id="disable, for good"),
        pytest.param(
            {"verb": Verb.DISABLE, "scope": GONE, "job": replace(job(), staged=frozenset({ResourceType.USER}))},
            "stageddelete",
            id="disable now, delete later",
        ),
        pytest.param(
            {"verb": Verb.DISABLE, "job": replace(job(), staged=frozenset({ResourceType.USER}))},
            "disable",
            id="active: false of a user who stays is no deletion",
        ),
        pytest.param({"verb": None, "sent": False}, "other", id="nothing was due"),
    ],
)
def test_the_action(changes: dict[str, Any], said: str) -> None:
    assert action(processed(**changes)) == said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({}, "success", id="sent, and it holds"),
        pytest.param({"pending": References(("scimuser/x",), 1)}, "warning", id="members are awaited"),
        pytest.param({"verdict": because(Reason.HELD), "sent": False}, "skipped", id="all of it is held"),
        pytest.param({"verdict": because(Reason.HELD)}, "warning", id="a part was sent, the rest is held"),
        pytest.param({"verdict": because(Reason.RETRYING), "sent": False}, "failure", id="it is tried again"),
        pytest.param({"verdict": because(Reason.IMMUTABLE)}, "warning", id="sent but for what never changes"),
        pytest.param({"verdict": because(Reason.OUT_OF_SCOPE), "sent": False}, "skipped", id="out of scope"),
        pytest.param({"verdict": because(Reason.DISABLED)}, "success", id="disabled now"),
        pytest.param({"failed": Step.EXPORT}, "failure", id="an error"),
    ],
)
def test_the_status(changes: dict[str, Any], said: str) -> None:
    assert status(processed(**changes)) == said


@pytest.mark.parametrize("reason", sorted(set(Reason) - SETTLED - {Reason.PENDING}))
def test_every_reason_that_is_not_ready_has_a_code_and_a_recommendation(reason: Reason) -> None:
    info = record_of(processed(verdict=because(reason), sent=False))["provisioningStatusInfo"]
    assert info["status"] != "success"
    assert info["errorInformation"]["recommendedAction"]
    assert info["errorInformation"]["reason"] == f"It is {reason}."


def kinds(root: type[ScimOperatorError] = errors.ScimOperatorError) -> set[type[ScimOperatorError]]:
    return {root}.union(*map(kinds, (one for one in root.__subclasses__() if one.__module__ == errors.__name__)))


def test_every_error_has_a_code_of_its_own_and_every_code_a_recommendation() -> None:
    assert set(OF_ERROR) == kinds()
    assert {*OF_ERROR.values(), *OF_REASON.values()} <= set(RECOMMENDED)


def timed_out() -> errors.Unreachable:
    error = errors.Unreachable("The service did not answer within 30 s.")
    error.__cause__ = TimeoutError()
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(errors.Rejected("x", status=409), "EntryConflict", id="409"),
        pytest.param(errors.Rejected("x", status=400, scim_type="uniqueness"), "EntryConflict", id="by its keyword"),
        pytest.param(errors.Rejected("x", status=403), "InsufficientRights", id="403"),
        pytest.param(errors.Rejected("x", status=400, scim_type="mutability"), "NotPermitted", id="mutability"),
        pytest.param(errors.Rejected("x", status=418), "UnprocessableEntity", id="any other refusal"),
        pytest.param(errors.Unavailable("x", status=501), "NotImplemented", id="501"),
        pytest.param(errors.Unavailable("x", status=502), "InternalServerError", id="another 5xx"),
        pytest.param(errors.Throttled("x", retry_after=1), "TooManyRequests", id="429"),
        pytest.param(errors.Unreachable("x"), "WebExceptionProtocolError", id="no connection"),
        pytest.param(timed_out(), "Timeout", id="no answer in time"),
        pytest.param(errors.ResourceGone("x"), "InvalidAnchor", id="404 on a known id"),
        pytest.param(errors.InvalidSpec("x"), "SchemaPropertyCanOnlyAcceptValue", id="a wrong value"),
    ],
)
def test_the_code_of_an_error(error: ScimOperatorError, code: str) -> None:
    assert code_of(error) == code
    assert RECOMMENDED[code]


@pytest.mark.parametrize("failed", list(Step))
def test_all_six_steps_are_there_and_none_is_done_after_the_one_that_failed(failed: Step) -> None:
    steps = record_of(processed(failed=failed, code="InternalError", sent=False))["provisioningSteps"]
    assert [one["provisioningStepType"] for one in steps] == [str(step) for step in Step]
    place = list(Step).index(failed)
    assert steps[place]["status"] == "failure"
    assert all(one["status"] != "failure" for one in steps[:place])
    assert {one["description"] for one in steps[place + 1 :]} <= {"Not reached."}
    assert all(one["description"] and one["name"] for one in steps)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        pytest.param(MISSING, "Countess", (None, "Countess"), id="was not there"),
        pytest.param("Countess", CLEARED, ("Countess", None), id="is cleared"),
        pytest.param(True, False, ("true", "false"), id="a boolean"),
        pytest.param([{"value": "a"}], [], ('[{"value":"a"}]', "[]"), id="something complex, as JSON"),
    ],
)
def test_a_modified_property(old: Any, new: Any, shown: tuple[str | None, str | None]) -> None:
    record = record_of(processed(changes=(AttributeChange(parse("title"), old, new),)))
    (one,) = record["modifiedProperties"]
    assert (one["displayName"], one["oldValue"], one["newValue"]) == ("title", *shown)


@pytest.mark.parametrize(
    ("sensitive", "path"),
    [
        pytest.param("title", "title", id="the attribute itself"),
        pytest.param("name", "name.givenName", id="a part of it"),
        pytest.param("name.givenName", "name", id="what it is a part of"),
        pytest.param("NAME.givenname", "name.givenName", id="in any case"),
    ],
)
def test_a_sensitive_value_is_redacted_and_its_absence_is_not(sensitive: str, path: str) -> None:
    changes = (AttributeChange(parse(path), MISSING, "Xanadu"),)
    record = record_of(processed(job=job(sensitive), changes=changes))
    assert record["modifiedProperties"] == [{"displayName": path, "oldValue": None, "newValue": "[Redact]"}]
    assert b"Xanadu" not in packed_record(record)


def test_a_name_that_is_sensitive_is_not_reported_as_a_name_either() -> None:
    record = record_of(processed(job=job("userName")))
    assert record["sourceIdentity"]["details"]["userName"] == "[Redact]"
    assert record["targetIdentity"]["displayName"] == "[Redact]"
    assert b"corp.example" not in packed_record(record)


def test_members_are_named_up_to_a_bound_and_counted_beyond() -> None:
    many = References(tuple(f"scimuser/u{number}" for number in range(SHOWN)), 10_000)
    (one,) = record_of(processed(kind=Kind.GROUP, changes=(), gained=many))["modifiedProperties"]
    assert one["displayName"] == "members"
    assert one["oldValue"] is None
    assert one["newValue"].endswith("and 9900 more")


def test_a_manifest_that_is_gone_is_named_all_the_same() -> None:
    record = record_of(replace(processed(), record=None))
    assert record["sourceIdentity"]["displayName"] == "ada"
    assert record["changeId"] == ""


def test_drift_is_said_to_be_someone_else_s_doing() -> None:
    record = record_of(processed(trigger=Trigger.DRIFT))
    assert record["initiatedBy"]["trigger"] == "drift"
    assert "Someone else" in record["provisioningSteps"][3]["description"]


@pytest.mark.parametrize(
    ("annotations", "revision"),
    [
        pytest.param({}, "", id="none"),
        pytest.param({"scim-operator.io/revision": " f913b6c "}, "f913b6c", id="ours"),
        pytest.param({"configmanagement.gke.io/token": "96fdb8c"}, "96fdb8c", id="Config Sync's"),
        pytest.param({"config.kubernetes.io/origin": "path: a.yaml\nref: v1.2\nrepo: r\n"}, "v1.2", id="kustomize's"),
        pytest.param({"config.kubernetes.io/origin": "path: ref: x\n"}, "", id="kustomize's without a ref"),
        pytest.param(
            {"config.kubernetes.io/origin": "ref: v1", "scim-operator.io/revision": "abc"}, "abc", id="ours wins"
        ),
        pytest.param({"scim-operator.io/revision": "x" * 1000}, "x" * 200, id="an oversized one is cut"),
    ],
)
def test_the_revision(annotations: dict[str, str], revision: str) -> None:
    assert revision_of(annotations) == revision
    record = replace(source("ada"), annotations=annotations)
    assert record_of(processed(record=record))["revision"] == revision
