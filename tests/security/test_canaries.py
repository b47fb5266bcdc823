"""Canaries in every secret and sensitive value, a service that repeats them in every way, and every output searched."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from scim_operator.cli.records import details, rendered
from scim_operator.cli.statuses import detail, overview, unready
from scim_operator.core.keys import Kind
from scim_operator.errors import DependencyNotReady
from scim_operator.observability.logs import LogFormat, formatter
from scim_operator.observability.provisioning_log.log import Outlet, ProvisioningLog
from scim_operator.observability.provisioning_log.meters import LogMetrics
from scim_operator.observability.provisioning_log.search import Query, Search
from scim_operator.observability.provisioning_log.stdout import Lines
from scim_operator.observability.provisioning_log.store import Store
from tests.support.collector import traced
from tests.support.connecting import connection_of
from tests.support.encodings import ENCODINGS, bare
from tests.support.explaining import config, explained
from tests.support.present import present
from tests.support.rig import Rig, rig
from tests.support.tokens import token_endpoint

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

    from tests.support.collector import Traces

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TOKEN = "Kestrel-Token_Quokka"
CLIENT_SECRET = "Marmot-Client_Numbat"
SENSITIVE = {"ada": "Wombat Ibex Ada", "bob": "Gannet Okapi Bob"}
CANARIES = {"kestrel", "quokka", "marmot", "numbat", "wombat", "ibex", "gannet", "okapi"}
MAPPINGS = {
    "externalId": "Generated",
    "mappings": [
        {"target": f"{ENTERPRISE}:employeeNumber", "source": f"{ENTERPRISE}:employeeNumber", "sensitive": True},
        {"target": "nickName", "expression": "Redact(user.enterprise.costCenter)"},
        {"target": f"{ENTERPRISE}:costCenter", "ignore": True},
    ],
}


def person(name: str) -> dict[str, Any]:
    return {"enterprise": {"employeeNumber": SENSITIVE[name], "costCenter": f"{SENSITIVE[name]} Centre"}}


class Parrot:
    """A service between us and the simulator, which answers what `choose` picks with everything that it knows."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.url = ""
        self.secrets = [TOKEN]
        self.encode: Callable[[str], str] = str
        self.choose: Callable[[web.Request], int] = lambda _: 0
        self.rewrite: Callable[[Any], Any] = lambda body: body
        self.back: Callable[[str], str] = str
        """What a request means, where ids are rewritten."""

    async def serve(self, request: web.Request) -> web.Response:
        if status := self.choose(request):
            return self.refusal(status)
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method,
                self.upstream + self.back(request.rel_url.raw_path_qs),
                data=self.back(await request.text()),
                headers=headers,
            ) as answer,
        ):
            text = await answer.text()
            body = json.dumps(self.rewrite(json.loads(text))) if text else None
            return web.Response(status=answer.status, text=body, content_type="application/scim+json")

    def refusal(self, status: int) -> web.Response:
        known = [self.encode(text) for text in (*self.secrets, *SENSITIVE.values())]
        host = re.sub("[^a-z]", "-", self.secrets[0].lower())
        body = {"detail": " ".join(known), "scimType": known[0], "title": known[1], "status": str(status)}
        headers = {"Location": f"https://{host}.example/{known[0].encode().hex()}"} if status < 400 else {}
        return web.json_response(body, status=status, headers=headers)


