"""The handlers of the provisioning log: the page, and the same as a CSV."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web

from scim_operator.console.handling import Handling, html
from scim_operator.console.pages import log
from scim_operator.console.source import Asked
from scim_operator.errors import InvalidSpec, ScimOperatorError
from scim_operator.observability.provisioning_log.flat import ACTIONS, STATUSES, as_csv
from scim_operator.observability.provisioning_log.record import moment_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

CURRENT = "/log"


class OnLog(Handling):
    """The handlers below /log."""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get(CURRENT, self._log), web.get("/log.csv", self._csv)]

    async def _log(self, request: web.Request) -> web.Response:
        asked, records, trouble = Asked(), None, ""
        choices = await self.names(), await self.namespaces()
        try:
            asked = asked_in(request.query)
            if request.query.get("asked"):
                records = await self.source.log(self._placed(request, asked))
        except ScimOperatorError as error:
            trouble = str(error)
        return html(log.log(self.frame(CURRENT), asked, choices, records, trouble))

    async def _csv(self, request: web.Request) -> web.Response:
        records = await self.source.log(replace(self._placed(request, asked_in(request.query)), most=log.MOST_IN_CSV))
        named = {"Content-Disposition": 'attachment; filename="provisioning-log.csv"'}
        return web.Response(text=as_csv(records), content_type="text/csv", charset="utf-8", headers=named)

    def _placed(self, request: web.Request, asked: Asked) -> Asked:
        return replace(asked, namespace=self.namespace(request))


def asked_in(query: Mapping[str, str]) -> Asked:
    """Return what an address asks the log for. Raises InvalidSpec, for a choice or moment that there is not."""
    return Asked(
        namespace=query.get("namespace", ""),
        user=query.get("user", ""),
        group=query.get("group", ""),
        config=query.get("config", ""),
        action=_among(ACTIONS, "Action", query.get("action", "")),
        status=_among(STATUSES, "Status", query.get("status", "")),
        since=_moment("Since", query.get("since", "")),
        until=_moment("Until", query.get("until", "")),
        held=query.get("held") == "yes",
    )


def _among(known: Collection[str], label: str, given: str) -> str:
    if given and given not in known:
        raise InvalidSpec(f"{label} is none that the log has; choose one of the list.")
    return given


def _moment(label: str, given: str) -> datetime | None:
    try:
        return moment_of(given) if given else None
    except ValueError:
        raise InvalidSpec(f"{label} is no date and time; write it as 2026-11-25T22:00.") from None
