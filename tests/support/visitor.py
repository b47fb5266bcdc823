"""A visitor of the console's pages: a real server on loopback, and an HTTP client with or without the cookie."""

from __future__ import annotations

import html
import re
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp

from scim_operator.console.server import listening, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scim_operator.console.gate import Gate
    from scim_operator.console.source import Source


class Answer:
    """What came back: status, headers and text."""

    def __init__(self, status: int, headers: Any, text: str) -> None:
        self.status = status
        self.headers = headers
        self.text = text

    @property
    def seen(self) -> str:
        """What a person reads: the text without its elements."""
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", self.text)))

    @property
    def elements(self) -> list[tuple[str, dict[str, str | None]]]:
        """All elements with their attributes, as a browser reads them."""
        parser = _Parser()
        parser.feed(self.text)
        return parser.found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


class Visitor:
    """Asks one console. `gate` is the console's own."""

    def __init__(self, gate: Gate, session: aiohttp.ClientSession) -> None:
        self.gate = gate
        self.host = f"127.0.0.1:{gate.port}"
        self.base = f"http://{self.host}"
        self._session = session

    @staticmethod
    def quoted(text: str) -> str:
        return quote(text, safe="")

    async def get(self, path: str, **headers: str) -> Answer:
        return await self._ask("GET", path, headers)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        return await self._ask("POST", path, headers, fields)

    async def submit(self, path: str, **fields: str) -> Answer:
        """Submit a form as a page of ours does."""
        return await self.post(path, {"csrf": self.gate.csrf, **fields}, Origin=self.base)

    async def enter(self) -> Answer:
        """Open the address that the command prints."""
        return await self.get(f"/?token={self.gate.token}")

    @asynccontextmanager
    async def streaming(self, path: str) -> AsyncIterator[aiohttp.StreamReader]:
        """The body of an answer that goes on."""
        async with self._session.get(self.base + path) as response:
            yield response.content

    async def _ask(self, method: str, path: str, headers: dict[str, str], data: Any = None) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = self.base + path
        async with self._session.request(method, url, headers=named, data=data, allow_redirects=False) as response:
            return Answer(response.status, response.headers, await response.text())


@asynccontextmanager
async def visiting(source: Source, *, enters: bool = True) -> AsyncIterator[Visitor]:
    """A console over a source, and a visitor who has entered it by the printed address, or not."""
    async with (
        serving(source, listening("127.0.0.1", 0)) as gate,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        visitor = Visitor(gate, session)
        if enters:
            await visitor.enter()
        yield visitor