@asynccontextmanager
async def parrot(upstream: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Parrot]:
    made, app = Parrot(upstream), web.Application()
    app.router.add_route("*", "/{path:.*}", made.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    made.url = f"{'https://localhost' if tls else 'http://127.0.0.1'}:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()


class Outputs:
    """Everything that leaves the operator."""

    def __init__(self, r: Rig, folder: Path, traces: Traces) -> None:
        self.rig, self.hook, self.traces = r, [], traces
        r.tracer = traces.tracer
        self.lines = io.BytesIO()
        self.store = f"sqlite:///{folder}/log.db"
        meters = LogMetrics(CollectorRegistry())
        self.log = ProvisioningLog(
            Outlet(Store(self.store), meters.of("store")), Outlet(Lines(self.lines), meters.of("stdout"))
        )
        r.log = self.log
        self.streams = {form: io.StringIO() for form in LogFormat}
        self.handlers = [handler_of(stream, form) for form, stream in self.streams.items()]

    async def take(self, request: web.Request) -> web.Response:
        self.hook.append(await request.text())
        return web.Response()

    def records(self) -> list[dict[str, Any]]:
        """What the provisioning log has; nothing where nothing was processed."""
        try:
            search = Search(self.store)
        except DependencyNotReady:
            return []
        try:
            return search.find(Query(limit=1000))
        finally:
            search.close()

    async def all(self) -> dict[str, str]:
        """By name, as text."""
        await asyncio.to_thread(self.log.close)
        await asyncio.to_thread(self.traces.tracer.close)
        r, records = self.rig, self.records()
        objects = [r.cluster.get(Kind.USER, name) for name in SENSITIVE] + [r.cluster.get(Kind.GROUP, "all")]
        served = [{"kind": "ScimUser", **each} for each in objects if each]
        problems = [found for each in served if (found := unready(each, r.key.name))]
        return {
            "status of objects": json.dumps([each.get("status") for each in served], ensure_ascii=False),
            "status of the config": json.dumps(r.status, ensure_ascii=False),
            "Events": json.dumps(r.events(), ensure_ascii=False),
            "metrics": r.metrics.render().decode(),
            "scim-operator status": detail(config(r), problems) + overview([config(r)], all_namespaces=True),
            "the provisioning log": json.dumps(records, ensure_ascii=False),
            "its lines": self.lines.getvalue().decode(),
            "scim-operator logs": "".join(rendered(records, form) for form in ("table", "json", "jsonl", "csv")),
            "one record": "\n".join(map(details, records)),
            "notifications": "\n".join(self.hook),
            "traces": repr(self.traces.collector.spans),
            **{f"logs as {form}": stream.getvalue() for form, stream in self.streams.items()},
            "scim-operator test-connection": await connection_of(r),
        }


def handler_of(stream: io.StringIO, form: LogFormat) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(form))
    return handler


async def check_explanations(r: Rig) -> None:
    """An explanation of one object has read that one: of others it knows nothing that is sensitive."""
    for name, value in SENSITIVE.items():
        own = {*TOKEN.lower().replace("_", "-").split("-"), *value.lower().split()[:2]} - {"token"}
        check({"scim-operator explain": repr(await explained(r, Kind.USER, name))}, own)


@asynccontextmanager
async def watching(r: Rig, service: Parrot, folder: Path) -> AsyncIterator[Outputs]:
    """All that leaves the operator while it provisions to a service; it is not started yet."""
    with traced() as traces:
        async with _watching(Outputs(r, folder, traces), r, service) as found:
            yield found


