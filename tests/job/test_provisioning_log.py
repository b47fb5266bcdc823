"""What the provisioning log says of each thing that can happen to an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.observability.provisioning_log.record import Record, packed_record, record_of
from tests.support.rig import service_user

if TYPE_CHECKING:
    from scim_operator.observability.provisioning_log.processed import Processed
    from tests.support.rig import Rig


class Kept:
    """A sink that keeps what jobs note, as records."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def note(self, processed: Processed) -> None:
        self.records.append(record_of(processed))

    def of(self, name: str) -> list[Record]:
        return [one for one in self.records if one["sourceIdentity"]["displayName"] == name]

    def last(self, name: str) -> Record:
        assert self.of(name), f"there is no record of {name}"
        return self.of(name)[-1]


@pytest.fixture
def kept(r: Rig) -> Kept:
    r.log = kept = Kept()
    return kept


def reported(record: Record) -> tuple[str, str, str]:
    info = record["provisioningStatusInfo"]
    return record["provisioningAction"], info["status"], info.get("errorInformation", {}).get("errorCode", "")


def steps(record: Record) -> dict[str, str]:
    return {step["provisioningStepType"]: step["status"] for step in record["provisioningSteps"]}


def modified(record: Record) -> dict[str, tuple[Any, Any]]:
    return {one["displayName"]: (one["oldValue"], one["newValue"]) for one in record["modifiedProperties"]}


async def test_a_creation_reports_what_was_written_and_as_what(r: Rig, kept: Kept) -> None:
    r.user("ada", title="Countess")
    await r.start()
    await r.settle()
    record = kept.last("ada")
    assert reported(record) == ("create", "success", "")
    assert modified(record)["title"] == (None, "Countess")
    assert record["targetIdentity"] == {"id": r.id_of("ada"), "displayName": "ada@corp.example", "identityType": "User"}
    assert record["sourceIdentity"]["details"]["userName"] == "ada@corp.example"
    assert steps(record) == {
        "import": "success",
        "scoping": "success",
        "matching": "success",
        "processing": "success",
        "referenceResolution": "skipped",
        "export": "success",
    }
    assert record["initiatedBy"]["trigger"] == "sweep"


async def test_an_edit_reports_old_and_new(r: Rig, kept: Kept) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.user("ada", title="Countess")
    await r.rest()
    first, second = kept.of("ada")
    assert reported(second) == ("update", "success", "")
    assert modified(second) == {"title": ("Analyst", "Countess")}
    assert second["initiatedBy"]["trigger"] == "change"
    assert second["cycleId"] != first["cycleId"]
    assert second["changeId"] != first["changeId"]


async def test_a_sweep_over_what_is_in_sync_says_nothing(r: Rig, kept: Kept) -> None:
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    before = len(kept.records)
    await r.sweep()
    await r.sweep()
    assert before == 2
    assert len(kept.records) == before


async def test_a_repair_says_that_someone_else_changed_it(r: Rig, kept: Kept) -> None:
    r.user("ada", title="Countess")
    await r.start()
    await r.settle()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "title", "value": "Imposter"})
    await r.sweep()
    record = kept.last("ada")
    assert reported(record) == ("update", "success", "")
    assert record["initiatedBy"]["trigger"] == "drift"
    assert modified(record) == {"title": ("Imposter", "Countess")}
    assert "Someone else" in record["provisioningSteps"][3]["description"]


async def test_a_deleted_manifest_is_a_disable(r: Rig, kept: Kept) -> None:
    r.user("ada")
    r.spec["users"] = {"deleteAfter": "0"}
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    await r.rest()
    record = kept.last("ada")
    assert reported(record) == ("disable", "success", "")
    assert steps(record)["scoping"] == "skipped"
    assert modified(record) == {"active": ("true", "false")}


