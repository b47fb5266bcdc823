"""Opens the provisioning log as the command line asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from scim_operator.observability.provisioning_log.log import Outlet, ProvisioningLog
from scim_operator.observability.provisioning_log.stdout import Lines

if TYPE_CHECKING:
    from scim_operator.observability.provisioning_log.meters import LogMetrics


@dataclass(frozen=True, slots=True)
class LogOptions:
    """The places of records: standard output, and the database at the URL `store` ("" for none)."""

    stdout: bool = True
    store: str = ""
    retention: timedelta = timedelta(days=30)


def open_log(options: LogOptions, metrics: LogMetrics) -> ProvisioningLog | None:
    """Return the log, with its threads running; None where nothing is wanted. Raises InvalidSpec for a wrong URL."""
    outlets = []
    if options.store:
        from scim_operator.observability.provisioning_log.store import Store  # noqa: PLC0415 - SQLAlchemy takes time

        outlets.append(Outlet(Store(options.store, options.retention), metrics.of(Store.name)))
    if options.stdout:
        outlets.append(Outlet(Lines(), metrics.of(Lines.name)))
    return ProvisioningLog(*outlets) if outlets else None
