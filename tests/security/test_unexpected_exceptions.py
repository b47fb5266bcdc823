"""Whatever nobody foresaw is the trouble of one object or config: seen, counted, tried again, and nobody else's."""

from __future__ import annotations

import asyncio
import logging
import random
import re
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from scim_operator.cli import LazyGroup
from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.core.records.record import record_of
from scim_operator.core.unexpected import unexpected
from scim_operator.job.connection.credentials import token_source
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.kube.feed import Feed
from scim_operator.kube.reflector import Replaced, records_of
from scim_operator.observability.metrics import Metrics
from scim_operator.scim.connect import client_over
from scim_operator.scim.transport import AiohttpTransport
from scim_operator.scim.url import service_url
from tests.support.lists import NAMESPACE, Lists, served
from tests.support.rig import KEY, rig
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.protocol import Request, Response
    from tests.support.rig import Rig

SECRET = "Ada Lovelace's salary"


class BrokenNetwork:
    """A network library that fails for some requests in a way that nobody foresaw."""

    around = None

    def __init__(self, breaks: Callable[[Request], bool]) -> None:
        self.breaks = breaks

    def connector(self, clock: Any) -> Callable[..., Any]:
        async def connect(settings: Any, secret_reader: Any) -> ScimClient:
            spec = settings.spec.service
            self._inner = AiohttpTransport(
                service_url(spec.url, allow_insecure=True), connections=8, allow_loopback=True
            )
            token = token_source(secret_reader, settings, ca_bundle=None, clock=clock)
            return client_over(self, spec, token, clock=clock, random=random.Random(1))

        return connect

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        if self.breaks(request):
            raise LookupError(SECRET)
        return await self._inner.send(request, headers)

    async def close(self) -> None:
        await self._inner.close()


def counted(r: Rig) -> float:
    return r.metrics.registry.get_sample_value("scim_internal_errors_total", {"config": str(KEY)}) or 0.0


async def test_an_exception_at_one_object_is_its_condition_and_no_one_elses(caplog) -> None:
    async with rig(haste=20) as r:
        for name in ("ada", "grace", "linus"):
            r.user(name)
        r.group("all", ["ada", "grace", "linus"])
        network = BrokenNetwork(lambda request: request.method == "POST" and "grace" in str(request.body))
        with caplog.at_level(logging.ERROR):
            await r.start(network)  # type: ignore[arg-type]
            await r.until(lambda: r.members("all") == {"ada", "linus"})
            await r.until(lambda: r.reason("grace") == "InternalError")
            await r.until(lambda: r.condition("Ready") == ("False", "ObjectsFailed"))
        assert r.status["totals"]["failed"] == 1
        assert {"reason": "InternalError", "count": 1} in r.status["failures"]
        assert counted(r) >= 1
        reference = re.search(r"\(LookupError, reference ([0-9a-f]{8})\)", r.message("grace"))
        assert reference
        assert reference[1] in caplog.text
        assert SECRET not in caplog.text + str(r.status) + r.message("grace")
        network.breaks = lambda _: False
        await r.until(lambda: r.reason("grace") == "Provisioned" and r.members("all") == {"ada", "grace", "linus"}, 30)
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"), 30)


async def test_an_exception_at_a_config_is_its_condition_and_it_begins_again() -> None:
    async with rig(haste=20) as r:
        r.user("ada")
        broken = True
        network = BrokenNetwork(lambda request: broken and request.path == "/Groups")
        await r.start(network)  # type: ignore[arg-type]
        await r.until(lambda: r.condition("Ready") == ("False", "InternalError"))
        before = counted(r)
        await r.until(lambda: counted(r) > before)
        broken = False
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"), 30)
        assert r.at_service("ada")


async def test_a_manifest_that_breaks_the_planning_stops_no_sweep() -> None:
    """It was stored under a CRD that asked for less: a name that is none breaks whatever looks it up."""
    async with rig(haste=20) as r:
        r.user("ada")
        r.user("mallory", manager={"userRef": {"name": ["ada"]}})
        r.group("all", ["ada"])
        await r.start()
        await r.until(lambda: r.members("all") == {"ada"})
        await r.until(lambda: r.reason("mallory") == "InternalError")
        await r.until(lambda: r.condition("Ready") == ("False", "ObjectsFailed"))
        assert r.reason("ada") == "Provisioned"
        assert counted(r)
        await r.sweep()
        await r.pass_time(120)
        assert r.reason("mallory") == "InternalError", "it is the same manifest"
        assert not r.at_service("mallory")
        r.user("mallory", manager={"userRef": {"name": "ada"}})
        await r.until(lambda: r.reason("mallory") == "Provisioned", 30)


