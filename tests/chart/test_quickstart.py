"""examples/quickstart fits the simulator that the chart runs, at a real API server."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.chart.conftest import CHART

if TYPE_CHECKING:
    from tests.chart.conftest import Helm
    from tools.cluster.controlplane import ControlPlane

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"


def test_the_quickstart_fits_the_chart(helm: Helm, private_api_server: ControlPlane) -> None:
    where = ["--namespace=identity", "--create-namespace", "--set=simulator.enabled=true"]
    helm("install", "scim-operator", str(CHART), *where, kubeconfig=private_api_server.kubeconfig)
    manifests = list(yaml.safe_load_all(private_api_server.kubectl("kustomize", str(QUICKSTART))))
    private_api_server.kubectl("apply", "-k", str(QUICKSTART))
    rendered = helm.template("simulator.enabled=true")
    service = rendered.one("Service", "scim-operator-simulator")
    config = next(one for one in manifests if one["kind"] == "ProvisioningConfig")
    address = "{name}.{namespace}.svc".format(**service["metadata"])
    assert config["spec"]["service"]["url"].startswith(f"http://{address}:{service['spec']['ports'][0]['port']}/")
    secret = next(one for one in manifests if one["kind"] == "Secret")
    chosen = config["spec"]["service"]["auth"]["bearer"]["secretRef"]
    assert secret["metadata"]["name"] == chosen["name"]
    token = rendered.one("Secret", "scim-operator-simulator")["data"]["token"]
    assert base64.b64decode(secret["data"][chosen["key"]]) == base64.b64decode(token)
    assert {one["metadata"]["namespace"] for one in manifests} == {"identity"}
