"""A whole job at a hostile service: nothing that it sends is concluded from, and the config says why."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scim_operator.scim.protocol import Request, Response
from tests.support.liar import JSON, Liar
from tests.support.rig import KEY, rig

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.liar import Real


class Interceptor(Liar):
    """A service that answers some requests as `answers` says, and the others as the simulator does."""

    def __init__(self, answers: Callable[[Request], bytes | None]) -> None:
        super().__init__(self._answer)
        self.answers = answers

    async def _answer(self, request: Request, real: Real) -> Response:
        answer = self.answers(request)
        return await real() if answer is None else Response(200, JSON, answer)


def listing(request: Request) -> bool:
    return request.method == "GET" and request.path == "/Users" and not request.filter


PAGES = {
    "1.8 million entries": b'{"Resources":[' + b",".join([b'{"id":"12345"}'] * 1_800_000) + b"]}",
    "more than asked": orjson.dumps({"totalResults": 101, "Resources": [{"id": str(n)} for n in range(101)]}),
    "ids that are lists": b'{"totalResults":1,"Resources":[{"id":["1"]}]}',
    "members that are none": b'{"totalResults":1,"Resources":[{"id":"1","members":{"a":1}}]}',
    "nested without end": b'{"totalResults":1,"Resources":[{"id":"1","a":' + b"[" * 500 + b"]" * 500 + b"}]}",
    "a thousand million": b'{"totalResults":1000000000,"Resources":[{"id":"1"}]}',
}


@pytest.mark.parametrize("page", PAGES)
async def test_a_hostile_page_ends_no_access_and_is_reported(page) -> None:
    async with rig(haste=20) as r:
        r.user("ada")
        r.group("all", ["ada"])
        await r.start()
        await r.settle()
        await r.stop()
        mark = r.mark()
        service = Interceptor(lambda request: PAGES[page] if listing(request) else None)
        await r.start(service)  # type: ignore[arg-type]
        await r.until(lambda: r.condition("Ready") == ("False", "NotSwept"))
        assert r.condition("Connected")[0] == "True", "single resources are answered"
        assert r.writes(mark) == []
        service.answers = lambda _: None
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"), 30)
        assert r.members("all") == {"ada"}


WORDS = ["id", "ID", "userName", "members", "meta", "version", "schemas", "emails", "value", "active", "externalId"]
ODD: list[Any] = [
    None,
    True,
    -1,
    2**63,
    1.5,
    "",
    "x",
    "\r\n",
    "\x00",
    "maybe",
    "9" * 400,
    [],
    {},
    [[]],
    {"value": []},
    [None],
]


def odd(chance: random.Random, depth: int = 0) -> Any:
    """A value as no service should send it."""
    kind = chance.random()
    if depth > 4 or kind < 0.5:
        return chance.choice(ODD)
    if kind < 0.7:
        return [odd(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(WORDS): odd(chance, depth + 1) for _ in range(chance.randrange(6))}


def odd_answer(chance: random.Random) -> bytes:
    """A page of users of which some are odd, or something odd altogether."""
    users = [{"id": f"u{n}", "userName": f"user{n}", "schemas": []} for n in range(3)]
    for user in users:
        for _ in range(chance.randrange(3)):
            user[chance.choice(WORDS)] = odd(chance)
    page = {"totalResults": chance.choice([3, "3", None, -1, 10**9]), "Resources": users}
    text = orjson.dumps(chance.choice([page, page, page, odd(chance), {"Resources": odd(chance)}]))
    return text[: chance.randrange(len(text) + 1)] if chance.random() < 0.1 else text


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_a_service_lists_is_a_typed_error_of_its_config_and_never_a_surprise(seed) -> None:
    chance = random.Random(seed)
    async with rig(haste=200) as r:
        r.user("ada")
        r.group("all", ["ada"])
        answered = 0

        def answer(request: Request) -> bytes | None:
            nonlocal answered
            answered += listing(request)
            return odd_answer(chance) if listing(request) else None

        await r.start(Interceptor(answer))  # type: ignore[arg-type]
        while answered < 60:
            before = answered
            r.job.connections.hurry()
            await r.until(lambda before=before: answered > before, 20)  # type: ignore[misc]
        assert r.metrics.registry.get_sample_value("scim_internal_errors_total", {"config": str(KEY)}) is None
        assert not [entry for entry in r.writes() if entry.startswith("DELETE")]


def with_numbers(document: Any) -> Any:
    """Ids as a service with numbers for ids would write them."""
    if isinstance(document, list):
        return [with_numbers(each) for each in document]
    if isinstance(document, dict):
        return {
            name: NUMBERS.number(value) if name in ("id", "value") and NUMBERS.knows(value) else with_numbers(value)
            for name, value in document.items()
        }
    return document


class Numbers:
    """A number for each id of the simulator."""

    def __init__(self) -> None:
        self._ids: list[str] = []

    def see(self, id: str) -> None:
        if id not in self._ids:
            self._ids.append(id)

    def knows(self, value: object) -> bool:
        return value in self._ids

    def number(self, id: str) -> int:
        return 1000 + self._ids.index(id)

    def id(self, number: str) -> str:
        return self._ids[int(number) - 1000] if number.isdecimal() else number


NUMBERS = Numbers()


class NumberedService(Interceptor):
    """The simulator, whose ids are numbers."""

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        root, *rest = request.path.strip("/").split("/")
        path = "/".join(["", root, *map(NUMBERS.id, rest)])
        text = orjson.dumps(request.body).decode() if request.body is not None else None
        for word in set(re.findall(r'"(1\d{3})"', text or "")):
            text = (text or "").replace(f'"{word}"', f'"{NUMBERS.id(word)}"')
        body = None if text is None else orjson.loads(text)
        answer = await self._inner.send(Request(request.method, path, request.query, body), headers)
        if not answer.body:
            return answer
        document = orjson.loads(answer.body)
        for each in document.get("Resources", [document]):
            if "id" in each and "schemas" in each:
                NUMBERS.see(each["id"])
        return Response(answer.status, answer.headers, orjson.dumps(with_numbers(document)))


async def test_ids_that_are_numbers_are_worked_with_as_text() -> None:
    async with rig(haste=20) as r:
        r.user("ada")
        r.user("grace")
        r.group("all", ["ada", "grace"])
        await r.start(NumberedService(lambda _: None))  # type: ignore[arg-type]
        await r.until(lambda: r.members("all") == {"ada", "grace"})
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
        assert r.entry("ada")["id"].isdecimal()
        r.group("all", ["ada"])
        await r.until(lambda: r.members("all") == {"ada"})
        await r.rest()
        await r.check_quiet()
