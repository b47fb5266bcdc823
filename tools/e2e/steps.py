"""The steps of the end-to-end run, in their order. Each gives the sentence that its line ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.e2e import lifecycle, limits, notifying, postgres, provisioning_log, quarantine, reviewing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.e2e.installation import Installation

STEPS: list[tuple[str, Callable[[Installation], str]]] = [
    ("helm install with the simulator", lifecycle.install),
    ("the restricted pod security standard", lifecycle.restricted_is_enforced),
    ("kubectl apply -k examples/quickstart", lifecycle.quickstart),
    ("kubectl scim logs", provisioning_log.searched),
    ("the provisioning log outlives a pod", provisioning_log.outlives_a_pod),
    ("the provisioning log in PostgreSQL", postgres.log_in_postgres),
    ("plan --against-cluster, then kubectl apply", reviewing.planned_then_applied),
    ("kubectl scim explain", reviewing.explained),
    ("helm upgrade without a lost event", lifecycle.upgrade),
    ("pod deleted in mid-sweep", lifecycle.pod_deleted_in_mid_sweep),
    ("a receiver of notifications", notifying.receiver),
    ("a mass removal is held, approved and released", limits.mass_removal),
    ("a wrong Secret, and the right one", quarantine.wrong_secret),
    ("helm uninstall leaves the tenant", lifecycle.uninstall),
]