async def test_a_removal_with_a_grace_is_a_staged_delete_and_then_a_delete(hurried: Rig) -> None:
    hurried.log = kept = Kept()
    hurried.user("ada")
    await hurried.start()
    await hurried.configure(users={"deleteAfter": "30s"})
    await hurried.settle()
    id = hurried.id_of("ada")
    hurried.cluster.delete(Kind.USER, "ada")
    await hurried.until(lambda: hurried.at_service("ada") is None)
    await hurried.rest()
    assert [reported(one)[:2] for one in kept.of("ada")] == [
        ("create", "success"),
        ("stageddelete", "success"),
        ("delete", "success"),
    ]
    assert kept.last("ada")["targetIdentity"]["id"] == id


async def test_a_refusal_is_a_failure_at_the_export_with_the_fix(r: Rig, kept: Kept) -> None:
    r.simulator.faults.add("status=400:invalidValue;method=POST")
    r.user("ada")
    await r.start()
    await r.settle()
    record = kept.last("ada")
    assert reported(record) == ("create", "failure", "SchemaPropertyCanOnlyAcceptValue")
    assert steps(record)["processing"] == "success"
    assert steps(record)["export"] == "failure"
    assert modified(record)["userName"] == (None, "ada@corp.example"), "what was tried is shown"
    assert record["targetIdentity"]["id"] == ""
    before = len(kept.records)
    await r.sweep()
    assert len(kept.records) == before, "what is parked is not tried again, and says nothing again"


async def test_each_attempt_that_fails_is_a_record(hurried: Rig) -> None:
    hurried.log = kept = Kept()
    hurried.simulator.faults.add("status=500;method=POST;times=2")
    hurried.user("ada")
    await hurried.start()
    await hurried.until(lambda: hurried.reason("ada") == "Provisioned")
    attempts = kept.of("ada")
    assert [reported(one)[:2] for one in attempts] == [("create", "failure")] * (len(attempts) - 1) + [
        ("create", "success")
    ]
    assert reported(attempts[0])[2] == "InternalServerError"
    assert len({one["changeId"] for one in attempts}) == 1, "they are one change"


async def test_a_group_that_is_created_in_parts_is_one_record(kept: Kept, r: Rig) -> None:
    names = [f"user-{number}" for number in range(12)]
    for name in names:
        r.user(name)
    r.spec["service"]["capabilities"] = {"memberChunk": 5}
    r.group("everybody", names)
    await r.start()
    await r.settle()
    (record,) = kept.of("everybody")
    assert reported(record) == ("create", "success", "")
    assert modified(record)["displayName"] == (None, "everybody")
    assert len(modified(record)["members"][1].split(", ")) == 12


async def test_a_rival_is_a_failure_of_both_at_the_matching(r: Rig, kept: Kept) -> None:
    r.user("ada")
    r.user("countess", userName="ada@corp.example")
    await r.start()
    await r.settle()
    for name in ("ada", "countess"):
        record = kept.last(name)
        assert reported(record) == ("other", "failure", "DuplicateSourceEntries")
        assert steps(record)["matching"] == "failure"
        assert steps(record)["export"] == "skipped"
        assert record["provisioningStatusInfo"]["errorInformation"]["recommendedAction"]


async def test_what_lacks_a_required_attribute_fails_at_processing(r: Rig, kept: Kept) -> None:
    r.user("ada", emails=[])
    await r.start()
    await r.settle()
    record = kept.last("ada")
    assert reported(record) == ("other", "failure", "MissingValues")
    assert steps(record)["processing"] == "failure"


async def test_out_of_scope_is_skipped_with_the_reason(r: Rig, kept: Kept) -> None:
    r.spec["users"] = {
        "filters": [{"title": "Engineers", "clauses": [{"attribute": "title", "operator": "IS NOT NULL"}]}]
    }
    await r.start()
    await r.settle()
    r.user("ada")
    await r.rest()
    record = kept.last("ada")
    assert reported(record) == ("other", "skipped", "")
    assert steps(record)["scoping"] == "skipped"
    assert "Engineers" in record["provisioningSteps"][1]["description"]


