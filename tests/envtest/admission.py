"""Asks the real API server what it says to a manifest."""

from __future__ import annotations

import copy
import itertools
import json
import os
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane

PLURALS = {"ScimUser": "scimusers", "ScimGroup": "scimgroups", "ProvisioningConfig": "provisioningconfigs"}

Manifest = dict[str, Any]


@dataclass
class Admission:
    """Asks the API server about one manifest after the other, at the cost of one request each."""

    plane: ControlPlane
    namespace: str
    opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        context = ssl.create_default_context(cafile=str(self.plane.certificate))
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        self.opener = urllib.request.build_opener(*handlers)  # no proxy on the way to loopback

    def send(self, method: str, path: str, body: Manifest) -> tuple[int, Manifest]:
        """The status and the answer; `path` is below the namespace's part of our API group."""
        url = f"{self.plane.url}/apis/scim-operator.io/v1alpha1/namespaces/{self.namespace}/{path}"
        headers = {"Authorization": f"Bearer {self.plane.admin_token}", "Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)  # noqa: S310
        try:
            with self.opener.open(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def admit(self, manifest: Manifest) -> tuple[int, Manifest]:
        """Create the manifest as a dry run, unknown fields refused, as kubectl asks for by default."""
        return self.send("POST", f"{PLURALS[manifest['kind']]}?dryRun=All&fieldValidation=Strict", manifest)


_numbers = itertools.count(1)


def admitting(plane: ControlPlane) -> Admission:
    """An Admission in a namespace of its own, once the CRDs are served."""
    namespace = f"admission-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{next(_numbers)}"
    plane.kubectl("create", "namespace", namespace)
    admission = Admission(plane, namespace)
    served = wait_until(lambda: admission.admit(user())[0] == 201, "waiting for the CRDs to be served", limit=30)
    assert served, admission.admit(user())
    return admission


def manifest(kind: str, spec: Manifest, name: str = "one") -> Manifest:
    return {"apiVersion": "scim-operator.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def user(**spec: Any) -> Manifest:
    return manifest("ScimUser", {"userName": "ada@corp.example", **spec})


def group(**spec: Any) -> Manifest:
    return manifest("ScimGroup", {"displayName": "Engineering", **spec})


SERVICE = {
    "url": "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2",
    "auth": {"bearer": {"secretRef": {"name": "t"}}},
}


def config(service: Manifest | None = None, **spec: Any) -> Manifest:
    return manifest("ProvisioningConfig", {"service": {**copy.deepcopy(SERVICE), **(service or {})}, **spec})


def assert_admitted(admission: Admission, reason: str, wanted: Manifest) -> None:
    status, answer = admission.admit(wanted)
    assert status == 201, f"{reason}: {answer.get('message')}"


def assert_refused(admission: Admission, reason: str, wanted: Manifest, sentence: str) -> None:
    """Refused, with a message that holds the sentence: it names the field and the mend."""
    status, answer = admission.admit(wanted)
    assert status in (400, 422), f"admitted, although: {reason}"
    assert sentence in answer["message"].replace('\\"', '"'), reason
