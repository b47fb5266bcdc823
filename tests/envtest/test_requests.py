"""Annotations that ask for a look now, on a real API server: through kopf to the jobs, and through the reflector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from scim_operator.kube.credentials import from_kubeconfig
from tests.envtest.manifests import config, until, user
from tests.envtest.test_operator import apply, operating

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane

pytestmark = [
    pytest.mark.usefixtures("collected"),
    pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function _SelectorTransport.__del__"),
]

FLUX = "reconcile.fluxcd.io/requestedAt"


async def test_an_annotation_reaches_the_jobs_though_it_is_no_new_generation(
    crds: ControlPlane, namespace: str
) -> None:
    await apply(crds, config("vmware", namespace), user("ada", namespace))
    async with operating(from_kubeconfig([crds.kubeconfig]), namespace) as running:
        await running.is_ready()
        await until(lambda: running.notes.reported == ["vmware:1"], "the config")
        asked = config("vmware", namespace)
        asked["metadata"]["annotations"] = {FLUX: "one"}
        await apply(crds, asked, user("ada", namespace, annotations={FLUX: "one"}))
        await until(lambda: running.notes.reported == ["vmware:1", "vmware:1"], "the request")
        space = running.notes.ports.namespaces.namespace(namespace)
        await until(lambda: next(space.records(Kind.USER)).requested == "one", "the user's request")
        record = next(space.records(Kind.USER))
        entry = ServiceEntry("vmware", Verdict(Reason.PROVISIONED, "As it should be."), 1, handled="one")
        await running.notes.ports.writer.report(record, entry)
        await until(lambda: next(space.records(Kind.USER)).status, "the answer")
        assert next(space.records(Kind.USER)).status["lastHandledReconcileAt"] == "one"
