"""Where the chart has the provisioning log kept, and that a password never stands in the pod's own text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.cli.period import STORE_VARIABLE, parse_period
from scim_operator.cli.run import command
from scim_operator.observability.provisioning_log.url import store_url
from tests.chart.conftest import HelmError

if TYPE_CHECKING:
    from tests.chart.conftest import Helm


def pod(helm: Helm, *values: str) -> dict[str, Any]:
    found: dict[str, Any] = helm.template(*values).pod()
    return found


def store(pod: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in pod["containers"][0]["env"] if one["name"] == STORE_VARIABLE)


def volume(pod: dict[str, Any]) -> dict[str, Any] | None:
    return next((one for one in pod["volumes"] if one["name"] == "provisioning-log"), None)


def test_by_default_it_is_sqlite_in_a_folder_that_can_be_written(helm: Helm) -> None:
    made = pod(helm)
    url, _ = store_url(store(made)["value"])
    mount = next(one for one in made["containers"][0]["volumeMounts"] if one["name"] == "provisioning-log")
    assert str(url.database) == f"{mount['mountPath']}/log.db"
    assert volume(made) == {"name": "provisioning-log", "emptyDir": {"sizeLimit": "1Gi"}}


def test_a_claim_keeps_it_beyond_the_pod(helm: Helm) -> None:
    made = pod(helm, "provisioningLog.existingClaim=scim-log")
    assert (volume(made) or {})["persistentVolumeClaim"] == {"claimName": "scim-log"}
    assert made["securityContext"]["fsGroup"] == made["securityContext"]["runAsUser"], "or it could not be written"


PERSISTENT = "provisioningLog.persistence.enabled=true"


def test_the_chart_makes_a_claim_that_outlives_the_release(helm: Helm) -> None:
    rendered = helm.template(PERSISTENT, "provisioningLog.persistence.size=5Gi")
    claim = rendered.one("PersistentVolumeClaim", "scim-operator-provisioning-log")
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}
    assert (volume(rendered.pod()) or {})["persistentVolumeClaim"] == {"claimName": claim["metadata"]["name"]}
    assert rendered.one("Deployment")["spec"]["strategy"] == {"type": "Recreate"}, "the claim is one pod's"


@pytest.mark.parametrize(("value", "name"), [("fast", "fast"), ("-", "")])
def test_the_claim_is_of_the_storage_class_asked_for(helm: Helm, value: str, name: str) -> None:
    rendered = helm.template(
        PERSISTENT, f"provisioningLog.persistence.storageClass={value}", "provisioningLog.persistence.keep=false"
    )
    claim = rendered.one("PersistentVolumeClaim", "scim-operator-provisioning-log")
    assert claim["spec"]["storageClassName"] == name
    assert "annotations" not in claim["metadata"]


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        pytest.param(["replicas=2"], "use provisioningLog.storeSecret with PostgreSQL", id="several pods, one file"),
        pytest.param(["provisioningLog.existingClaim=mine"], "existingClaim names a claim already", id="two claims"),
        pytest.param(["provisioningLog.storeSecret.name=pg"], "the log is kept elsewhere", id="no file to keep"),
        pytest.param(["provisioningLog.store="], "the log is kept elsewhere", id="no log"),
    ],
)
def test_a_claim_that_would_not_do_is_refused(helm: Helm, values: list[str], fix: str) -> None:
    with pytest.raises(HelmError, match=fix):
        helm.template(PERSISTENT, *values)


def test_a_secret_holds_the_url_of_postgresql(helm: Helm) -> None:
    made = pod(helm, "provisioningLog.storeSecret.name=scim-log")
    assert store(made) == {
        "name": STORE_VARIABLE,
        "valueFrom": {"secretKeyRef": {"name": "scim-log", "key": "url"}},
    }
    assert volume(made) is None


def test_it_can_be_switched_off(helm: Helm) -> None:
    made = pod(helm, "provisioningLog.store=", "provisioningLog.stdout=false")
    assert store(made)["value"] == ""
    assert volume(made) is None
    assert "--provisioning-log=off" in made["containers"][0]["args"]


def test_the_arguments_are_the_command_s(helm: Helm) -> None:
    args = pod(helm, "provisioningLog.retention=7d")["containers"][0]["args"]
    context = command.make_context("run", args[1:])
    assert context.params["log_retention"] == parse_period("7d")
    assert context.params["provisioning_log"] == "stdout"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        pytest.param("provisioningLog.store=postgresql://u:hunter2@db/log", "/provisioningLog/store", id="a password"),
        pytest.param("provisioningLog.store=sqlite:///log.db", "/provisioningLog/store", id="a relative path"),
        pytest.param("provisioningLog.store=mysql://db/log", "/provisioningLog/store", id="another database"),
        pytest.param("provisioningLog.retention=forever", "/provisioningLog/retention", id="no period"),
        pytest.param("provisioningLog.storeSecret.name=A_b", "/provisioningLog/storeSecret/name", id="no name"),
    ],
)
def test_a_wrong_value_is_refused_by_name(helm: Helm, value: str, named: str) -> None:
    with pytest.raises(HelmError) as refused:
        helm.template(value)
    assert named in str(refused.value)
