"""kopf, in a thread and an event loop of its own, restarted in place whenever an API fault ends it.

A thread, because kopf ends by cancelling every task of its loop that began after it did: the jobs would go with it.
Outside the main thread it sets no signal handlers either, and the stop is ours to lead.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import random
import threading
from typing import TYPE_CHECKING, Any

import kopf

from scim_operator.core.backoff import Backoff
from scim_operator.kube.credentials import Authorization, Credentials
from scim_operator.kube.reflector import SILENCE
from scim_operator.kube.resources import CONFIGS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from scim_operator.kube.client import Manifest

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
STEADY = 300.0
"""Seconds of running after which the next end counts as the first again."""
GOODBYE_SECONDS = 0.1
"""For the TLS goodbye of the watches that kopf left, which it does not wait for itself."""
STOP_SECONDS = 10.0
"""Seconds to wait for its end when the operator stops: it holds nothing that would be lost."""


class _NoDiffBase(kopf.DiffBaseStorage):
    """Keeps nothing: only on.event is used, and an annotation would put a second copy of the spec into each object."""

    def fetch(self, **_: object) -> None:
        return None

    def store(self, **_: object) -> None:
        return None


class _NoProgress(kopf.ProgressStorage):
    """Keeps nothing: on.event has no progress."""

    def fetch(self, **_: object) -> None:
        return None

    def store(self, **_: object) -> None:
        return None

    def purge(self, **_: object) -> None:
        return None

    def touch(self, **_: object) -> None:
        return None

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        return essence


def kopf_settings() -> kopf.OperatorSettings:
    """Return settings under which kopf only reads: no peering, no CRD or namespace scans, no annotations, no Events."""
    settings = kopf.OperatorSettings()
    settings.peering.standalone = True
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = _NoDiffBase()
    settings.persistence.progress_storage = _NoProgress()
    # kopf removes the finalizer of this name where no handler needs it: it must not be ours.
    settings.persistence.finalizer = "scim-operator.io/unused-by-kopf"
    settings.queueing.idle_timeout = 0.05
    settings.watching.inactivity_timeout = SILENCE
    settings.networking.enforce_retry_after = True
    # kopf would kill the whole process ten minutes after it was asked to stop.
    settings.process.ultimate_exiting_timeout = None
    return settings


class KopfThread:
    """Reports ProvisioningConfigs through `changed` and `deleted`, which run in the caller's event loop."""

    def __init__(
        self,
        credentials: Credentials,
        namespaces: Sequence[str],
        *,
        changed: Callable[[Manifest], Awaitable[None]],
        deleted: Callable[[Manifest], Awaitable[None]],
    ) -> None:
        self._credentials = credentials
        self._namespaces = namespaces
        self._changed = changed
        self._deleted = deleted
        self._home = asyncio.get_running_loop()
        self._stop: concurrent.futures.Future[None] = concurrent.futures.Future()

    def restart(self) -> None:
        """End the present run, so that the next one begins soon (kopf scans for CRDs only when it starts)."""
        _settle(self._stop)

    async def run(self) -> None:
        """Run kopf again and again, until cancelled."""
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while True:
            started = self._home.time()
            error = await self._once()
            if self._home.time() - started > STEADY:
                backoff.reset()
            if error:
                logger.warning("The watch on ProvisioningConfigs ended and starts again: %s", _brief(error))
            await asyncio.sleep(backoff.next() * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    async def _once(self) -> BaseException | None:
        stop = self._stop = concurrent.futures.Future()
        ended: asyncio.Future[BaseException | None] = self._home.create_future()
        # A daemon, because a run that does not end must not keep the process.
        thread = threading.Thread(target=self._main, args=(stop, ended), name="kopf", daemon=True)
        thread.start()
        try:
            return await asyncio.shield(ended)
        except asyncio.CancelledError:
            _settle(stop)
            await asyncio.wait([ended], timeout=STOP_SECONDS)
            raise

    def _main(self, stop: concurrent.futures.Future[None], ended: asyncio.Future[BaseException | None]) -> None:
        error: BaseException | None = None
        try:
            asyncio.run(self._operate(stop))
        except BaseException as caught:  # noqa: BLE001 - kopf is restarted after any error
            error = caught
        try:
            self._home.call_soon_threadsafe(_end, ended, error)
        except RuntimeError:
            logger.debug("kopf ended after the operator.")

    async def _operate(self, stop: concurrent.futures.Future[None]) -> None:
        await kopf.operator(
            registry=self._registry(),
            settings=kopf_settings(),
            clusterwide=not self._namespaces,
            namespaces=list(self._namespaces),
            # A flag of its own loop: for any other kopf waits in a thread, and its loop then never ends by itself.
            stop_flag=asyncio.wrap_future(stop),
            # Else kopf asks for the user's name, and a container's user has a number only. Its type is not exported.
            identity="scim-operator",  # type: ignore[arg-type]
        )
        await asyncio.sleep(GOODBYE_SECONDS)

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        authorization = Authorization(self._credentials)

        @kopf.on.login(registry=registry)
        async def login(**_: object) -> kopf.ConnectionInfo:
            # kopf asks only when it has no session that works, so what is kept of the token is out of date.
            authorization.forget()
            return connection_info(self._credentials, await authorization.token())

        @kopf.on.event(CONFIGS.group, CONFIGS.version, CONFIGS.plural, registry=registry)
        async def config_event(event: Mapping[str, Any], **_: object) -> None:
            await self._hand_over(event)

        return registry

    async def _hand_over(self, event: Mapping[str, Any]) -> None:
        handle = self._deleted if event["type"] == "DELETED" else self._changed

        async def at_home() -> None:
            await handle(event["object"])

        future = asyncio.run_coroutine_threadsafe(at_home(), self._home)
        # When kopf ends it cancels its handlers; a config that is being taken up must not be torn in the middle.
        await asyncio.shield(asyncio.wrap_future(future))


def connection_info(credentials: Credentials, token: str) -> kopf.ConnectionInfo:
    """Return the credentials in kopf's form."""
    return kopf.ConnectionInfo(
        server=credentials.server,
        ca_data=credentials.ca or None,
        insecure=credentials.insecure,
        username=credentials.username or None,
        password=credentials.password or None,
        token=token or None,
        certificate_data=credentials.certificate or None,
        private_key_data=credentials.private_key or None,
        default_namespace=credentials.namespace,
        proxy_url=credentials.proxy,
    )


def _settle(future: concurrent.futures.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _end(ended: asyncio.Future[BaseException | None], error: BaseException | None) -> None:
    if not ended.done():
        ended.set_result(error)


def _brief(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
