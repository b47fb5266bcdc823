"""The chart's admission policies at a real API server: who approves, who writes statuses, and whose marks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.conftest import CHART
from tests.chart.policies import APPROVES, DIGEST, HOME, OPERATOR, OTHER, WRITES, Place, grant, refused, refuses_marks
from tests.envtest import manifests
from tools.cluster.controlplane import KubectlError
from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from tests.chart.conftest import Helm
    from tools.cluster.controlplane import ControlPlane


def test_approving_needs_the_verb(at: Place) -> None:
    with refused("wendy may not approve: .* need the verb approve on this ProvisioningConfig"):
        at.patch("wendy", {"approvedPlan": DIGEST})
    at.patch("abe", {"approvedPlan": DIGEST})
    with refused("wendy may not approve"):
        at.patch("wendy", {"approvedPlan": OTHER})
    at.patch("wendy", {"mode": "Plan"})
    assert at.config()["spec"]["approvedPlan"] == DIGEST, "an approval that stays is no new one"


@pytest.mark.parametrize(
    ("looser", "stricter"),
    [
        pytest.param({"limits": {"disables": {"percent": 100, "min": 1000000, "max": 1000000}}}, None, id="limits"),
        pytest.param({"approval": {"policy": "OnLimit"}}, {"approval": {"policy": "Manual"}}, id="policy"),
        pytest.param({"users": {"adoption": "IfUnowned"}}, {"users": {"adoption": "Never"}}, id="adoption of users"),
        pytest.param({"groups": {"adoption": "Approve"}}, {"groups": {"adoption": "Never"}}, id="adoption of groups"),
    ],
)
def test_loosening_what_waits_for_an_approval_needs_the_verb(at: Place, looser: Any, stricter: Any) -> None:
    """Whoever raises the limits first has approved everything that comes after."""
    if stricter is not None:
        at.patch("wendy", stricter)
    with refused("wendy may not change what waits for an approval"):
        at.patch("wendy", looser)
    at.patch("abe", looser)


def test_ending_a_protection_needs_the_verb(at: Place) -> None:
    at.patch("abe", {"protected": {"users": [{"userRef": {"name": "ada"}}]}})
    for spec in ({"protected": None}, {"protected": {"users": []}}):
        with refused("wendy may not change what waits for an approval"):
            at.patch("wendy", spec)


def test_taking_an_approval_away_needs_no_verb(at: Place) -> None:
    at.patch("abe", {"approvedPlan": DIGEST})
    at.patch("wendy", {"approvedPlan": None})
    assert "approvedPlan" not in at.config()["spec"]


def test_an_approval_changes_nothing_else(at: Place) -> None:
    for other in ({"scope": "All"}, {"mode": "Plan"}, {"service": {"url": "https://evil.example/scim"}}):
        with refused("an approval changes spec.approvedPlan and spec.approvedProtected and nothing else"):
            at.patch("abe", {"approvedPlan": DIGEST, **other})
    at.patch("abe", {"interval": "20m"})
    with refused("nothing else of the spec"):
        at.patch("abe", {"approvedPlan": DIGEST, "interval": None})


def test_a_config_that_is_created_with_an_approval_needs_the_verb(at: Place) -> None:
    other = manifests.config("other", HOME)
    other["spec"]["approvedPlan"] = DIGEST
    with refused("wendy may not approve"):
        at.create("wendy", other)
    at.create("abe", other)


@pytest.mark.parametrize("how", ["--server-side", "replace"])
def test_however_it_is_written(at: Place, how: str) -> None:
    manifest = at.config()
    manifest["spec"]["approvedPlan"] = DIGEST
    words = ("replace",) if how == "replace" else ("apply", "--server-side", "--force-conflicts")
    with refused("wendy may not approve"):
        at.kubectl("wendy", *words, "-f", "-", stdin=json.dumps(manifest))
    at.kubectl("abe", *words, "-f", "-", stdin=json.dumps(manifest))


def test_the_operator_itself_never_approves(at: Place) -> None:
    grant(at.plane, HOME, "too-much", [WRITES, APPROVES])
    at.kubectl("", "patch", "rolebinding", "too-much", "--type=json", f"--patch={json.dumps(bound_to_operator())}")
    with refused("scim-operator may not approve"):
        at.patch(OPERATOR, {"approvedPlan": DIGEST})


def bound_to_operator() -> list[dict[str, Any]]:
    subject = {"kind": "ServiceAccount", "name": "scim-operator", "namespace": HOME}
    return [{"op": "replace", "path": "/subjects", "value": [subject]}]


def test_the_role_of_approvers_does_for_approving(at: Place) -> None:
    role = ["--clusterrole=identity-scim-operator-approver", "--user=ann"]
    at.kubectl("", "create", "rolebinding", "ann", *role)
    at.patch("ann", {"approvedPlan": DIGEST})


def test_the_role_of_approvers_changes_nothing_else(at: Place) -> None:
    """RBAC has one right for the whole object; who has no other one than to patch it came to approve."""
    at.kubectl("", "create", "rolebinding", "zoe", "--clusterrole=identity-scim-operator-approver", "--user=zoe")
    at.patch("zoe", {"approvedPlan": DIGEST, "approvedProtected": ["scimuser/boss"]})
    for other in (
        {"service": {"url": "https://evil.example/scim"}},
        {"limits": {"disables": {"percent": 100, "min": 1000000, "max": 1000000}}},
        {"mode": "Plan"},
        {"interval": "25m"},
    ):
        with refused("zoe may approve and change nothing else of the spec: that needs the right to create or update"):
            at.patch("zoe", other)
    at.patch("zoe", {"approvedPlan": None, "approvedProtected": None})
    grant(at.plane, HOME, "kim", [{**WRITES, "verbs": ["get", "create", "patch"]}])
    at.patch("kim", {"interval": "20m"})  # as kubectl apply and GitOps write, without the right to update


def test_where_the_operator_does_not_serve_nothing_is_asked(at: Place) -> None:
    elsewhere = Place(at.plane, "elsewhere")
    elsewhere.create("wendy", manifests.config("vmware", "elsewhere"))
    elsewhere.patch("wendy", {"approvedPlan": DIGEST})


@pytest.mark.parametrize("kind", ["scimuser/ada", "scimgroup/team", "provisioningconfig/vmware"])
def test_only_the_operator_writes_statuses(at: Place, kind: str) -> None:
    at.create("wendy", manifests.user("ada", HOME))
    at.create("wendy", manifests.group("team", HOME))
    patch = ["patch", kind, "--subresource=status", "--type=merge", '--patch={"status": {"observedGeneration": 1}}']
    for user in ("", "abe"):
        with refused(f"only the operator, {OPERATOR}, writes this status"):
            at.kubectl(user, *patch)
    at.kubectl(OPERATOR, *patch)


@pytest.mark.parametrize(
    ("external_id", "taken"),
    [
        pytest.param("identity/ada", True, id="its own"),
        pytest.param("east/identity/ada", True, id="its own with an owner"),
        pytest.param("7f0c1c9e-5a6c-4c53-9f0e-2f4c5f0f5a11", True, id="an identity provider's"),
        pytest.param("auth0|5f7c8ec7c33c6c004bbafe82", True, id="another provider's"),
        pytest.param("https://idp.example/users/ada", True, id="a URL"),
        pytest.param("identity/bob", False, id="another manifest's"),
        pytest.param("hr/ada", False, id="another namespace's"),
        pytest.param("east/identity/bob", False, id="another's with an owner"),
        pytest.param("Identity/Bob", False, id="in other case"),
        pytest.param("IDENTITY/ADA", False, id="its own in other case, which is another's at the service"),
        pytest.param("identity%2Fbob", False, id="encoded"),
        pytest.param("identity\uff0fbob", False, id="with another slash"),
    ],
)
def test_marks(at: Place, external_id: str, *, taken: bool) -> None:
    made = manifests.user("ada", HOME), {**manifests.group("ada", HOME)}
    for manifest in made:
        manifest["spec"]["externalId"] = external_id
        if taken:
            at.create("wendy", manifest)
        else:
            with refused(
                "of another manifest: leave it out, or write the identity provider's id|has the form of a mark"
            ):
                at.create("wendy", manifest)


def test_a_manifest_from_before_can_still_be_deleted(plane: ControlPlane, helm: Helm, at: Place) -> None:
    """Only a new mark is refused: what is there must not be locked in by its finalizer."""
    off = ["--set=admissionPolicies.enabled=false", f"--namespace={HOME}", "--reuse-values"]
    helm("upgrade", "scim-operator", str(CHART), *off, kubeconfig=plane.kubeconfig)
    old = manifests.user("old", HOME, finalizers=["scim-operator.io/deprovision"])
    old["spec"]["externalId"] = "hr/root"
    assert wait_until(lambda: created(at, old), "waiting for the policies to go", limit=30)
    helm("upgrade", "scim-operator", str(CHART), f"--namespace={HOME}", "--reset-values", kubeconfig=plane.kubeconfig)
    assert wait_until(lambda: refuses_marks(at), "waiting for the policies to come", limit=60)
    at.kubectl("wendy", "delete", "scimuser", "old", "--wait=false")
    body = '[{"op": "remove", "path": "/metadata/finalizers"}]'
    at.kubectl("wendy", "patch", "scimuser", "old", "--type=json", f"--patch={body}")


def created(at: Place, manifest: dict[str, Any]) -> bool:
    try:
        at.create("wendy", manifest)
    except KubectlError:
        return False
    return True
