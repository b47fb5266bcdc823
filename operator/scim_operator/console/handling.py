"""What the handlers of all pages share: the source, the frame, and how an address says what is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web

from scim_operator.console.pages.frame import Frame
from scim_operator.errors import DependencyNotReady
from scim_operator.review.access.ways import Ways

if TYPE_CHECKING:
    from scim_operator.console.source import Manifest, Source


class Absent(DependencyNotReady):
    """There is nothing of that name."""


class Handling:
    """Handlers over one source. `csrf` is the secret of their forms."""

    def __init__(self, source: Source, csrf: str) -> None:
        self.source = source
        self._csrf = csrf

    def frame(self, current: str = "") -> Frame:
        """Return what stands around a page."""
        return Frame(self.source.place, current, self._csrf)

    def ways(self) -> Ways:
        """Return the ways by which groups come to users, as they are now."""
        return Ways(self.source.namespace, datetime.now(UTC))

    async def names(self) -> list[str]:
        """Return the names of the configs."""
        return [config["metadata"]["name"] for config in await self.source.configs()]

    async def config(self, request: web.Request) -> Manifest:
        """Return the config that an address names. Raises Absent."""
        name = request.match_info["config"]
        found = [each for each in await self.source.configs() if each["metadata"]["name"] == name]
        if not found:
            raise Absent("There is no ProvisioningConfig of that name; go back to the overview.")
        return found[0]


def html(text: str, status: int = 200) -> web.Response:
    """Return an answer that is a page, or a part of one."""
    return web.Response(text=text, status=status, content_type="text/html")


def begin_of(request: web.Request) -> int:
    """Return from which entry on a list is asked for; 0 for what is no number."""
    given = request.query.get("begin", "")
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 10 else 0


def is_part(request: web.Request) -> bool:
    """Return whether htmx asks, for a part of a page."""
    return "HX-Request" in request.headers
