"""What a person sees with kubectl, and what the operator writes: status, columns, selectors, explanations."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scim_operator.api.crd import PROVISIONING_CONFIG
from scim_operator.core.approval.ledger import Base, Begun, Ledger, ledger_to_json
from scim_operator.core.connection.quarantine import Cause, Quarantine, quarantine_to_json
from scim_operator.core.plan.plan import PlanCounts, Tally
from scim_operator.core.records.status import Reason, Reformatted, ServiceEntry, Verdict, object_status
from scim_operator.core.report.config_status import (
    capabilities_to_json,
    conditions,
    held_to_json,
    plan_to_json,
    totals_to_json,
)
from scim_operator.core.report.standing import HeldChanges, Phase, Standing, Tallied
from scim_operator.core.seal import Seal
from scim_operator.core.service.capabilities import Capabilities
from tests.envtest.admission import PLURALS, admitting, config, group, user

if TYPE_CHECKING:
    from tests.envtest.admission import Admission, Manifest
    from tools.cluster.controlplane import ControlPlane

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MOMENT = "2026-11-23T12:00:00Z"
DIGEST = "sha256:" + "0f" * 32


def entry(reason: Reason, message: str) -> ServiceEntry:
    return ServiceEntry(
        config="one",
        verdict=Verdict(reason, message),
        generation=1,
        id="2819c223-7f76-453a-919d-413861904646",
        applied=("userName", 'emails[type eq "work"].value'),
        reformatted=(Reformatted("title", "sha256:1", "sha256:2"),),
        members=("902c246b-6245-4190-8e05-00816be7344a",),
        pending=("charles",),
    )


USER_STATUS = object_status({}, [entry(Reason.PROVISIONED, "As mapped.")], 1, MOMENT)
GROUP_STATUS = object_status({}, [entry(Reason.REJECTED, "The service refused it.")], 1, MOMENT)
STANDING = Standing(
    generation=1,
    connected=True,
    phase=Phase.USERS,
    users=Tallied(in_scope=5, provisioned=3, failed=2, unmanaged=12),
    groups=Tallied(in_scope=2),
    held=HeldChanges(700, DIGEST),
)
CONFIG_STATUS = {
    "observedGeneration": 1,
    "conditions": conditions(STANDING, {}, MOMENT),
    "service": {"profile": "generic", "capabilities": capabilities_to_json(Capabilities())},
    "progress": {"phase": "Users", "done": 12, "total": 50, "percent": 24},
    "plan": {
        **plan_to_json(PlanCounts(3, 1, 700, 0, 4, 0), DIGEST, held=True),
        **held_to_json(HeldChanges(because="disables: 700 due", protected=("scimuser/ada",))),
        "first": [
            {"object": "scimuser/ada", "verb": "Update", "attributes": ["title"], "memberAdds": 0, "memberRemovals": 0}
        ],
    },
    "lastSweep": {"startedAt": MOMENT, "duration": "12s", "requests": {"read": 52, "write": 3}, "drift": 2},
    "totals": totals_to_json(STANDING.users, STANDING.groups),
    "limits": ledger_to_json(
        Ledger(
            used="sha256:" + "0" * 64,
            released=frozenset({"abcdefghijkl", "mnopqrstuv-_"}),
            full_until=NOW,
            first=True,
            begun=(Begun(NOW, frozenset({"abcdefghijklmnopqrstuvwx"})),),
        )
        .book(Tally(disables=3), NOW, timedelta(hours=24))
        .observe(Base(700, 10, 2100), NOW, timedelta(hours=24)),
        Seal(b"key"),
        "identity/vmware uid",
    ),
    "failures": [{"reason": "Rejected", "count": 2}],
    "quarantine": quarantine_to_json(
        Quarantine(Cause.FAILURES, "Too much fails.", NOW, NOW, 1, NOW + timedelta(hours=6), credentials="0badcafe")
    ),
}
OBJECTS = [(user(), USER_STATUS), (group(), GROUP_STATUS), (config(), CONFIG_STATUS)]


@pytest.fixture(scope="module")
def admission(crds: ControlPlane) -> Admission:
    """With one object of each kind, and its status."""
    admission = admitting(crds)
    for manifest, status in OBJECTS:
        plural = PLURALS[manifest["kind"]]
        code, created = admission.send("POST", plural, manifest)
        assert code == 201, created
        code, answer = admission.send(
            "PUT", f"{plural}/one/status?fieldValidation=Strict", created | {"status": status}
        )
        assert code == 200, answer
    return admission


@pytest.mark.parametrize(("manifest", "status"), OBJECTS, ids=[manifest["kind"] for manifest, _ in OBJECTS])
def test_a_status_is_kept_as_the_operator_writes_it(admission: Admission, manifest: Manifest, status: Manifest) -> None:
    """A field that the CRD does not know would be pruned in silence, and written again for ever."""
    kept = json.loads(get(admission, PLURALS[manifest["kind"]], "one", "-o", "json"))["status"]
    assert kept == status


def get(admission: Admission, *args: str) -> str:
    return admission.plane.kubectl("get", "-n", admission.namespace, *args)


def table(admission: Admission, *args: str) -> dict[str, str]:
    """The columns of the one row that kubectl prints. They are aligned, so that each begins where its title does."""
    titles, row = get(admission, *args).splitlines()
    starts = [0, *(i for i in range(2, len(titles)) if titles[i - 2 : i] == "  " and titles[i] != " ")]
    ends = [*starts[1:], None]
    return {titles[a:b].strip(): row[a:b].strip() for a, b in zip(starts, ends, strict=True)}


def test_the_columns_of_a_user(admission: Admission) -> None:
    shown = table(admission, "scu", "-o", "wide")
    assert shown.pop("AGE")
    assert shown == {
        "NAME": "one",
        "USERNAME": "ada@corp.example",
        "ACTIVE": "true",
        "READY": "True",
        "REASON": "Provisioned",
        "MESSAGE": "As mapped.",
    }


def test_the_columns_of_a_group(admission: Admission) -> None:
    shown = table(admission, "scg")
    assert shown.pop("AGE")
    assert shown == {"NAME": "one", "DISPLAYNAME": "Engineering", "READY": "False", "REASON": "Rejected"}


def test_the_columns_of_a_config(admission: Admission) -> None:
    shown = table(admission, "scpc")
    assert shown.pop("AGE")
    assert shown == {
        "NAME": "one",
        "READY": "False",
        "REASON": "Progressing",
        "IN SCOPE": "7",
        "FAILED": "2",
    }
    wide = table(admission, "scpc", "-o", "wide")
    assert (wide["CONNECTED"], wide["MODE"], wide["PROGRESS"]) == ("True", "Apply", "24")
    assert wide["URL"] == "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2"
    assert wide["LAST SWEEP"]


def test_configs_fit_a_terminal_of_80_columns(admission: Admission) -> None:
    """With a name of 21 characters and more objects than anyone has, also beside the longest reason and age."""
    columns = PROVISIONING_CONFIG.columns
    shown = {each.name.upper(): len(each.name) for each in columns if not each.wide}
    shown |= {"NAME": 21, "REASON": len("ApprovalRequired"), "AGE": len("364d"), "IN SCOPE": 8}
    assert sum(shown.values()) + 3 * (len(shown) - 1) <= 80
    assert {*shown} == {*table(admission, "scpc")}


def test_the_category_shows_all_three(admission: Admission) -> None:
    shown = set(get(admission, "scim", "-o", "name").split())
    assert shown >= {f"{kind.lower()}.scim-operator.io/one" for kind in PLURALS}


SELECTORS = [
    ("scu", "spec.userName=ada@corp.example", 1),
    ("scu", "spec.userName=charles@corp.example", 0),
    ("scg", "spec.displayName=Engineering", 1),
]


@pytest.mark.parametrize(("short", "selector", "found"), SELECTORS)
def test_a_field_selector_finds(admission: Admission, short: str, selector: str, found: int) -> None:
    assert len(get(admission, short, f"--field-selector={selector}", "-o", "name").split()) == found


EXPLAINED = [
    ("scimuser.spec.emails.value", "The address, such as ada@corp.example."),
    ("scimgroup.spec.members", "an empty list: the group is emptied"),
    ("provisioningconfig.spec.users.deleteAfter", "With Disable: delete the user when it has stayed away this long"),
    ("provisioningconfig.spec.service.auth.bearer.scheme", "Bearer, or HZN for Workspace ONE Access."),
]


@pytest.mark.parametrize(("path", "sentence"), EXPLAINED)
def test_kubectl_explains(crds: ControlPlane, path: str, sentence: str) -> None:
    assert sentence in " ".join(crds.kubectl("explain", path).split())


def test_the_generation_grows_with_the_spec_alone(admission: Admission) -> None:
    """observedGeneration would chase itself if a status counted."""
    assert json.loads(get(admission, "scu", "one", "-o", "json"))["metadata"]["generation"] == 1


def test_two_appliers_share_a_config_s_mappings(admission: Admission) -> None:
    """Mappings merge by target: a platform team and an identity team each own theirs."""
    for manager, target in (("platform", "title"), ("identity", "nickName")):
        apply(
            admission, manager, {**config()["spec"], "users": {"mappings": [{"target": target, "constant": manager}]}}
        )
    mappings: list[dict[str, Any]] = json.loads(get(admission, "scpc", "shared", "-o", "json"))["spec"]["users"][
        "mappings"
    ]
    assert {one["target"]: one["constant"] for one in mappings} == {"title": "platform", "nickName": "identity"}


def apply(admission: Admission, manager: str, spec: Manifest) -> None:
    manifest = config() | {"metadata": {"name": "shared", "namespace": admission.namespace}, "spec": spec}
    command = ("apply", "--server-side", f"--field-manager={manager}", "-f", "-")
    admission.plane.kubectl(*command, input=yaml.safe_dump(manifest))
