"""The rights that the operator needs, as data: the chart's Roles are tested against it, and each verb is needed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Right:
    """Verbs on one resource ("" is the core API group), and what they are for."""

    group: str
    resource: str
    verbs: tuple[str, ...]
    why: str


_OURS = "scim-operator.io"

RIGHTS: tuple[Right, ...] = (
    Right(_OURS, "scimusers", ("get", "list", "patch", "watch"), "feed; get after a conflict; patch our finalizer"),
    Right(_OURS, "scimgroups", ("get", "list", "patch", "watch"), "feed; get after a conflict; patch our finalizer"),
    Right(_OURS, "scimusers/status", ("patch",), "report what was concluded"),
    Right(_OURS, "scimgroups/status", ("patch",), "report what was concluded"),
    Right(_OURS, "provisioningconfigs", ("get", "list", "watch"), "run a job for each; get after a conflict"),
    Right(_OURS, "provisioningconfigs/status", ("patch",), "report progress, conditions, the plan, who serves"),
    Right("", "secrets", ("get",), "the credentials that a config names"),
    Right("", "configmaps", ("get",), "the CA bundle that a config names"),
    Right("", "namespaces", ("get",), "whether it is being deleted: that empties no tenant"),
    Right("coordination.k8s.io", "leases", ("create", "list", "patch"), "one operator at a time at a service"),
    Right("", "events", ("create", "patch"), "Events; patch counts a repeated one"),
)
"""All of them, per watched namespace: a Role in each, or a ClusterRole with --all-namespaces."""
