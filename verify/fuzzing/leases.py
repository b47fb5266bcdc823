"""Leases as an API server gives them, with anything that another may have written into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.leases.lease import Lease, Moment, beginning, body_of, lease_of, seen
from scim_operator.core.leases.moves import Replica, move
from scim_operator.core.leases.versions import handover, versions_in
from verify.fuzzing.cluster import served
from verify.fuzzing.target import Target
from verify.fuzzing.values import ANYTHING, changed
from verify.virtual import EPOCH

if TYPE_CHECKING:
    from collections.abc import Mapping

LEASE: Mapping[str, Any] = {
    "metadata": {
        "name": "scim-operator-1",
        "namespace": "identity",
        "resourceVersion": "7",
        "annotations": {
            "scim-operator.io/wanted-by": "pod-2",
            "scim-operator.io/pod": "uid",
            "scim-operator.io/unanswered": "true",
            "scim-operator.io/grace-seconds": "60",
            "scim-operator.io/quiet-seconds": "17",
            "scim-operator.io/versions": "scimusers=12 scimgroups=7",
        },
    },
    "spec": {
        "holderIdentity": "pod-1",
        "leaseDurationSeconds": 15,
        "renewTime": "2026-01-01T00:00:00.000000Z",
    },
}


def _lease(manifest: Any) -> None:  # noqa: ANN401 - JSON
    """Read a Lease, and do all that follows from what it says."""
    lease, now = lease_of(manifest if isinstance(manifest, dict) else {}), Moment(100.0, EPOCH)
    known = seen(seen(None, lease, 0.0), lease, 50.0)
    move(known, Replica("me", "uid", "me", 60.0), now)
    beginning(known, now, Lease("me", pod="uid"), worked=True)
    body_of(lease)
    handover(known, worked=True)
    versions_in(lease.versions)


TARGETS = (
    Target(
        "a Lease",
        ("core/leases/lease.py", "core/leases/versions.py"),
        (ANYTHING | changed([LEASE])).map(served),
        _lease,
    ),
)