@asynccontextmanager
async def _watching(found: Outputs, r: Rig, service: Parrot) -> AsyncIterator[Outputs]:
    app = web.Application()
    app.router.add_post("/hook", found.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    r.cluster.secrets["hook", "url"] = hook.encode()
    r.cluster.bind("hook", hook)
    r.spec["notifications"] = [{"webhook": {"urlSecretRef": {"name": "hook"}, "allowInsecure": True}}]
    r.spec["service"]["url"] = service.url + "/usergroup" + r.simulator.url.rsplit("/usergroup", 1)[1]
    r.spec["users"] = MAPPINGS
    for name in SENSITIVE:
        r.user(name, **person(name))
    r.group("all", list(SENSITIVE))
    root = logging.getLogger()
    root.handlers += found.handlers
    try:
        yield found
    finally:
        root.handlers = [each for each in root.handlers if each not in found.handlers]
        await r.stop()
        await runner.cleanup()


@pytest.fixture
async def outputs(tmp_path: Path) -> AsyncIterator[tuple[Outputs, Parrot]]:
    async with (
        rig(haste=50) as r,
        parrot(r.simulator.url.rsplit("/usergroup", 1)[0]) as service,
        watching(r, service, tmp_path) as found,
    ):
        r.rotate(TOKEN)
        r.cluster.secrets["vmware-scim", "token"] = TOKEN.encode()
        yield found, service


def check(texts: dict[str, str], canaries: Iterable[str] = CANARIES) -> None:
    for where, text in texts.items():
        for form in (text, text.encode().decode("unicode_escape", errors="replace")):
            found = {canary for canary in canaries if canary in bare(form)}
            assert not found, f"{found} in {where}: {text[:3000]}"


SOME = [
    "as it is", "in lower case", "percent-encoded", "as decimal entities", "as JSON escapes", "with zero-width spaces",
    "with hyphens", "in wide letters", "percent-encoded twice", "in tags",
]  # fmt: skip


@pytest.mark.parametrize("encoding", SOME)
@pytest.mark.parametrize("status", [400, 409, 500])
async def test_a_service_that_refuses_every_write(outputs: tuple[Outputs, Parrot], encoding: str, status: int) -> None:
    found, service = outputs
    service.encode = ENCODINGS[encoding]
    service.choose = lambda request: status if request.method != "GET" else 0
    await found.rig.start()
    await found.rig.until(lambda: all(found.rig.reason(name) in ("Rejected", "Retrying") for name in SENSITIVE))
    texts = await found.all()
    assert "POST /Users" in texts["traces"]
    check(texts)
    await found.rig.stop()
    await check_explanations(found.rig)


@pytest.mark.parametrize("encoding", SOME)
async def test_a_service_that_fails_listings(outputs: tuple[Outputs, Parrot], encoding: str) -> None:
    """An error that belongs to nobody, with everybody's values."""
    found, service = outputs
    service.encode = ENCODINGS[encoding]
    lists = {"startIndex", "cursor"}
    service.choose = lambda request: 400 if lists & request.query.keys() and "filter" not in request.query else 0
    await found.rig.start()
    await found.rig.until(lambda: found.rig.condition("Ready")[1] in ("NotSwept", "NotConnected"))
    check(await found.all())


@pytest.mark.parametrize("status", [302, 401, 403, 404, 500, 503])
async def test_a_service_that_refuses_everything(outputs: tuple[Outputs, Parrot], status: int) -> None:
    found, service = outputs
    service.choose = lambda _: status
    await found.rig.start()
    await found.rig.until(lambda: found.rig.condition("Connected")[0] == "False")
    check(await found.all())


@pytest.mark.parametrize("canary", [TOKEN, SENSITIVE["ada"], SENSITIVE["bob"].lower().replace(" ", "-")])
async def test_a_service_that_makes_ids_of_them(outputs: tuple[Outputs, Parrot], canary: str) -> None:
    found, service = outputs
    ids: dict[str, str] = {}

    def renamed(body: Any) -> Any:
        text = json.dumps(body)
        for user in found.rig.simulator.users.values():
            if user["userName"].startswith("ada"):
                ids[user["id"]] = canary
        for id, other in ids.items():
            text = text.replace(id, other)
        return json.loads(text)

    service.rewrite = renamed
    await found.rig.start()
    await found.rig.until(lambda: bool(ids) and found.rig.reason("bob") == "Provisioned")
    await found.rig.rest()
    check(await found.all())
    await found.rig.stop()
    await check_explanations(found.rig)


async def test_a_tombstone_whose_id_is_one_of_them(outputs: tuple[Outputs, Parrot]) -> None:
    """The account is disabled and remembered, and its id stands in no status."""
    found, service = outputs
    ids: dict[str, str] = {}
    canary = SENSITIVE["ada"].replace(" ", "-")

    def renamed(body: Any) -> Any:
        text = json.dumps(body)
        for user in found.rig.simulator.users.values():
            if user["userName"].startswith("ada"):
                ids[user["id"]] = canary
        for id, other in ids.items():
            text = text.replace(id, other)
        return json.loads(text)

    service.rewrite = renamed
    service.back = lambda text: text.replace(canary, next(iter(ids), canary))
    found.rig.spec["users"] = {**MAPPINGS, "whenDeleted": "Disable", "deleteAfter": "24h"}
    found.rig.spec["approval"] = {"policy": "OnLimit"}
    await found.rig.start()
    await found.rig.until(lambda: found.rig.reason("ada") == "Provisioned")
    await found.rig.rest()
    found.rig.cluster.delete(Kind.USER, "ada")
    await found.rig.until(lambda: present(found.rig.at_service("ada"))["active"] is False)
    await found.rig.rest()
    assert found.rig.status["tombstones"] == []
    check(await found.all())


async def test_a_service_that_keeps_them_in_other_attributes(outputs: tuple[Outputs, Parrot]) -> None:
    found, _ = outputs
    await found.rig.start()
    await found.rig.settle()
    for user in tuple(found.rig.simulator.users.values()):
        title = {"op": "replace", "path": "title", "value": f"{SENSITIVE['ada']} {TOKEN}"}
        name = {"op": "replace", "path": "name.givenName", "value": f"{SENSITIVE['bob']}"}
        found.rig.patch_by_hand(f"/Users/{user['id']}", title, name)
    await found.rig.sweep()
    check(await found.all())


@pytest.mark.parametrize("name", ["in base64", "in hexadecimal", "percent-encoded", "as decimal entities"])
async def test_a_service_that_keeps_them_in_code(outputs: tuple[Outputs, Parrot], name: str) -> None:
    """The values before a change are the service's own, and stand in the provisioning log."""
    found, _ = outputs
    await found.rig.start()
    await found.rig.settle()
    kept = ENCODINGS[name](SENSITIVE["bob"])
    for user in tuple(found.rig.simulator.users.values()):
        change = {"op": "replace", "path": "name.givenName", "value": kept}
        found.rig.patch_by_hand(f"/Users/{user['id']}", change)
    await found.rig.sweep()
    texts = await found.all()
    assert texts["the provisioning log"].count("givenName") > len(SENSITIVE)
    for where, text in texts.items():
        assert kept not in text, where


BODIES = [{"error": CLIENT_SECRET.lower()}, {"error": "invalid_client", "error_description": CLIENT_SECRET}]


@pytest.mark.parametrize("body", BODIES)
async def test_a_token_endpoint_that_repeats_them(outputs: tuple[Outputs, Parrot], body: dict[str, str]) -> None:
    found, _ = outputs
    r = found.rig
    async with token_endpoint(TOKEN) as endpoint:
        endpoint.refusal = (401, body, {})
        r.cluster.secrets["client", "client_id"] = b"operator"
        r.cluster.secrets["client", "client_secret"] = CLIENT_SECRET.encode()
        r.cluster.bind("client", r.spec["service"]["url"], endpoint.url)
        r.spec["service"]["auth"] = {"oauth2": {"tokenUrl": endpoint.url, "secretRef": {"name": "client"}}}
        await r.start()
        await r.until(lambda: r.condition("Connected")[0] == "False")
        check(await found.all())


@pytest.mark.parametrize("encoding", SOME)
async def test_a_service_that_repeats_the_client_s_secret(outputs: tuple[Outputs, Parrot], encoding: str) -> None:
    """It may have it from the token endpoint, which is of the same people."""
    found, service = outputs
    r = found.rig
    async with token_endpoint(TOKEN) as endpoint:
        endpoint.client = ("operator", CLIENT_SECRET)
        r.cluster.secrets["client", "client_id"] = b"operator"
        r.cluster.secrets["client", "client_secret"] = CLIENT_SECRET.encode()
        r.cluster.bind("client", r.spec["service"]["url"], endpoint.url)
        r.spec["service"]["auth"] = {"oauth2": {"tokenUrl": endpoint.url, "secretRef": {"name": "client"}}}
        service.secrets, service.encode = [CLIENT_SECRET, TOKEN], ENCODINGS[encoding]
        service.choose = lambda request: 400 if request.method != "GET" else 0
        await r.start()
        await r.until(lambda: all(r.reason(name) == "Rejected" for name in SENSITIVE))
        check(await found.all())


@pytest.mark.parametrize("encoding", ["as it is", "in upper case", "as JSON escapes", "with hyphens", "with blanks"])
def test_the_search_finds_them(encoding: str) -> None:
    """Were it blind, all the above would pass."""
    with pytest.raises(AssertionError):
        check({"x": ENCODINGS[encoding](TOKEN)})
