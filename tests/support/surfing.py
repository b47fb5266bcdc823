"""A real Chromium in front of the console: pages as people see them, and what a browser refuses on the way."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright

from tests.support.visitor import visiting
from tests.support.waiting import HANG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from scim_operator.console.source import Source
    from tools.browser.found import Browser

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")
"""A folder to which the screenshots of the docs are written, "" for none."""
_VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


class Surfer:
    """One browser window that has entered a console. `complaints` are errors, dialogs and requests to others."""

    def __init__(self, page: Page, base: str, axe: Path) -> None:
        self.page = page
        self.base = base
        self.complaints: list[str] = []
        self._axe = axe.read_text()
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(self.base):
            self.complaints.append(f"request: {request.url}")

    async def open(self, path: str) -> None:
        """Open a page, and wait until it has all of its parts."""
        await self.page.goto(self.base + path)
        await self.settled()

    async def settled(self) -> None:
        """Wait until what a page asks for after its load is there."""
        await self.page.wait_for_function("() => !document.querySelector('.htmx-request, [hx-trigger=load] > p')")

    async def barriers(self) -> list[str]:
        """What keeps people out, as axe finds it."""
        await self.page.evaluate(self._axe)  # by the debugger, which no policy of the page concerns
        found = await self.page.evaluate("async () => (await axe.run(document)).violations")
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]

    async def refusals(self) -> list[str]:
        """What the page's policy has refused."""
        found: list[str] = await self.page.evaluate("() => window.violations")
        return found

    async def is_too_wide(self) -> bool:
        """Whether the page as a whole scrolls sideways."""
        wide: bool = await self.page.evaluate(
            "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide

    async def picture(self, name: str) -> None:
        """Take a screenshot for the docs, where they are made."""
        if SCREENSHOTS:
            await self.page.screenshot(path=Path(SCREENSHOTS) / f"console-{name}.png")


@asynccontextmanager
async def surfing(source: Source, browser: Browser, **context: Any) -> AsyncIterator[Surfer]:
    """A console over a source, entered by the address that the command prints. `context` is Playwright's."""
    async with (
        visiting(source, enters=False) as visitor,
        opened(browser, f"{visitor.base}/?token={visitor.gate.token}", **context) as surfer,
    ):
        yield surfer


@asynccontextmanager
async def opened(browser: Browser, address: str, **context: Any) -> AsyncIterator[Surfer]:
    """A browser that has opened the address of a console, with its token."""
    base, _, path = address.partition("/?")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=browser.command,
            env={**os.environ, **browser.environment},
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        try:
            page = await launched.new_page(**{"viewport": {"width": 1280, "height": 800}, **context})
            page.set_default_timeout(HANG * 1000)
            await page.add_init_script(_VIOLATIONS)
            surfer = Surfer(page, base, browser.axe)
            await surfer.open(f"/?{path}")
            yield surfer
        finally:
            await launched.close()
