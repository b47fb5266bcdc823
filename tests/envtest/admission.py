"""Asks the real API server what it says to a manifest."""

from __future__ import annotations

import copy
import http.client
import itertools
import json
import os
import ssl
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.support.waiting import HANG
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
    connection: http.client.HTTPSConnection = field(init=False)

    def __post_init__(self) -> None:
        context = ssl.create_default_context(cafile=str(self.plane.certificate))
        self.connection = http.client.HTTPSConnection(urlsplit(self.plane.url).netloc, context=context)
        weakref.finalize(self, self.connection.close)

    def send(self, method: str, path: str, body: Manifest) -> tuple[int, Manifest]:
        """The status and the answer; `path` is below the namespace's part of our API group."""
        headers = {"Authorization": f"Bearer {self.plane.admin_token}", "Content-Type": "application/json"}
        place = f"/apis/scim-operator.io/v1alpha1/namespaces/{self.namespace}/{path}"
        try:
            self.connection.request(method, place, json.dumps(body).encode(), headers)
            with self.connection.getresponse() as answer:
                return answer.status, json.load(answer)
        except (OSError, http.client.HTTPException):
            self.connection.close()  # what is left of a request would be read as the answer to the next
            raise

    def admit(self, manifest: Manifest) -> tuple[int, Manifest]:
        """Create the manifest as a dry run, unknown fields refused, as kubectl asks for by default."""
        return self.send("POST", f"{PLURALS[manifest['kind']]}?dryRun=All&fieldValidation=Strict", manifest)


_numbers = itertools.count(1)


def admitting(plane: ControlPlane) -> Admission:
    """An Admission in a namespace of its own, once the CRDs are served."""
    namespace = f"admission-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{next(_numbers)}"
    plane.create_namespace(namespace)
    admission = Admission(plane, namespace)
    served = wait_until(lambda: admission.admit(user())[0] == 201, "waiting for the CRDs to be served", limit=HANG)
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
