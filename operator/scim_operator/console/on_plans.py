"""The handlers of plans: what waits, the whole plan, and the approval."""

from __future__ import annotations

from aiohttp import web

from scim_operator.console.handling import Handling, begin_of, html
from scim_operator.console.pages import plan
from scim_operator.console.pages.frame import config_address
from scim_operator.console.people import Query
from scim_operator.console.source import config_key
from scim_operator.errors import InvalidSpec

CURRENT = "/plan"
CHANGED = "The plan has changed since the page was loaded: look at the one that waits now."


class OnPlans(Handling):
    """The handlers below /plan."""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get(CURRENT, self._plans),
            web.get("/plan/{config}", self._plan),
            web.post("/plan/{config}/make", self._make),
            web.post("/plan/{config}/approve", self._approve),
        ]

    async def _plans(self, _: web.Request) -> web.Response:
        return html(plan.plans(self.frame(CURRENT), await self.source.configs(), self.source.home))

    async def _plan(self, request: web.Request) -> web.Response:
        config, part = await self.config(request), plan.Part(request.query.get("q", ""), begin_of(request))
        key = config_key(config)
        query = Query(part.text, reason=plan.HELD, config=key.name, namespace=key.namespace)
        held = self.source.people.find(query, part.begin, plan.MOST)
        whole = await self.source.plan(key)
        return html(plan.plan_page(self.frame(CURRENT), self.source, config, held, whole, part))

    async def _make(self, request: web.Request) -> web.Response:
        key = config_key(await self.config(request))
        await self.source.make_plan(key)
        raise web.HTTPSeeOther(f"{config_address(key, self.source.home)}#whole")

    async def _approve(self, request: web.Request) -> web.Response:
        """Approve the plan that the page has shown, as long as it is still the one that waits."""
        config, given = await self.config(request), await request.post()
        key, digest = config_key(config), str(given.get("digest", ""))
        waiting = plan.waiting(config)
        if not waiting.digest or waiting.digest != digest:
            raise InvalidSpec(CHANGED)
        if waiting.protected and given.get("protected") != "yes":
            raise InvalidSpec("The plan touches protected objects: tick that they may be touched.")
        # The digest names the changes alone. What is protected can change meanwhile, and was not seen.
        if set(given.getall(plan.TOUCHED, [])) != set(waiting.protected):
            raise InvalidSpec(CHANGED)
        await self.source.approve(key, digest, waiting.protected)
        raise web.HTTPSeeOther(config_address(key, self.source.home))
