"""The SCIM client: one service's resources, listed, found, created, modified, replaced, deleted (RFC 7644 section 3).

It does not decide what the service should hold. What a service teaches by refusing (no PATCH, no filter, smaller
requests) is learned in `lessons.py` and shows in `capabilities`; the caller plans again with it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import AttributePath, parse
from scim_operator.errors import (
    DependencyNotReady,
    Rejected,
    ResourceGone,
    TerminalError,
    Throttled,
    Unavailable,
    Unreachable,
)
from scim_operator.scim import reading
from scim_operator.scim.bulk import Bulk
from scim_operator.scim.filters import equals
from scim_operator.scim.lessons import Lessons
from scim_operator.scim.pager import Pager
from scim_operator.scim.probe import Probe
from scim_operator.scim.protocol import Method, Page, Request, get_request
from scim_operator.scim.reading import read_resource, refuse_web_page
from scim_operator.scim.requester import Requester, off_loop
from scim_operator.scim.values import Unreadable

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Mapping, Sequence

    from scim_operator.core.keys import ResourceType
    from scim_operator.core.resource import Document
    from scim_operator.core.secrecy.veil import Veil
    from scim_operator.core.service.capabilities import Capabilities
    from scim_operator.core.service.quirks import Found
    from scim_operator.scim.exchange import Exchange
    from scim_operator.scim.listing import Bounds
    from scim_operator.scim.profile import Profile

__all__ = ["Page", "ScimClient"]

PROVIDER_CONFIG = Request(Method.GET, "/ServiceProviderConfig")

HARMLESS = "scim-operator-probe"
"""A value to filter by that no service has a reason to refuse."""

_PLAIN = re.compile("[A-Za-z0-9.@_-]*")
"""Pattern of values that are as harmless."""


class ScimClient:
    """The resources of one service.

    `exchange` is asked to observe requests, `pager` to keep listings within a share of memory, `probing` what to test
    the connection with. Args: exchange, which
    sends; profile, the kind of service; overrides, the capabilities that the config insists on, by name (see
    `Capabilities`; None for what it leaves open); random, for the probe's names; bounds, how far a listing may go.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        profile: Profile,
        random: random.Random,
        overrides: Mapping[str, object] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.exchange = exchange
        self._lessons = Lessons(profile, overrides or {})
        self._requester = Requester(exchange, self._lessons, Bulk(exchange, self._lessons))
        self.pager = Pager(self._requester, bounds)
        self._profile = profile
        self.probing = Probe(self.pager, self._lessons, random)

    @property
    def capabilities(self) -> Capabilities:
        """Return what is in force now; it changes as the client discovers and learns."""
        return self._lessons.capabilities

    @property
    def quirks(self) -> tuple[Found, ...]:
        """Return what was found out about the service that no capability says."""
        return *self._lessons.quirks, *self.pager.quirks, *self.exchange.quirks, *self._requester.bulk.quirks

    @property
    def reads(self) -> int:
        """Return the number of requests sent so far that cannot change anything."""
        return self.exchange.sent[Method.GET]

    @property
    def writes(self) -> int:
        """Return the number of requests sent so far that can."""
        return self.exchange.sent.total() - self.reads

    def learn(self, name: str, value: object, type: ResourceType | None = None) -> bool:
        """Put in force what the caller found out, of one type or of all; return False when the config insists."""
        return self._lessons.learn(name, value, type)

    def unlearn(self, name: str, type: ResourceType | None = None) -> None:
        """Take back what was found out: it works."""
        self._lessons.unlearn(name, type)

    def conceal(self, veil: Veil) -> None:
        """Keep what the veil covers out of every error from now on; the token is covered as well."""
        self.exchange.conceal(veil)

    async def close(self) -> None:
        """Give connections back."""
        await self.exchange.close()

    async def probe(self) -> None:
        """Run Entra's Test Connection: a filter on a random userName, or displayName, must answer an empty list.

        Raises WrongService with a reason that says what is wrong, Unauthorized, or what keeps the service away.
        """
        await self.probing.run()

    async def discover(self) -> None:
        """Read the ServiceProviderConfig, where the profile expects one; that it is absent or odd means nothing.

        Nor does it that no answer comes, or "later", however often it is asked for: the rest of the service may answer.
        """
        if not self._profile.discovery:
            return
        try:
            content = reading.parse((await self._requester.send(PROVIDER_CONFIG)).body, at_most=reading.LARGEST_NOTE)
        except (TerminalError, DependencyNotReady, Unavailable, Unreachable, Throttled, Unreadable):
            return
        self._lessons.take_config(content)

    def pages(self, type: ResourceType) -> AsyncIterator[Page]:
        """List all resources of a type, each once. Raises IncompleteListing at the end unless the listing is complete.

        So nothing may be concluded from what is missing before the iteration has ended without an error (promise S10).
        """
        return self.pager.pages(type)

    async def find(self, type: ResourceType, attribute: str, value: str) -> list[Document]:
        """Return the resources whose `attribute`, a SCIM path, equals `value` by the attribute's own rules; [] if none.

        Where the service cannot filter by it, everything is listed and searched. Raises as `pages` does.
        """
        path = parse(attribute)
        if not self._lessons.may_filter(type, path):
            return await self._search(type, path, value)
        try:
            hits, others = await self.pager.hits(type, path, value, equals(path, value))
        except Rejected as error:
            if error.status == 501 or _PLAIN.fullmatch(value) or not await self._takes_filter(type, path):
                self._lessons.filter_refused(type, path, error)
            return await self._search(type, path, value)
        if others > 1:  # one may be a service's own idea of case; several are no answer to a filter
            self._lessons.distrust_filter(type, path)
        return hits

    async def get(self, type: ResourceType, id: str) -> Document | None:
        """Return one resource; None when the service has none of that id."""
        try:
            response = await self._requester.send(get_request(type, id))
        except ResourceGone:
            return None
        document = await off_loop(read_resource, response)
        if document is None:
            raise Unavailable("The service answered a read with an empty body.", status=response.status)
        if document.setdefault("id", id) != id:
            raise Unavailable("The service answered a read of one resource with another.", status=response.status)
        return document

    async def write(self, request: Request, version: str | None = None) -> Document | None:
        """Send POST, PUT or PATCH; return the resource as the service returns it, None when it returns no body.

        `version` is what the request was made from, for If-Match. Raises Rejected (status 409 when a value is taken),
        Unreachable with `sent` when what was to be created may exist now (find it before creating again, promise
        S2), ResourceGone, PreconditionFailed when `version` moved, PatchUnsupported (the other may do)
        and RequestTooLarge (plan again).
        """
        asked = replace(request, version=version if self.capabilities.etag else None)
        return await self._written(asked)

    async def write_all(self, requests: Sequence[Request]) -> Document | None:
        """Send changes of one resource in their order, in few requests where the service takes that; as `write`."""
        return await self._written(*requests)

    async def _written(self, *requests: Request) -> Document | None:
        document, id = await off_loop(read_resource, await self._requester.send(*requests)), requests[-1].id
        return None if document and id and document.get("id", id) != id else document  # another than was meant

    async def delete(self, request: Request) -> bool:
        """Send DELETE; return False when the resource was already gone."""
        try:
            refuse_web_page(await self._requester.send(request))
        except ResourceGone:
            return False
        return True

    async def _takes_filter(self, type: ResourceType, path: AttributePath) -> bool:
        """Return whether a harmless value is taken, so that a refusal was about the value and not the filter."""
        try:
            await self.pager.page(type, equals(path, HARMLESS))
        except Rejected:
            return False
        return True

    async def _search(self, type: ResourceType, path: AttributePath, value: str) -> list[Document]:
        return (await self.pager.hits(type, path, value))[0]
