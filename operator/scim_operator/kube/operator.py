"""The operator as a whole: its start, its health and its shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.errors import TransientError
from scim_operator.kube.client import KubeClient
from scim_operator.kube.health import health_app, serving
from scim_operator.kube.parts import assemble
from scim_operator.observability.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.kube.parts import JobPorts, OperatorSettings, Parts, Supervisor
    from scim_operator.kube.reflector import Reflector

logger = logging.getLogger(__name__)

WATCHDOG_SECONDS = 5.0


class ApiServerLost(TransientError):  # noqa: N818 - the name reads as the reason
    """The API server was silent for so long that a fresh process, perhaps on another node, is the better bet."""

    reason = "ApiServerLost"


class Operator:
    """Runs the parts until one ends, and shuts them down."""

    def __init__(self, settings: OperatorSettings, parts: Parts, metrics: Metrics) -> None:
        self._settings = settings
        self._parts = parts
        self._metrics = metrics
        self._show_watch_ages()

    async def run(self, stop: asyncio.Event, on_listening: Callable[[int], None] = lambda port: None) -> None:
        """Work until `stop` is set. Raises ApiServerLost, or the error that ended a part which should never end."""
        app = health_app(self._metrics, alive=self.alive, ready=self.ready)
        async with serving(app, self._settings.listen) as port:
            on_listening(port)
            logger.info("Started; watching %s.", ", ".join(self._settings.namespaces) or "all namespaces")
            tasks = self._start(stop)
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                await self._shut_down(tasks)

    def alive(self) -> list[str]:
        """Return the problems that a restart of this process may fix: silent watches, and jobs that are overdue."""
        limit = self._settings.silence_limit
        silent = [_silence(r) for r in self._parts.feed.reflectors if r.silent_for > limit]
        return [*silent, *self._parts.jobs.problems()]

    def ready(self) -> list[str]:
        """Return the problems that keep the operator from working."""
        unsynced = [_unsynced(r) for r in self._parts.feed.reflectors if not r.pulse.synced]
        unsynced += filter(None, [self._parts.leases.problem])
        if self._parts.desk.book.complete:
            return unsynced
        return [*unsynced, self._parts.roll_call.problem or "The ProvisioningConfigs are not listed yet."]

    def _start(self, stop: asyncio.Event) -> list[asyncio.Task[object]]:
        parts = {
            "stop": stop.wait(),
            "feed": self._parts.feed.run(),
            "roll call": self._parts.key.before(self._parts.roll_call.run),
            "kopf": self._parts.key.before(self._parts.kopf.run),
            "orphans": self._parts.orphanage.run(),
            "leases": self._parts.leases.run(),
            "events": self._parts.events.run(),
            "rights": self._parts.rights.run(),
            "watchdog": self._watch_over(),
        }
        if self._parts.log:
            parts["log"] = self._parts.key.before(self._parts.log.run)
        return [asyncio.create_task(part, name=name) for name, part in parts.items()]

    async def _shut_down(self, tasks: list[asyncio.Task[object]]) -> None:
        # Jobs first: what they have in flight still needs the writer, and their last status the client. Before that,
        # whoever is to go on is told to get ready, while all is still served that has begun.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.stop_limit):
                await self._parts.leases.announce()
                await self._parts.desk.close()
                await self._parts.jobs.stop()
                await self._parts.leases.release()
                await self._parts.events.drain()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        logger.info("Stopped.")

    async def _watch_over(self) -> None:
        while True:
            await asyncio.sleep(min(WATCHDOG_SECONDS, self._settings.give_up / 4))
            age = min(reflector.last_event_age for reflector in self._parts.feed.reflectors)
            if age > self._settings.give_up:
                problems = {r.pulse.problem for r in self._parts.feed.reflectors if r.pulse.problem}
                raise ApiServerLost(f"The API server has sent nothing for {age:.0f} s. {' '.join(sorted(problems))}")

    def _show_watch_ages(self) -> None:
        for reflector in self._parts.feed.reflectors:
            plural, namespace = reflector.target.resource.plural, reflector.namespace or ""
            self._metrics.watch_age(plural, namespace, partial(_age, reflector))


def _age(reflector: Reflector) -> float:
    return reflector.last_event_age


def _silence(reflector: Reflector) -> str:
    return f"The watch on {reflector.target} has been silent for {reflector.silent_for:.0f} s."


def _unsynced(reflector: Reflector) -> str:
    return f"{reflector.target} are not listed yet. {reflector.pulse.problem}".strip()


async def run_operator(
    settings: OperatorSettings,
    stop: asyncio.Event,
    make_jobs: Callable[[JobPorts], Supervisor],
    on_listening: Callable[[int], None] = lambda port: None,
    metrics: Metrics | None = None,
) -> None:
    """Run the operator until `stop` is set; raises ApiServerLost when the API server stays away too long."""
    metrics = metrics or Metrics()
    async with KubeClient(settings.credentials, on_answer=metrics.api_request) as client:
        parts = assemble(settings, client, metrics, make_jobs)
        await Operator(settings, parts, metrics).run(stop, on_listening)
