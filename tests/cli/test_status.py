"""What `status` prints, from manifests alone."""

from __future__ import annotations

from typing import Any

from scim_operator.cli.statuses import SHOWN, detail, overview, unready, went_wrong

READY = {"type": "Ready", "status": "False", "reason": "Failed", "message": "1 object failed."}
CONFIG: dict[str, Any] = {
    "metadata": {"name": "vmware", "namespace": "identity"},
    "spec": {"service": {"url": "https://vc.example.com/scim/v2"}, "mode": "Apply"},
    "status": {
        "conditions": [READY, {"type": "Connected", "status": "True", "reason": "TestPassed", "message": ""}],
        "progress": {"phase": "Users", "percent": 24},
        "plan": {"held": True, "digest": "sha256:1f", "disables": 700},
        "totals": {"inScope": 5000, "failed": 1, "users": {"inScope": 4990, "failed": 1, "unmanaged": 12}},
        "lastSweep": {
            "startedAt": "2026-11-01T12:00:00Z",
            "duration": "12s",
            "requests": {"read": 52, "write": 3},
            "drift": 2,
        },
    },
}


def test_one_line_for_each_config() -> None:
    head, line = overview([CONFIG], all_namespaces=True).splitlines()
    assert head.split("  ")[0] == "NAMESPACE"
    for cell in ("identity", "vmware", "https://vc.example.com/scim/v2", "False", "True", "Users 24%", "5000", "yes"):
        assert cell in line


def test_a_config_that_no_one_has_looked_at_shows_dashes() -> None:
    fresh = {"metadata": CONFIG["metadata"], "spec": {"service": {"url": "https://vc.example.com"}}}
    line = overview([fresh], all_namespaces=False).splitlines()[1]
    assert line.split()[2:] == ["-"] * 6
    assert "is the operator running?" in detail(fresh, [])


def test_the_detail_says_whether_an_operator_is_there() -> None:
    assert "Operator:      No operator has the Lease." in detail(CONFIG, [], "No operator has the Lease.")
    assert "Operator:" not in detail(CONFIG, []), "where that is not known"


def test_a_suspended_config_says_so() -> None:
    suspended = {**CONFIG, "spec": {**CONFIG["spec"], "suspend": True}}
    assert "Suspended" in overview([suspended], all_namespaces=False)
    assert "Off (spec.suspend)" in detail(suspended, [])


def test_the_detail_says_how_to_release_a_held_plan() -> None:
    text = detail(CONFIG, [("scimuser/ada", "Conflict", "bob has this userName too.")])
    assert "700 disables; held; to release it, set spec.approvedPlan to sha256:1f" in text
    assert "4990 in scope, 1 failed, 12 at the service without a manifest" in text
    assert "52 reads, 3 writes, 2 drifted" in text
    assert "scimuser/ada   Conflict   bob has this userName too." in text


def test_many_objects_are_counted_after_the_first() -> None:
    objects = [(f"scimuser/u{number}", "Rejected", "The service refused it.") for number in range(SHOWN + 5)]
    text = detail(CONFIG, objects)
    assert f"scimuser/u{SHOWN - 1} " in text
    assert f"scimuser/u{SHOWN} " not in text
    assert "… and 5 more" in text


def test_an_object_is_unready_for_the_config_that_is_asked_for_only() -> None:
    def entry(config: str, status: str) -> dict[str, Any]:
        return {"config": config, "conditions": [{**READY, "status": status, "reason": "Conflict"}]}

    manifest = {
        "kind": "ScimUser",
        "metadata": {"name": "ada"},
        "status": {"services": [entry("vmware", "False"), entry("other", "True")]},
    }
    assert unready(manifest, "vmware") == ("scimuser/ada", "Conflict", "1 object failed.")
    assert unready(manifest, "other") is None
    assert unready(manifest, "third") is None


def test_a_plan_is_shown_object_by_object() -> None:
    change = {"object": "scimuser/ada", "verb": "Update", "attributes": ["title", "nickName"], "memberAdds": 0}
    planned = {**CONFIG, "status": {**CONFIG["status"], "plan": {"updates": 1, "first": [change]}}}
    text = detail(planned, [])
    assert "Plan, the gravest first:" in text
    [line] = [line for line in text.splitlines() if "scimuser/ada" in line]
    assert [cell.strip() for cell in line.split("  ") if cell.strip()] == [
        "scimuser/ada",
        "Update",
        "title, nickName",
        "+0 -0",
    ]
    assert "gravest" not in detail(CONFIG, [])


def test_a_short_sweep_is_reported_as_such() -> None:
    swept = {**CONFIG["status"], "lastSweep": {**CONFIG["status"]["lastSweep"], "duration": "0"}}
    assert "took less than 1s, 52 reads" in detail({**CONFIG, "status": swept}, [])


def test_an_error_in_the_operator_itself_is_kept_apart_from_others() -> None:
    assert not went_wrong(CONFIG)
    broken = {"type": "Ready", "status": "False", "reason": "InternalError", "message": "x"}
    assert went_wrong({**CONFIG, "status": {"conditions": [broken]}})
    failures = [{"reason": "Rejected", "count": 2}, {"reason": "InternalError", "count": 1}]
    assert went_wrong({**CONFIG, "status": {"conditions": [READY], "failures": failures}})
