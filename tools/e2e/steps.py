"""The steps of the end-to-end run, in their order. Each gives the sentence that its line ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.e2e import (
    board,
    directory,
    images,
    lifecycle,
    limits,
    moving,
    namespaces,
    newcomer,
    notifying,
    people,
    postgres,
    provisioning_log,
    quarantine,
    reviewing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.e2e.installation import Installation

STEPS: list[tuple[str, Callable[[Installation], str]]] = [
    ("a newcomer: git clone, make demo", newcomer.by_clone),
    ("a newcomer: helm install, and README's commands", newcomer.by_helm),
    ("two builds are one image", images.built_twice),
    ("an upgrade from an older release, and back", moving.there_and_back),
    ("helm install with the simulator", lifecycle.install),
    ("Prometheus reads the metrics", board.read),
    ("the restricted pod security standard", lifecycle.restricted_is_enforced),
    ("kubectl apply -k examples/quickstart", lifecycle.quickstart),
    ("kubectl scim logs", provisioning_log.searched),
    ("the help desk is answered, by port-forward too", people.help_desk_reads_the_log),
    ("the provisioning log outlives a pod", provisioning_log.outlives_a_pod),
    ("the provisioning log in PostgreSQL", postgres.log_in_postgres),
    ("plan --against-cluster, then kubectl apply", reviewing.planned_then_applied),
    ("kubectl scim explain", reviewing.explained),
    ("helm upgrade without a lost event", lifecycle.upgrade),
    ("pod deleted in mid-sweep", lifecycle.pod_deleted_in_mid_sweep),
    ("a receiver of notifications", notifying.receiver),
    ("a mass removal is held, approved and released", limits.mass_removal),
    ("a directory of people deleted by mistake, and put back", directory.deleted_by_mistake),
    ("a namespace deleted with its people", namespaces.deleted),
    ("a wrong Secret, and the right one", quarantine.wrong_secret),
    ("the chart's dashboard of this run", board.drawn),
    ("helm uninstall leaves the tenant", lifecycle.uninstall),
]