async def test_nor_does_it_when_it_has_failed_often() -> None:
    """It is tried again with growing pauses, and neither the config nor anyone else is concerned."""
    async with rig(haste=120) as r:
        r.user("mallory", manager={"userRef": {"name": ["ada"]}})
        await r.start()
        await r.until(lambda: r.reason("mallory") == "InternalError")
        key, session = ObjectKey(Kind.USER, r.key.namespace, "mallory"), r.job.session
        await r.until(lambda: session.lasts(key))
        await r.pass_time(60)
        assert r.job.session is session
        assert r.condition("Ready") == ("False", "ObjectsFailed")


async def test_a_list_of_services_that_holds_something_else_breaks_nothing() -> None:
    async with rig(haste=20) as r:
        r.user("mallory")
        r.cluster.forge_status(Kind.USER, "mallory", {"services": [5]})
        await r.start()
        await r.until(lambda: r.reason("mallory") == "Provisioned")
        await r.sweep()
        assert counted(r) == 0


@pytest.mark.parametrize(
    "forged",
    [
        {"id": ["a list"], "applied": 5, "members": {"a": 1}, "conditions": "text"},
        {"id": 7, "reformatted": [5, {"path": 1}], "pendingMembers": [None], "conditions": [{}, 5]},
        {"id": "", "conditions": [{"type": "Ready", "reason": 5, "message": [], "observedGeneration": "x"}]},
    ],
)
async def test_an_entry_of_a_status_that_holds_something_else_is_as_if_it_held_nothing(forged) -> None:
    async with rig() as r:
        r.user("ada")
        r.cluster.forge_status(Kind.USER, "ada", {"services": [{"config": KEY.name, **forged}]})
        await r.start()
        await r.until(lambda: r.reason("ada") == "Provisioned")
        assert counted(r) == 0


async def test_a_record_that_cannot_be_taken_in_ends_no_feed() -> None:
    taken: list[str] = []

    class BrokenDirectory:
        def putting(self, record: Any) -> Any:
            taken.append(record.key.name)
            if record.key.name == "mallory":
                raise RecursionError(SECRET)
            return iter(())

        def replacing(self, *_: Any) -> Any:
            return iter(())

    metrics, lists = Metrics(), Lists()
    for name in ("mallory", "ada"):
        manifest = {"metadata": {"name": name, "resourceVersion": "2"}, "spec": {"userName": name}}
        lists.events.append({"type": "ADDED", "object": served(manifest)})
    async with lists.running() as client:
        feed = Feed(client, [NAMESPACE], BrokenDirectory(), metrics=metrics)  # type: ignore[arg-type]
        running = asyncio.create_task(feed.run())
        await until(lambda: {"mallory", "ada"} <= {*taken})
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert (metrics.registry.get_sample_value("scim_internal_errors_total", {"config": ""}) or 0) >= 1


async def test_a_manifest_that_cannot_be_read_any_more_is_not_gone(caplog) -> None:
    def manifest(name: str, **spec: Any) -> dict[str, Any]:
        metadata = {"namespace": "n", "name": name, "uid": name, "generation": 1, "resourceVersion": "1"}
        return {"metadata": metadata, "spec": {"userName": name, **spec}}

    directory, metrics = Namespaces(), Metrics()
    feed = Feed(None, [], directory, metrics=metrics)  # type: ignore[arg-type]
    first = tuple(record_of(Kind.USER, manifest(name)) for name in ("ada", "grace"))
    await feed.apply(Replaced(Kind.USER, None, first))
    unread: set[ObjectKey] = set()
    again = tuple(records_of(Kind.USER, [manifest("ada", notBefore=5), manifest("linus")], unread))
    await feed.apply(Replaced(Kind.USER, None, again, frozenset(unread)))
    assert sorted(record.key.name for record in directory.namespace("n").records(Kind.USER)) == ["ada", "linus"]
    assert metrics.registry.get_sample_value("scim_internal_errors_total", {"config": ""}) == 1
    assert "ada cannot be read" in caplog.text


def test_a_command_ends_with_a_reference_and_an_exit_status() -> None:
    class Group(LazyGroup):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            def run() -> None:
                raise KeyError(SECRET)

            return click.Command(cmd_name, callback=run)

    done = CliRunner().invoke(Group(name="scim-operator"), ["plan"])
    assert done.exit_code == 1
    assert re.search(r"KeyError, reference [0-9a-f]{8}", done.output)
    assert SECRET not in done.output
    assert not isinstance(done.exception, KeyError)


@pytest.mark.parametrize("depth", [0, 5, 200])
def test_the_reference_is_the_same_each_time(depth) -> None:
    def fail(left: int) -> None:
        if left:
            fail(left - 1)
        raise ValueError(SECRET, random.random())

    def named() -> str:
        try:
            fail(depth)
        except ValueError as error:
            return str(unexpected(error))
        return ""

    first, second = named(), named()
    assert first == second
    assert SECRET not in first


def test_the_counter_of_a_config_that_is_gone_ends() -> None:
    metrics = Metrics()
    metrics.internal_error(ConfigKey("a", "b"))
    metrics.forget(ConfigKey("a", "b"))
    assert b'config="a/b"' not in metrics.render()
