"""Which namespaces are watched where labels choose them: the operator begins afresh whenever these change.

All parts of the operator are made for the namespaces that they watch, and the Leases, jobs and watches of a namespace
that is not chosen any more must end. A shutdown does all of that in good order, so that is what happens (ADR 0033).
"""

from __future__ import annotations

import asyncio
import logging
import random
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.errors import Rejected, ScimOperatorError
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.health import health_app, serving
from scim_operator.kube.resources import NAMESPACES
from scim_operator.observability.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from scim_operator.kube.credentials import Credentials

    Serve = Callable[[tuple[str, ...], asyncio.Event], Awaitable[None]]

logger = logging.getLogger(__name__)

FORM = "Write it as kubectl's --selector takes it, such as tier=prod,team!=test."
LOOK_SECONDS = 5.0
"""Between two looks. A change counts once two looks in a row show the same: they often come several at a time."""


class Selection:
    """The namespaces that a label selector chooses, in kubectl's form (`tier=prod,team in (a, b)`)."""

    def __init__(self, client: KubeClient, selector: str, *, pause: float = LOOK_SECONDS) -> None:
        self._client = client
        self._selector = selector
        self._pause = pause
        self.problem = "The namespaces are not listed yet."

    async def first(self) -> tuple[str, ...]:
        """Return the namespaces as soon as they can be listed. Raises Rejected where the selector is none."""
        while (found := await self._look()) is None:
            await self._sleep()
        return found

    async def after(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """Return the namespaces once they are others than those known, and have been so for two looks."""
        self.problem = ""
        before: tuple[str, ...] | None = known
        while True:
            await self._sleep()
            found = await self._look()
            if found is not None:
                self.problem = ""
                if found == before != known:
                    return found
            before = found

    async def _look(self) -> tuple[str, ...] | None:
        """Return the namespaces that are chosen now, in order; None where they cannot be listed."""
        try:
            page = await self._client.page(Target(NAMESPACES, None), limit=0, label=self._selector)
        except Rejected as error:
            raise Rejected(f"--namespace-selector: {error} {FORM}", status=error.status) from error
        except ScimOperatorError as error:
            self._complain(str(error))
            return None
        return tuple(sorted(each["metadata"]["name"] for each in page.items))

    def _complain(self, problem: str) -> None:
        if problem != self.problem:
            logger.warning("%s The namespaces stay as they are until they can be listed.", problem)
        self.problem = problem

    async def _sleep(self) -> None:
        await asyncio.sleep(self._pause * random.uniform(0.75, 1.0))  # noqa: S311 - no secret


async def run_selected(
    credentials: Credentials,
    selector: str,
    stop: asyncio.Event,
    *,
    listen: str,
    serve: Serve,
    pause: float = LOOK_SECONDS,
) -> None:
    """Serve the namespaces that the labels choose, until `stop` is set.

    `serve` is called for each set of namespaces, one call after the other, and returns when its event is set. Where no
    namespace is chosen, or none can be listed yet, the probes are answered at `listen`, and no more is done.
    Raises Rejected where the API server does not take the selector, and what `serve` raises.
    """
    async with KubeClient(credentials) as client:
        selection = Selection(client, selector, pause=pause)

        async def idle(_: tuple[str, ...], ended: asyncio.Event) -> None:
            app = health_app(Metrics(), alive=list, ready=lambda: list(filter(None, [selection.problem])))
            async with serving(app, listen):
                await ended.wait()

        chosen: tuple[str, ...] | None = ()
        following = selection.first()
        while chosen is not None:
            chosen = await _until_others(following, stop, partial(serve if chosen else idle, chosen))
            if chosen is not None:
                logger.info("The labels choose %s.", ", ".join(chosen) or "no namespace")
                following = selection.after(chosen)


async def _until_others(
    following: Coroutine[None, None, tuple[str, ...]],
    stop: asyncio.Event,
    serve: Callable[[asyncio.Event], Awaitable[None]],
) -> tuple[str, ...] | None:
    """Serve until other namespaces are chosen; return these, or None where the operator is to stop."""
    ended = asyncio.Event()
    coming, stopped = asyncio.ensure_future(following), asyncio.ensure_future(stop.wait())
    for task in (coming, stopped):
        task.add_done_callback(lambda _: ended.set())
    try:
        await serve(ended)
    finally:
        for task in (coming, stopped):
            task.cancel()
        await asyncio.wait((coming, stopped))
    return None if stop.is_set() else coming.result()
