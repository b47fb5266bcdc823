"""The SCIM client: one service's resources, listed, found, created, modified, replaced, deleted (RFC 7644 section 3).

It does not decide what the service should hold. What a service teaches by refusing (no PATCH, no filter, smaller
requests) is learned here and shows in `capabilities`; the caller plans again with it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from scim_operator.core.attributes.paths import AttributePath, parse
from scim_operator.core.keys import ResourceType
from scim_operator.core.wording import camel
from scim_operator.errors import (
    DependencyNotReady,
    IncompleteListing,
    PatchUnsupported,
    Rejected,
    RequestTooLarge,
    ResourceGone,
    ScimOperatorError,
    TerminalError,
    Unavailable,
    WrongService,
    WrongServiceReason,
)
from scim_operator.scim import reading
from scim_operator.scim.capabilities import Settings, read_provider_config
from scim_operator.scim.filters import equals, matches
from scim_operator.scim.listing import Bounds, Listing, weight
from scim_operator.scim.protocol import (
    Method,
    Page,
    Request,
    Response,
    get_request,
    list_request,
    members_in,
)
from scim_operator.scim.reading import LIGHT, Oversized, Unreadable, read_page, read_resource, refuse_web_page

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Callable, Mapping

    from scim_operator.core.resource import Document
    from scim_operator.core.secrecy.veil import Veil
    from scim_operator.core.service.capabilities import Capabilities
    from scim_operator.scim.exchange import Exchange, Observer
    from scim_operator.scim.memory import Share
    from scim_operator.scim.profiles import Profile

    Read = TypeVar("Read")

__all__ = ["Page", "ScimClient"]

PASSES = 2
"""Number of times that a listing is read, at most, until it is complete."""

HITS = 100
"""Resources of one value that are looked at: more than one is ambiguous."""

PROVIDER_CONFIG = Request(Method.GET, "/ServiceProviderConfig")
_USER_NAME = parse("userName")
_NATURAL_KEYS = {parse("userName"), parse("displayName")}
"""A service that cannot filter by these cannot filter."""


class ScimClient:
    """The resources of one service.

    Args: exchange, which sends; profile, the kind of service; overrides, the capabilities that the config insists on,
    by name (see `Capabilities`; None for what it leaves open); random, for the probe's userName; bounds, how far
    a listing may go.
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
        self._bounds = bounds or Bounds()
        self._memory: Share | None = None
        self._exchange = exchange
        self._profile = profile
        self._random = random
        self._settings = Settings(profile.capabilities, spec=dict(overrides or {}))
        self._capabilities = self._settings.in_force()
        self._not_filterable: set[tuple[ResourceType, AttributePath]] = set()

    @property
    def capabilities(self) -> Capabilities:
        """Return what is in force now; it changes as the client discovers and learns."""
        return self._capabilities

    @property
    def reads(self) -> int:
        """Return the number of requests sent so far that cannot change anything."""
        return self._exchange.sent[Method.GET]

    @property
    def writes(self) -> int:
        """Return the number of requests sent so far that can."""
        return self._exchange.sent.total() - self.reads

    def learn(self, name: str, value: object) -> bool:
        """Put a capability in force that the caller found out; return False when the config insists on another."""
        learned = self._settings.learn(name, value)
        self._capabilities = self._settings.in_force()
        return learned

    def conceal(self, veil: Veil) -> None:
        """Keep what the veil covers out of every error from now on; the token is covered as well."""
        self._exchange.conceal(veil)

    def keep_within(self, memory: Share) -> None:
        """Let listings take no more memory than this from now on, in place of the bound on each."""
        self._memory = memory
        self._bounds = replace(self._bounds, mebibytes=memory.memory.total >> 20)

    def observe(self, observer: Observer) -> None:
        """Report every request to `observer` from now on: see `Observer`."""
        self._exchange.observe = observer

    async def close(self) -> None:
        """Give connections back."""
        await self._exchange.close()

    async def probe(self) -> None:
        """Run Entra's Test Connection: a filter on a random userName must answer an empty list.

        Raises WrongService with a reason that says what is wrong, Unauthorized, or what keeps the service away.
        """
        name = f"scim-operator-probe-{self._random.getrandbits(64):016x}"
        if not self._may_filter(ResourceType.USER, _USER_NAME):
            await self._page(list_request(ResourceType.USER, start=1, count=1))
            return
        try:
            page = await self._page(list_request(ResourceType.USER, start=1, count=1, filter=equals(_USER_NAME, name)))
        except Rejected as error:
            self._learn_unfilterable(ResourceType.USER, _USER_NAME, error)
            await self.probe()
            return
        if page.resources or page.total:
            raise _filter_ignored()

    async def discover(self) -> None:
        """Read the ServiceProviderConfig, where the profile expects one; that it is absent or odd means nothing."""
        if not self._profile.discovery:
            return
        try:
            content = reading.parse((await self._send(PROVIDER_CONFIG)).body, at_most=reading.LARGEST_NOTE)
        except (TerminalError, DependencyNotReady, Unavailable, Unreadable):
            return
        self._settings.discovered = read_provider_config(content, page_size=self._profile.capabilities.page_size)
        self._capabilities = self._settings.in_force()

    async def pages(self, type: ResourceType) -> AsyncIterator[Page]:
        """List all resources of a type, each once. Raises IncompleteListing at the end unless the listing is complete.

        So nothing may be concluded from what is missing before the iteration has ended without an error (promise S10).
        """
        memory = self._memory
        if memory is None:
            async for page in self._list(type):
                yield page
            return
        try:
            async for page in self._list(type, memory):
                yield page
            memory.keep(type)
        finally:
            memory.give_up(type)

    async def find(self, type: ResourceType, attribute: str, value: str) -> list[Document]:
        """Return the resources whose `attribute`, a SCIM path, equals `value` by the attribute's own rules; [] if none.

        Where the service cannot filter by it, everything is listed and searched. Raises as `pages` does.
        """
        path = parse(attribute)
        if not self._may_filter(type, path):
            return await self._search(type, path, value)
        try:
            hits, others = await self._hits(type, path, value, equals(path, value))
        except Rejected as error:
            self._learn_unfilterable(type, path, error)
            return await self._search(type, path, value)
        if others > 1:  # one may be a service's own idea of case; several are no answer to a filter
            self._not_filterable.add((type, path))
        return hits

    async def get(self, type: ResourceType, id: str) -> Document | None:
        """Return one resource; None when the service has none of that id."""
        try:
            response = await self._send(get_request(type, id))
        except ResourceGone:
            return None
        document = await _off_loop(read_resource, response)
        if document is None:
            raise Unavailable("The service answered a read with an empty body.", status=response.status)
        if document.setdefault("id", id) != id:
            raise Unavailable("The service answered a read of one resource with another.", status=response.status)
        return document

    async def write(self, request: Request, version: str | None = None) -> Document | None:
        """Send POST, PUT or PATCH; return the resource as the service returns it, None when it returns no body.

        `version` is what the request was made from, for If-Match. Raises Rejected (status 409 when a value is taken),
        Unreachable with `sent` when what was to be created may exist now (find it before creating again, promise
        S2), ResourceGone, PreconditionFailed when `version` moved, PatchUnsupported and RequestTooLarge (plan again).
        """
        return await self._written(replace(request, version=self._if_match(version)))

    async def delete(self, request: Request) -> bool:
        """Send DELETE; return False when the resource was already gone."""
        try:
            refuse_web_page(await self._send(request))
        except ResourceGone:
            return False
        return True

    async def _send(self, request: Request) -> Response:
        try:
            return await self._exchange.send(request)
        except PatchUnsupported as error:
            self._learn("patch", False, error)  # noqa: FBT003 - a capability's value
            raise
        except RequestTooLarge as error:
            self._learn_chunk(request, error)
            raise

    async def _written(self, request: Request) -> Document | None:
        """Return the resource in the answer to a write; None without one, and where it is another than meant."""
        document, id = await _off_loop(read_resource, await self._send(request)), request.id
        return None if document and id and document.get("id", id) != id else document

    async def _page(self, request: Request, most: int | None = None) -> Page:
        """Return one page of at most `most` resources, read a second time if it is broken."""
        for last in (False, True):
            try:
                return await _off_loop(read_page, await self._send(request), most)
            except IncompleteListing as error:
                if last or isinstance(error, Oversized):
                    raise
        raise AssertionError("the second reading returns or raises")

    async def _list(self, type: ResourceType, memory: Share | None = None, filter: str = "") -> AsyncIterator[Page]:
        """Yield pages of resources that no page before held, over as many passes as it takes to be complete."""
        known: set[str] = set()
        gap, kept = "", 0
        for _ in range(PASSES):
            listing = Listing(known, self._bounds)
            while not listing.finished:
                count = self._capabilities.page_size
                page = await self._page(list_request(type, start=listing.start, count=count, filter=filter), count)
                fresh = listing.accept(page)
                kept += weight(page) if fresh else 0
                if memory is not None:
                    memory.read(type, kept)
                total = page.total
                del page  # which the next one need not share the memory with
                yield Page(fresh, total)
            gap = listing.gap
            if not gap:
                return
        raise IncompleteListing(f"The listing of {type.endpoint} is incomplete: {gap}. It is read again later.")

    async def _search(self, type: ResourceType, path: AttributePath, value: str) -> list[Document]:
        return (await self._hits(type, path, value))[0]

    async def _hits(
        self, type: ResourceType, path: AttributePath, value: str, filter: str = ""
    ) -> tuple[list[Document], int]:
        """Return at most `HITS` resources that have the value, and how many were listed that do not."""
        hits: list[Document] = []
        others = 0
        async for page in self._list(type, filter=filter):
            fitting = [resource for resource in page.resources if matches(resource, path, value)]
            others += len(page.resources) - len(fitting)
            hits += fitting[: HITS - len(hits)]
        return hits, others

    def _if_match(self, version: str | None) -> str | None:
        return version if self._capabilities.etag else None

    def _may_filter(self, type: ResourceType, path: AttributePath) -> bool:
        return self._capabilities.filter and (type, path) not in self._not_filterable

    def _learn_unfilterable(self, type: ResourceType, path: AttributePath, error: Rejected) -> None:
        """Remember that a filter was refused; raises the refusal when it was about something else."""
        if error.status not in {400, 501}:
            raise error
        if error.status == 501 or path in _NATURAL_KEYS:
            self._learn("filter", False, error)  # noqa: FBT003 - a capability's value
        else:
            self._not_filterable.add((type, path))

    def _learn_chunk(self, request: Request, error: RequestTooLarge) -> None:
        """Halve what was too large; a PUT carries a group whole, and one member is as small as it gets.

        When even one is too much, it is the group that is full, and requests for others need not stay small.
        """
        members = members_in(request)
        if members <= 1 or request.method is Method.PUT:
            self._settings.unlearn("member_chunk")
            self._capabilities = self._settings.in_force()
            raise Rejected(f"{error} It cannot be made smaller.", status=413) from error
        if members // 2 < self._capabilities.member_chunk:
            self._learn("member_chunk", members // 2, error)

    def _learn(self, name: str, value: object, error: Exception) -> None:
        """Put what was learned in force; raises Rejected where the config insists on something else."""
        if not self._settings.learn(name, value):
            raise Rejected(
                f"{error} The config insists on it: remove spec.service.capabilities.{camel(name)}.",
                status=getattr(error, "status", 0),
            ) from error
        self._capabilities = self._settings.in_force()


async def _off_loop(read: Callable[..., Read], response: Response, *more: object) -> Read:
    """Read an answer, a large one in a thread of its own, so that other tasks go on meanwhile."""
    if len(response.body) <= LIGHT:
        return read(response, *more)
    found = await asyncio.to_thread(_outcome, read, response, *more)
    if isinstance(found, ScimOperatorError):
        del response
        raise found
    return found


def _outcome(read: Callable[..., Read], *about: object) -> Read | ScimOperatorError:
    """Return what reading gives, or its error without the trace, which would keep the whole answer in memory."""
    try:
        return read(*about)
    except ScimOperatorError as error:
        error.__traceback__ = error.__cause__ = error.__context__ = None
        return error


def _filter_ignored() -> WrongService:
    return WrongService(
        "The service answers a filter that nothing can match with users, so it ignores filters: check "
        "spec.service.url, or set spec.service.capabilities.filter to false if this is the right service.",
        reason=WrongServiceReason.FILTER_IGNORED,
    )
