"""The handlers of users and groups: the list, one object, and why."""

from __future__ import annotations

from aiohttp import web

from scim_operator.console.handling import Absent, Handling, begin_of, html, is_part
from scim_operator.console.pages import frame, history, people, person
from scim_operator.console.people import Query
from scim_operator.core.keys import ObjectKey

CURRENT = "/people"
OBJECT = "/people/{kind:user|group}/{name}"
_KINDS = {segment: kind for kind, segment in frame.SEGMENTS.items()}


class OnPeople(Handling):
    """The handlers below /people."""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get(CURRENT, self._people),
            web.get("/people/results", self._results),
            web.get(OBJECT, self._person),
            web.get(f"{OBJECT}/why", self._why),
            web.get(f"{OBJECT}/git", self._git),
            web.post(f"{OBJECT}/why", self._why_now),
        ]

    async def _people(self, request: web.Request) -> web.Response:
        query, begin, names = query_of(request), begin_of(request), await self.names()
        places = await self.namespaces()
        return html(people.people(self.frame(CURRENT), self.source, query, begin, names, places))

    async def _results(self, request: web.Request) -> web.Response:
        return html(str(people.results(self.source, query_of(request), begin_of(request))))

    async def _person(self, request: web.Request) -> web.Response:
        detail = await self.source.detail(self._key(request))
        if detail is None:
            raise Absent("There is no manifest of that name; search it in the list.")
        key = detail.record.key
        ways, names = self.ways(key.namespace), await self.names(key.namespace)
        return html(person.person(self.frame(CURRENT), self.source, detail, ways, names, begin_of(request)))

    async def _why(self, request: web.Request) -> web.Response:
        return await self._explained(request, request.query.get("config", ""), ask=False)

    async def _why_now(self, request: web.Request) -> web.Response:
        return await self._explained(request, str((await request.post()).get("config", "")), ask=True)

    async def _explained(self, request: web.Request, config: str, *, ask: bool) -> web.Response:
        explanation = await self.source.explain(self._key(request), config, ask=ask)
        if is_part(request):
            return html(str(person.explained(explanation)))
        return html(person.explained_page(self.frame(CURRENT), explanation))

    async def _git(self, request: web.Request) -> web.Response:
        key, config, begin = self._key(request), request.query.get("config", ""), begin_of(request)
        found = history.told(key, self.source.home, config, await self.source.git(key, config), begin)
        if is_part(request):
            return html(str(found))
        return html(frame.page(self.frame(CURRENT), f"What Git says of {key}", found))

    def _key(self, request: web.Request) -> ObjectKey:
        return ObjectKey(_KINDS[request.match_info["kind"]], self.namespace(request), request.match_info["name"])


def query_of(request: web.Request) -> Query:
    """Return what an address looks for."""
    given = request.query
    return Query(*(given.get(name, "") for name in ("q", "kind", "state", "reason", "config", "namespace")))
