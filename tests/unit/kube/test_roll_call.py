"""The roll call: what is said of the configs of one namespace when those of another cannot be listed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from scim_operator.kube.client import Forbidden, ListPage
from scim_operator.kube.configs import ConfigBook, ConfigDesk
from scim_operator.kube.roll_call import RollCall

if TYPE_CHECKING:
    from scim_operator.core.keys import ConfigKey
    from scim_operator.kube.client import KubeClient, Manifest, Target


class Server:
    """Lists the configs of its namespaces, save of those that are forbidden."""

    def __init__(self, **configs: list[str]) -> None:
        self.configs = configs
        self.forbidden: set[str] = set()
        self.asked, self.answer = asyncio.Event(), asyncio.Event()
        self.answer.set()
        self.version, self.lags = "1", 0
        """The version of all configs, and of how many a list that comes from a cache is behind."""
        self.reads: list[str] = []

    async def page(self, target: Target, *, limit: int) -> ListPage:
        place = target.namespace or ""
        if place in self.forbidden:
            raise Forbidden(f"provisioningconfigs of {place} may not be listed.")
        version = str(int(self.version) - self.lags)
        listed = ListPage([config(place, name, version=version) for name in self.configs[place]], "", version)
        self.asked.set()
        await self.answer.wait()  # what comes about meanwhile is not in the answer
        return listed

    async def get(self, target: Target) -> Manifest | None:
        self.reads.append(target.name)
        place = target.namespace or ""
        return config(place, target.name, version=self.version) if target.name in self.configs[place] else None


class Told:
    """What the jobs are told, in its order."""

    def __init__(self) -> None:
        self.reported: list[str] = []
        self.unlisted: list[tuple[str, ...]] = []

    async def configure(self, key: ConfigKey, manifest: Manifest) -> None:
        self.reported.append(f"+{key}")

    async def seen(self, key: ConfigKey, status: Any) -> None:
        """No other operator is looked for here."""

    def listed(self, place: str | None) -> None:
        self.reported.append(f"listed {place}")

    def called(self, unlisted: tuple[str, ...]) -> None:
        self.unlisted.append(unlisted)

    async def remove(self, key: ConfigKey) -> None:
        self.reported.append(f"-{key}")


def config(namespace: str, name: str, uid: str = "", version: str = "1") -> dict[str, Any]:
    """Return a config; each version has a spec of its own."""
    metadata = {"namespace": namespace, "name": name, "uid": uid or name, "resourceVersion": version}
    return {"metadata": {**metadata, "generation": int(version)}, "spec": {}}


async def test_a_namespace_that_cannot_be_listed_keeps_no_other_from_work() -> None:
    server, jobs, book = Server(one=["a"], two=["b"]), Told(), ConfigBook()
    desk = ConfigDesk(book, jobs, cover=lambda namespace: None)
    roll_call = RollCall(cast("KubeClient", server), ["one", "two"], desk, jobs)
    server.forbidden = {"one"}
    assert await roll_call.call() is False
    assert jobs.reported == ["+two/b", "listed two"]
    assert (book.complete, "of one" in roll_call.problem) == (False, True)
    assert jobs.unlisted == [("one",)], "whose configs there are is not known"
    server.forbidden = set()
    assert await roll_call.call() is True
    assert jobs.reported[2:] == ["+one/a", "listed one", "listed two"]
    assert (book.complete, roll_call.problem) == (True, "")
    server.forbidden, server.configs = {"one"}, {"one": [], "two": []}
    assert await roll_call.call() is False
    assert jobs.reported[5:] == ["-two/b", "listed two"], "what cannot be listed is not gone"
    assert jobs.unlisted[1:] == [(), ()], "what was listed once is known"


def desk_over(server: Server, jobs: Told, *places: str) -> tuple[ConfigDesk, RollCall]:
    desk = ConfigDesk(ConfigBook(), jobs, cover=lambda namespace: None)
    return desk, RollCall(cast("KubeClient", server), places, desk, jobs)


async def test_a_listing_takes_back_nothing_that_came_after_it_was_made() -> None:
    """kopf tells within milliseconds, and once: what a slow answer undoes would stay undone until the next minute."""
    server, jobs = Server(one=["kept", "left", "remade"]), Told()
    desk, roll_call = desk_over(server, jobs, "one")
    await roll_call.call()
    jobs.reported.clear()
    server.asked.clear()
    server.answer.clear()
    call = asyncio.create_task(roll_call.call())
    await server.asked.wait()
    await desk.changed(config("one", "came"))
    await desk.deleted(config("one", "left"))
    await desk.deleted(config("one", "remade"))
    await desk.changed(config("one", "remade", uid="another"))
    server.answer.set()
    assert await call
    assert jobs.reported == ["+one/came", "-one/left", "-one/remade", "+one/remade", "listed one"]


async def test_a_listing_takes_away_what_kopf_never_said_was_gone() -> None:
    server, jobs = Server(one=["kept", "left"]), Told()
    _desk, roll_call = desk_over(server, jobs, "one")
    await roll_call.call()
    server.configs = {"one": ["kept"]}
    assert await roll_call.call()
    assert jobs.reported == ["+one/kept", "+one/left", "listed one", "-one/left", "listed one"]


async def test_a_version_that_went_back_is_what_is() -> None:
    """So it is when etcd was restored: else neither the restored spec nor the restored status would ever be seen."""
    server, jobs = Server(one=["a"]), Told()
    server.version = "9"
    desk, roll_call = desk_over(server, jobs, "one")
    await roll_call.call()
    server.version = "4"
    await desk.changed(config("one", "a", version="4"))
    assert jobs.reported == ["+one/a", "listed one"], "an event may be late"
    assert await roll_call.call()
    assert jobs.reported[2:] == ["+one/a", "listed one"]
    assert await roll_call.call()
    assert (jobs.reported[4:], server.reads) == (["listed one"], ["a"]), "once"


async def test_a_list_that_lags_behind_is_not_what_is() -> None:
    server, jobs = Server(one=["a"]), Told()
    server.version = "9"
    _desk, roll_call = desk_over(server, jobs, "one")
    await roll_call.call()
    server.lags = 5
    assert await roll_call.call()
    assert jobs.reported == ["+one/a", "listed one", "listed one"]


async def test_what_came_after_a_list_was_made_is_newer_than_a_version_that_went_back() -> None:
    server, jobs = Server(one=["a"]), Told()
    server.version = "9"
    desk, roll_call = desk_over(server, jobs, "one")
    await roll_call.call()
    server.version = "4"
    server.asked.clear()
    server.answer.clear()
    call = asyncio.create_task(roll_call.call())
    await server.asked.wait()
    await desk.changed(config("one", "a", version="10"))
    server.answer.set()
    assert await call
    known = desk.book.of("one")
    assert [one.version for one in known.values()] == ["10"]
