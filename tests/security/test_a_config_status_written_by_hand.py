"""Each field of a config's status, written by hand with any other JSON type, is as if it were not there."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.config import ProvisioningConfigSpec
from scim_operator.api.status import ProvisioningConfigStatus
from scim_operator.cli.statuses import detail, overview, went_wrong
from scim_operator.core.approval.ledger import Window, remembered_ledger
from scim_operator.core.connection.expiry import expiry_from_json
from scim_operator.core.connection.quarantine import quarantine_from_json
from scim_operator.core.explain.obstacles import hold, limits_of, obstacles
from scim_operator.core.plan.plan import Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.readable_config import UNREADABLE_LIMITS, readable_config_status
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.records.tombstones import tombstones_from_json
from scim_operator.core.report.config_status import conditions
from scim_operator.core.report.standing import standing_from_json
from tests.support.deciding import ADA, entry
from tests.support.rig import KEY, rig

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]
NOW = datetime(2026, 6, 1, tzinfo=UTC)
MOMENT = "2026-05-31T23:00:00Z"
ODD: tuple[Any, ...] = (None, True, 5, -5, 2.5, 2**70, "x", "", [], [None], [5], ["x"], [{}], {}, {"a": 1}, [["x"]])
URL = "https://vcenter.example/scim"
SPEC = {"service": {"url": URL, "auth": {"bearer": {"secretRef": {"name": "s", "key": "k"}}}}}
CONFIG = {"metadata": {"namespace": "identity", "name": "vmware", "generation": 3}, "spec": SPEC}
COUNTS = {"inScope": 2, "provisioned": 1, "pending": 0, "retrying": 0, "failed": 1, "unmanaged": 0, "foreign": 0}
FULL: dict[str, Any] = {
    "observedGeneration": 3,
    "lastHandledReconcileAt": "now",
    "conditions": [
        {"type": type, "status": status, "reason": "Why", "message": "Because.", "lastTransitionTime": MOMENT}
        | {"observedGeneration": 3}
        for type, status in (("Ready", "False"), ("Connected", "False"), ("ApprovalRequired", "True"))
    ],
    "service": {
        "url": URL,
        "profile": "generic",
        "capabilities": {
            **{
                name: {"value": True, "source": "Profile"}
                for name in ("patch", "filter", "etag", "nestedGroups", "verifyMembers")
            },
            **{name: {"value": 100, "source": "Profile"} for name in ("pageSize", "memberChunk")},
            "memberRemoval": {"value": "PathFilter", "source": "Profile"},
        },
    },
    "claimedUrl": URL,
    "progress": {"phase": "Users", "done": 1, "total": 2, "percent": 50},
    "plan": {
        **dict.fromkeys(("creates", "updates", "disables", "deletes", "memberAdds", "memberRemovals"), 1),
        "groupDeletes": 1,
        "renames": 1,
        "adoptions": 1,
        "recreations": 1,
        "digest": "sha256:x",
        "held": True,
        "reason": "many",
        "protected": ["scimuser/ada"],
        "first": [
            {"object": "scimuser/ada", "verb": "Disable", "attributes": ["active"], "memberAdds": 1}
            | {"memberRemovals": 1, "protected": True, "id": "1", "matchedBy": "userName"}
        ],
    },
    "lastSweep": {"startedAt": MOMENT, "duration": "12s", "requests": {"read": 1, "write": 1}, "drift": 1},
    "totals": {"inScope": 4, "failed": 2, "users": COUNTS, "groups": COUNTS},
    "limits": {
        "spent": [
            {"since": MOMENT, "disables": 1, "userDeletes": 1, "groupDeletes": 1, "memberRemovals": 1}
            | {"userRenames": 1, "groupRenames": 1, "adoptions": 1, "recreations": 1}
        ],
        "owned": [{"since": MOMENT, "users": 1, "groups": 1, "memberships": 1}],
        "usedPlan": "sha256:y",
        "released": "abcdefghijkl",
        "fullUntil": MOMENT,
        "firstSweep": True,
        "proof": "p",
    },
    "failures": [{"reason": "Rejected", "count": 1}],
    "tokenExpiry": {"time": MOMENT, "reported": 7},
    "quarantine": {
        "reason": "CredentialsRefused",
        "error": "401.",
        "began": MOMENT,
        "seriesBegan": MOMENT,
        "seriesCount": 1,
        "nextAttempt": MOMENT,
        "credentials": "c",
    },
    "tombstones": [{"id": "1", "kind": "ScimUser", "name": "ada", "deleteAt": MOMENT, "proof": "p"}],
}


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every field of a value and of what it holds; the entries of a list too, the first for all."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for step, each in inner:
        yield (*path, step)
        yield from places(each, (*path, step))


PLACES = list(places(FULL))


def forged(path: Path, odd: Any) -> dict[str, Any]:
    """The full status with something else in one place."""
    status: Any = copy.deepcopy(FULL)
    at = status
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = odd
    return dict(status)


def read_by_all(status: dict[str, Any]) -> None:
    """Have everything read it that reads the status of a config."""
    read, spec = readable_config_status(status), ProvisioningConfigSpec.from_manifest(SPEC)
    conditions(standing_from_json(read, 3), read, MOMENT)
    quarantine_from_json(read.get("quarantine"))
    expiry_from_json(read.get("tokenExpiry"))
    tombstones_from_json("identity", read.get("tombstones", ())).due(NOW)
    for proven in (True, False):
        remembered_ledger(read, Window(NOW, timedelta(days=1)), proven=proven)
    obstacles(spec, read, 3)
    limits_of(spec, read, NOW)
    held = Verdict(Reason.HELD, "")
    hold(Plan(ADA, held, Verb.DISABLE, id="1"), entry(verdict=held), spec, read, NOW)
    config = {**CONFIG, "status": status}
    overview([config], all_namespaces=True)
    detail(config, [])
    went_wrong(config)


def test_the_full_status_is_read_as_it_is_and_has_every_field() -> None:
    assert readable_config_status(FULL) == FULL
    parsed = ProvisioningConfigStatus.from_manifest(FULL)
    assert parsed.model_dump(mode="json", exclude_defaults=True).keys() == FULL.keys()
    read_by_all(FULL)


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_a_field_of_another_type_stops_no_one_who_reads_it(path: Path) -> None:
    for odd in ODD:
        read_by_all(forged(path, odd))


def test_what_cannot_be_counted_with_is_no_moment() -> None:
    for odd in ("2026-06-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "never", "2026"):
        assert "quarantine" not in readable_config_status(forged(("quarantine", "began"), odd))
        read_by_all(forged(("tombstones", 0, "deleteAt"), odd))
        read_by_all(forged(("limits", "spent", 0, "since"), odd))


def test_an_entry_that_lacks_what_it_needs_is_none() -> None:
    status = {"tombstones": [{"id": "1"}, FULL["tombstones"][0]], "plan": {"held": True, "first": [{}]}}
    read = readable_config_status(status)
    assert read == {"tombstones": FULL["tombstones"], "plan": {"held": True, "first": []}}


@pytest.mark.parametrize("limits", ["x", [], {"spent": 5}, 5, [5]])
def test_a_ledger_of_another_type_renews_no_allowance(limits: Any) -> None:
    read = readable_config_status({"limits": limits})
    assert read == ({"limits": UNREADABLE_LIMITS} if limits else {})


@pytest.mark.parametrize(
    "status",
    [
        {"quarantine": {"reason": "CredentialsRefused", "began": 5, "seriesBegan": MOMENT}},
        {"quarantine": {"reason": "Forged", "began": "never"}},
        {"quarantine": {"reason": "Forged", "began": MOMENT, "seriesBegan": MOMENT}},
        {"limits": []},
        {"limits": {"spent": [{"since": "never"}], "fullUntil": 5}},
        {"plan": "x"},
        {"plan": {"held": "yes", "first": {"a": 1}, "digest": []}},
        {"tombstones": {}},
        {"tombstones": [{"id": ["x"], "kind": "ScimUser", "name": 5, "deleteAt": MOMENT}]},
        {"conditions": 3},
        {"conditions": [{"type": "Ready", "status": "False"}, {"type": "Connected", "status": True, "reason": 5}]},
        {"service": {"url": {}}},
        {"claimedUrl": [], "totals": {"users": {"failed": "many"}}, "tokenExpiry": {"time": {}}},
    ],
    ids=str,
)
async def test_a_config_goes_on_whatever_its_status_says(status: dict[str, Any]) -> None:
    async with rig(haste=20) as r:
        r.user("ada")
        r.cluster.config_status[KEY.name] = status
        await r.start()
        await r.settle()
        await r.until(lambda: r.reason("ada") == "Provisioned")
        assert r.metrics.registry.get_sample_value("scim_internal_errors_total", {"config": str(KEY)}) is None
