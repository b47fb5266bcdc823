"""What the handlers of all pages share: the source, the frame, and how an address says what is asked."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web

from scim_operator.console.pages.frame import Frame
from scim_operator.console.source import config_key
from scim_operator.core.keys import ConfigKey
from scim_operator.errors import DependencyNotReady
from scim_operator.review.access.ways import Ways

if TYPE_CHECKING:
    from scim_operator.console.source import Manifest, Source


_NAMESPACE = re.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


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

    def ways(self, namespace: str) -> Ways:
        """Return the ways by which groups of a namespace come to users, as they are now."""
        return Ways(self.source.manifests(namespace), datetime.now(UTC))

    async def names(self, namespace: str = "") -> list[str]:
        """Return the names of the configs, each once: of a namespace, or of all."""
        keys = map(config_key, await self.source.configs())
        return sorted({key.name for key in keys if namespace in {"", key.namespace}})

    async def namespaces(self) -> list[str]:
        """Return the namespaces to choose from, none where there is one."""
        if self.source.home:
            return []
        configured = {config_key(config).namespace for config in await self.source.configs()}
        return sorted(configured.union(self.source.people.namespaces()))

    def namespace(self, request: web.Request) -> str:
        """Return the namespace that an address names, or the one there is. Raises Absent, where it names none."""
        given = request.query.get("namespace", "") or self.source.home
        if not _NAMESPACE.fullmatch(given):
            raise Absent("The address names no namespace; go there from the list.")
        return given

    async def config(self, request: web.Request) -> Manifest:
        """Return the config that an address names. Raises Absent."""
        key = ConfigKey(self.namespace(request), request.match_info["config"])
        found = [each for each in await self.source.configs() if config_key(each) == key]
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
