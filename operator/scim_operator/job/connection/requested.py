"""Requests to look now, from the annotation to the acknowledgement in the status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.records.record import request_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.job.report.reporter import Reporter
    from scim_operator.job.session.session import Session


class RequestedLook:
    """The last request of one config, and what was under way when it came."""

    def __init__(self, reporter: Reporter, manifest: Mapping[str, Any]) -> None:
        self._reporter = reporter
        self._requested = _request(manifest)
        self._session: Session | None = None
        self._begun = 0

    def taken_from(self, manifest: Mapping[str, Any]) -> bool:
        """Take up what a manifest asks for; return whether that is a new request."""
        before, self._requested = self._requested, _request(manifest)
        return self._requested != before

    def came_during(self, session: Session | None) -> None:
        """Note which sweep was under way: it may have read what those who asked did not yet see."""
        self._session, self._begun = session, session.sweeps.begun if session is not None else 0

    async def acknowledge(self, session: Session) -> None:
        """Acknowledge the request if the sweep of this session that has just ended began after it."""
        report = self._reporter.report
        looked = session is not self._session or session.sweeps.begun > self._begun
        if looked and report.handled != self._requested:
            report.handled = self._requested
            await self._reporter.write()


def _request(manifest: Mapping[str, Any]) -> str:
    return request_in(manifest["metadata"].get("annotations") or {})
