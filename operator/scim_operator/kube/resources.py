"""The Kubernetes resources that the operator touches, and the paths of their REST API."""

from __future__ import annotations

from dataclasses import dataclass

from scim_operator.core.keys import Kind

GROUP = "scim-operator.io"
VERSION = "v1alpha1"


@dataclass(frozen=True, slots=True)
class ApiResource:
    """One resource of the Kubernetes API: its group ("" for core), version, plural name and kind."""

    group: str
    version: str
    plural: str
    kind: str

    @property
    def api_version(self) -> str:
        """As it stands in a manifest."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        """Return the path of the collection (all namespaces when `namespace` is None), an object, or a subresource."""
        base = "/apis/" + self.api_version if self.group else "/api/" + self.version
        parts = [base, *(("namespaces", namespace) if namespace is not None else ()), self.plural, name, subresource]
        return "/".join(part for part in parts if part)


USERS = ApiResource(GROUP, VERSION, "scimusers", Kind.USER)
GROUPS = ApiResource(GROUP, VERSION, "scimgroups", Kind.GROUP)
CONFIGS = ApiResource(GROUP, VERSION, "provisioningconfigs", "ProvisioningConfig")
SECRETS = ApiResource("", "v1", "secrets", "Secret")
CONFIG_MAPS = ApiResource("", "v1", "configmaps", "ConfigMap")
NAMESPACES = ApiResource("", "v1", "namespaces", "Namespace")
EVENTS = ApiResource("", "v1", "events", "Event")
PODS = ApiResource("", "v1", "pods", "Pod")
LEASES = ApiResource("coordination.k8s.io", "v1", "leases", "Lease")

OF_KIND = {Kind.USER: USERS, Kind.GROUP: GROUPS}
"""The resource that carries the objects of a kind."""
