"""Whoever wrote the spec last does not approve, where `approval.separation` is on: nor by way of toggles and names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.conftest import CHART
from tests.chart.policies import CHANGED_BY, DIGEST, HOME, Place, refused
from tests.envtest import manifests
from tools.cluster.controlplane import KubectlError
from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from tests.chart.conftest import Helm
    from tools.cluster.controlplane import ControlPlane


def test_who_wrote_last_does_not_approve(separated: Place) -> None:
    at = separated
    at.patch("abe", {"scope": "All"}, by="abe")
    with refused("abe wrote the spec last, and spec.approval.separation is on: have someone else approve"):
        at.patch("abe", {"approvedPlan": DIGEST})
    with refused("changes with the spec only"):
        at.patch("alma", {"approvedPlan": DIGEST}, by="alma")
    at.patch("alma", {"approvedPlan": DIGEST})
    assert at.config()["metadata"]["annotations"][CHANGED_BY] == "abe", "an approval makes nobody the writer"


@pytest.mark.parametrize(
    ("spec", "by", "message"),
    [
        pytest.param({"scope": "All"}, "wendy", "set the annotation scim-operator.io/changed-by to abe", id="another"),
        pytest.param({"scope": "All"}, None, "set the annotation scim-operator.io/changed-by to abe", id="none"),
        pytest.param(None, "alma", "changes with the spec only", id="without a change"),
        pytest.param(None, None, "changes with the spec only", id="taken off"),
    ],
)
def test_no_one_writes_in_another_s_name(
    separated: Place, spec: dict[str, Any] | None, by: str | None, message: str
) -> None:
    separated.patch("abe", {"interval": "20m"}, by="abe")
    with refused(message):
        separated.patch("abe", spec, by=by)


def test_a_writer_from_before_is_no_proof(at: Place) -> None:
    """Whoever prepares the annotation while nobody looks at it gains nothing: turning it on names the writer."""
    at.patch("abe", by="wendy")
    with refused("set the annotation scim-operator.io/changed-by to abe"):
        at.patch("abe", {"approval": {"separation": True}})
    at.patch("abe", {"approval": {"separation": True}}, by="abe")
    with refused("abe wrote the spec last"):
        at.patch("abe", {"approvedPlan": DIGEST})


@pytest.mark.parametrize("approval", [{"separation": False}, {"separation": None}, None])
def test_turning_it_off_takes_another_approver(separated: Place, approval: Any) -> None:
    separated.patch("abe", {"interval": "20m"}, by="abe")
    for user in ("wendy", "abe"):
        with refused("turning spec.approval.separation off needs the verb approve, and someone else"):
            separated.patch(user, {"approval": approval})
    separated.patch("alma", {"approval": approval})


def test_turning_it_off_and_approving_is_not_one_write(separated: Place) -> None:
    with refused("nothing else of the spec"):
        separated.patch("abe", {"approval": None, "approvedPlan": DIGEST})


def test_who_creates_a_separated_config_approves_nothing(at: Place) -> None:
    other = manifests.config("other", HOME)
    other["spec"] |= {"approval": {"separation": True}, "approvedPlan": DIGEST}
    other["metadata"]["annotations"] = {CHANGED_BY: "abe"}
    with refused("who creates a config may not approve"):
        at.create("abe", other)
    del other["spec"]["approvedPlan"]
    at.create("abe", other)


def test_labels_and_the_end_of_a_separated_config_are_free(separated: Place) -> None:
    separated.kubectl("will", "label", "provisioningconfig", "vmware", "team=identity")
    separated.kubectl("will", "delete", "provisioningconfig", "vmware")
    separated.create("wendy", manifests.config("vmware", HOME))


def test_separation_for_every_config(plane: ControlPlane, helm: Helm, at: Place) -> None:
    """Deleting a config and creating it without separation is no way round where the chart demands it."""
    on = ["--set=admissionPolicies.separation=true", f"--namespace={HOME}"]
    helm("upgrade", "scim-operator", str(CHART), *on, kubeconfig=plane.kubeconfig)
    anonymous = manifests.config("probe", HOME)
    command = ("create", "--dry-run=server", "-f", "-")

    def demands() -> bool:
        try:
            at.kubectl("abe", *command, stdin=json.dumps(anonymous))
        except KubectlError:
            return True
        return False

    assert wait_until(demands, "waiting for the policy", limit=60)
    with refused("no one knows who wrote the spec last"):
        at.patch("abe", {"approvedPlan": DIGEST})
    at.patch("wendy", {"interval": "20m"}, by="wendy")
    at.patch("abe", {"approvedPlan": DIGEST})
    helm("upgrade", "scim-operator", str(CHART), f"--namespace={HOME}", "--reset-values", kubeconfig=plane.kubeconfig)