async def test_a_held_removal_says_that_it_waits(r: Rig, kept: Kept) -> None:
    for name in ("ada", "charles"):
        r.user(name)
    await r.start()
    await r.configure(limits={"disables": {"percent": 0, "min": 0, "max": 0}})
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.reason("ada") == "Held")
    record = kept.last("ada")
    assert reported(record) == ("stageddelete", "skipped", "EntrySynchronizationSkipped")
    assert "waits for approval" in record["provisioningStatusInfo"]["errorInformation"]["reason"]


async def test_a_dry_run_reports_what_it_would_do(r: Rig, kept: Kept) -> None:
    r.user("ada")
    r.spec["mode"] = "Plan"
    await r.start()
    await r.settle()
    record = kept.last("ada")
    assert reported(record) == ("create", "skipped", "EntrySynchronizationSkipped")
    assert modified(record)["userName"] == (None, "ada@corp.example")


async def test_an_adoption_reports_by_what_it_was_matched(r: Rig, kept: Kept) -> None:
    r.by_hand("POST", "/Users", service_user("ada", title="Analyst"))
    r.user("ada", title="Countess")
    await r.start()
    await r.settle()
    record = kept.last("ada")
    assert record["provisioningAction"] == "update"
    assert "Matched by userName" in record["provisioningSteps"][2]["description"]


async def test_members_are_named_by_the_names_of_their_manifests(r: Rig, kept: Kept) -> None:
    r.user("ada")
    r.user("charles")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    r.group("engineering", ["charles", "grace"])
    await r.rest()
    record = kept.last("engineering")
    assert reported(record) == ("update", "warning", "")
    assert modified(record) == {"members": ("scimuser/ada", "scimuser/charles")}
    assert steps(record)["referenceResolution"] == "warning"
    assert "scimuser/grace" in record["provisioningSteps"][4]["description"]


async def test_a_sensitive_value_is_nowhere_in_a_record(r: Rig, kept: Kept) -> None:
    r.spec["users"] = {"mappings": [{"target": "title", "source": "title", "sensitive": True}]}
    r.user("ada", title="Xanadu-1")
    await r.start()
    await r.settle()
    r.user("ada", title="Xanadu-2")
    await r.rest()
    assert modified(kept.last("ada")) == {"title": ("[Redact]", "[Redact]")}
    assert b"Xanadu" not in b"".join(map(packed_record, kept.records))


async def test_the_revision_in_git_is_reported_where_the_manifest_carries_it(r: Rig, kept: Kept) -> None:
    r.user("ada")
    r.cluster.annotate(Kind.USER, "ada", **{"scim-operator.io/revision": "f913b6c"})
    await r.start()
    await r.settle()
    assert kept.last("ada")["revision"] == "f913b6c"
    before = len(kept.records)
    r.cluster.annotate(Kind.USER, "ada", **{"scim-operator.io/revision": "0c0ffee"})
    await r.rest()
    assert len(kept.records) == before, "a commit that changes nothing of it is no news"
    r.user("ada", title="Countess")
    await r.rest()
    assert kept.last("ada")["revision"] == "0c0ffee"


async def test_i_one_bad_object_stops_no_one_and_its_record_says_why_and_what_to_do(r: Rig, kept: Kept) -> None:
    r.user("ada")
    r.user("bad", emails=[])
    r.user("grace")
    await r.start()
    await r.settle()
    assert {name: reported(kept.last(name))[1] for name in ("ada", "bad", "grace")} == {
        "ada": "success",
        "bad": "failure",
        "grace": "success",
    }
    error = kept.last("bad")["provisioningStatusInfo"]["errorInformation"]
    assert "emails" in error["reason"]
    assert error["recommendedAction"]


async def test_a_suspended_user_is_skipped_and_said_to_be(r: Rig, kept: Kept) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.user("ada", title="Countess", suspend=True)
    await r.until(lambda: r.reason("ada") == "Suspended")
    assert reported(kept.last("ada"))[1:] == ("skipped", "EntrySynchronizationSkipped")
    assert steps(kept.last("ada"))["export"] == "skipped"
