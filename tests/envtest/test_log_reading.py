"""The provisioning log by port-forward: the endpoint in a pod, and the commands that ask it.

The API server is real and a kubelet's port-forward is a stand-in below it; the endpoints run here, each with a store.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.cli.period import STORE_VARIABLE
from scim_operator.core.keys import ConfigKey
from scim_operator.core.seal import Seal
from scim_operator.core.secrecy.passes import pass_of, proof_of
from scim_operator.kube.client import Target
from scim_operator.kube.health import serving
from scim_operator.kube.log_endpoint import COUNT, LOG, PASS, PORT, Bounds, LogEndpoint, LogReading
from scim_operator.kube.log_pass import ANNOTATION, NAME, show_pass
from scim_operator.kube.resources import LEASES
from scim_operator.observability.provisioning_log.record import record_of
from scim_operator.observability.provisioning_log.store import Store
from tests.support.kubelet import Kubelet, kubelet
from tests.support.ledger import Ledger, config, group, user
from tests.support.noted import AT, job, processed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from click.testing import Result

    from scim_operator.kube.client import KubeClient
    from tools.cluster.controlplane import ControlPlane

KEY = b"k" * 32
NOWHERE = 9


@dataclass
class Place:
    """A namespace, the pods of an operator in it, and who asks them."""

    plane: ControlPlane
    namespace: str
    client: KubeClient
    node: Kubelet
    folder: Path
    seal: Seal = field(default_factory=lambda: Seal(KEY))
    bounds: Bounds = field(default_factory=Bounds)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def url(self, store: str) -> str:
        return f"sqlite:///{self.folder}/{store}.db"

    def note(self, store: str, *names: str, number: int = 0, namespace: str = "") -> None:
        """Keep a record of an update of each user."""
        made = Store(self.url(store), now=lambda: AT)
        at = ConfigKey(namespace or self.namespace, "vmware")
        noted = [
            processed(name, number + place, job=_at(at), at=AT.replace(minute=number + place))
            for place, name in enumerate(names)
        ]
        made.write([record_of(one) for one in noted])
        made.close()

    async def pod(self, name: str, store: str = "", *, served: bool = True, seal: Seal | None = None) -> Pod:
        """A pod of the operator, with a log of its own; one that is not `served` listens nowhere."""
        full = f"scim-operator-5d9c7b-{name}"
        uid = await asyncio.to_thread(self.node.pod, self.namespace, full, **{f"p{PORT}": NOWHERE})
        reading = LogReading("127.0.0.1:0", self.url(store) if store else "", uid, self.bounds)
        endpoint = LogEndpoint(reading, self.client, [self.namespace], seal or self.seal)
        listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if not served:
            return Pod(uid, 0, endpoint)
        self.tasks.append(asyncio.create_task(endpoint.run(listening.set_result)))
        port = await listening
        self.node.ports[full] = {PORT: port}
        return Pod(uid, port, endpoint)

    async def asks(self, *words: str) -> Result:
        arguments = [*words, f"--kubeconfig={self.plane.kubeconfig}"]
        return await asyncio.to_thread(CliRunner().invoke, main, arguments, env={STORE_VARIABLE: None})

    async def names(self, *words: str) -> list[str]:
        """The names in the records that are shown, in their order."""
        shown = await self.asks("logs", "--output=jsonl", f"--namespace={self.namespace}", *words)
        assert shown.exit_code == 0, shown.output
        return [json.loads(line)["sourceIdentity"]["displayName"] for line in shown.stdout.splitlines()]

    async def shown(self, namespace: str = "") -> str:
        """The pass that the Lease of a namespace shows."""
        lease = await self.client.get(Target(LEASES, namespace or self.namespace, NAME)) or {}
        return str(lease.get("metadata", {}).get("annotations", {}).get(ANNOTATION, ""))


@dataclass(frozen=True)
class Pod:
    """One that is asked directly, as by any who may go to its port."""

    uid: str
    port: int
    endpoint: LogEndpoint

    async def ask(self, method: str, path: str, proof: str = "", **params: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Proof {proof}"} if proof else {}
        async with (
            aiohttp.ClientSession(f"http://127.0.0.1:{self.port}") as session,
            session.request(method, path, params=params, headers=headers) as answer,
        ):
            body = await answer.read()
            return answer.status, json.loads(body) if body else {}


def _at(key: ConfigKey) -> Any:
    return replace(job(), key=key)


@pytest.fixture
async def place(crds: ControlPlane, namespace: str, client: KubeClient, tmp_path: Path) -> AsyncIterator[Place]:
    async with kubelet(crds) as node:
        made = Place(crds, namespace, client, node, tmp_path)
        try:
            yield made
        finally:
            for task in made.tasks:
                task.cancel()
            await asyncio.gather(*made.tasks, return_exceptions=True)


async def test_the_log_of_a_pod_is_read(place: Place) -> None:
    place.note("one", "ada", "bob", "cyd")
    place.note("one", "eve", number=9, namespace="elsewhere")
    await place.pod("a", "one")
    assert await place.names() == ["ada", "bob", "cyd"]
    assert await place.names("--user=bob") == ["bob"]
    shown = await place.asks("logs", f"--namespace={place.namespace}", "--limit=2")
    assert "Not shown: 1 older record of 3" in shown.stderr
    assert "The log begins at 2026-11-25T22:00" in shown.stderr


async def test_the_logs_of_replicas_are_put_together(place: Place) -> None:
    place.note("one", "ada", "bob")
    place.note("two", "bob", number=1)
    place.note("two", "cyd", number=2)
    await place.pod("a", "one")
    await place.pod("b", "two")
    assert await place.names() == ["ada", "bob", "cyd"], "in order, and each once"
    assert await place.names("--limit=2") == ["bob", "cyd"]


async def test_a_replica_that_does_not_answer_is_said(place: Place) -> None:
    place.note("one", "ada")
    await place.pod("a", "one")
    await place.pod("b", served=False)
    shown = await place.asks("logs", f"--namespace={place.namespace}")
    assert shown.exit_code == 0
    assert "scimuser/ada" in shown.stdout
    said = "Pod scim-operator-5d9c7b-b does not answer, and its part of the log is left out"
    assert shown.stderr.count(said) == 1


async def test_where_no_pod_answers_it_is_an_error(place: Place) -> None:
    await place.pod("b", served=False)
    shown = await place.asks("logs", f"--namespace={place.namespace}")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "The port-forward to scim-operator-5d9c7b-b fails" in shown.stderr


async def test_replicas_with_keys_of_their_own_are_asked_one_after_the_other(place: Place) -> None:
    """Without a Secret for its key each process has one, and takes only the passes that it shows itself."""
    place.note("one", "ada")
    place.note("two", "bob", number=1)
    await place.pod("a", "one")
    await place.pod("b", "two", seal=Seal(b"o" * 32))
    assert await place.names() == ["ada", "bob"]


async def test_many_records_come_in_pages(place: Place) -> None:
    place.bounds = Bounds(most=5000)
    place.note("one", *(f"p{number:02}" for number in range(30)))
    await place.pod("a", "one")
    assert await place.names("--limit=1000") == [f"p{number:02}" for number in range(30)]


@contextlib.asynccontextmanager
async def pretending(place: Place, answer: dict[str, Any]) -> AsyncIterator[None]:
    """A pod with the operator's labels, which answers each question with this; it knows no pass and needs none."""
    full = "scim-operator-5d9c7b-z"

    async def answered(_: web.Request) -> web.Response:
        return web.json_response(answer)

    app = web.Application()
    app.add_routes([web.get(LOG, answered), web.get(COUNT, answered), web.post(PASS, answered)])
    async with serving(app, "127.0.0.1:0") as port:
        await asyncio.to_thread(place.node.pod, place.namespace, full, **{f"p{PORT}": port})
        yield


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"records": [{"id": "r"}, 7, None], "count": 3}, id="no records"),
        pytest.param({"records": "\x1b[2J", "before": [[], {}], "begins": ["x"], "count": "x"}, id="other types"),
        pytest.param({"before": "more", "count": -1}, id="a page more without records"),
    ],
)
async def test_what_only_pretends_to_be_a_pod_of_the_operator_hides_no_other(
    place: Place, answer: dict[str, Any]
) -> None:
    place.note("one", "ada", "bob")
    await place.pod("a", "one")
    async with pretending(place, answer):
        assert await place.names() == ["ada", "bob"]
        shown = await place.asks("logs", f"--namespace={place.namespace}")
        assert ("what are no records" in shown.stderr) is bool(isinstance(answer.get("records"), list))


async def test_an_old_pass_is_renewed(place: Place) -> None:
    place.note("one", "ada")
    await place.pod("a", "one")
    await show_pass(place.client, place.namespace, "of yesterday")
    assert await place.names() == ["ada"]
    assert await place.shown() != "of yesterday"


async def test_no_one_is_answered_without_the_proof(place: Place) -> None:
    place.note("one", "ada")
    place.note("one", "eve", number=9, namespace="elsewhere")
    pod = await place.pod("a", "one")
    now = AT.timestamp()
    wrong = {
        "nothing": "",
        "another pod's": proof_of(pass_of(place.seal, place.namespace, _now()), "another"),
        "another namespace's": proof_of(pass_of(place.seal, "elsewhere", _now()), pod.uid),
        "yesterday's": proof_of(pass_of(place.seal, place.namespace, now), pod.uid),
        "the pass itself": pass_of(place.seal, place.namespace, _now()),
        "another key's": proof_of(pass_of(Seal(b"x" * 32), place.namespace, _now()), pod.uid),
    }
    for whose, proof in wrong.items():
        for path in (LOG, COUNT):
            status, body = await pod.ask("GET", path, proof, namespace=place.namespace)
            assert (status, list(body)) == (401, ["message"]), whose
    for_all = proof_of(pass_of(place.seal, "", _now()), pod.uid)
    assert (await pod.ask("GET", LOG, for_all))[0] == 401, "a question is always of one namespace"
    right = proof_of(pass_of(place.seal, place.namespace, _now()), pod.uid)
    assert (await pod.ask("GET", COUNT, right, namespace=place.namespace)) == (200, {"count": 1})
    both = await pod.ask("GET", f"{LOG}?namespace=elsewhere", right, namespace=place.namespace)
    configs = [one["servicePrincipal"]["displayName"] for one in both[1]["records"]]
    assert configs == [f"{place.namespace}/vmware"]


async def test_a_pass_is_written_nowhere_else(place: Place) -> None:
    place.note("one", "ada")
    pod = await place.pod("a", "one")
    for elsewhere in ("default", "kube-system", "", "../secrets", "x" * 300, "a\0b"):
        assert (await pod.ask("POST", PASS, namespace=elsewhere))[0] == 404
    for elsewhere in ("default", "kube-system"):
        assert await place.shown(elsewhere) == ""
    assert (await pod.ask("POST", PASS, namespace=place.namespace)) == (204, {})
    assert await place.shown() == pass_of(place.seal, place.namespace, _now())


async def test_nothing_else_is_there_and_nothing_can_be_written(place: Place) -> None:
    pod = await place.pod("a", "one")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await _status(pod, method, LOG)) == 405
    for path in ("/", "/metrics", "/healthz", "/v1/log/../../etc/passwd", "/v1/pass"):
        assert (await _status(pod, "GET", path)) == 404


async def test_too_many_questions_at_once_are_put_off(place: Place) -> None:
    place.bounds = Bounds(at_once=0, waiting=0)
    place.note("one", "ada")
    pod = await place.pod("a", "one")
    proof = proof_of(pass_of(place.seal, place.namespace, _now()), pod.uid)
    status, body = await pod.ask("GET", LOG, proof, namespace=place.namespace)
    assert (status, body["message"]) == (429, "Too many questions to the log at once; ask again in a second.")


async def test_an_operator_without_a_store_says_so(place: Place) -> None:
    await place.pod("a")
    shown = await place.asks("logs", f"--namespace={place.namespace}")
    assert shown.exit_code == 1
    assert "keeps no log that could be searched" in shown.stderr


async def test_access_takes_its_proofs_from_there(place: Place) -> None:
    place.note("one", "ada")
    await place.pod("a", "one")
    ledger = Ledger(place.folder / "repository")
    bodies = [user("ada"), group("pay", "ada"), config()]
    for body in bodies:
        body["metadata"]["namespace"] = place.namespace
    ledger.write("a.yaml", *bodies)
    ledger.commit()
    words = ["access", str(ledger.folder), "--group=pay", "--output=json", "--cluster"]
    shown = await place.asks(*words)
    assert shown.exit_code == 0, shown.output
    [row] = json.loads(shown.stdout)["access"]
    assert (row["provisioned"]["asked"], "begins at 2026-11-25" in row["provisioned"]["note"]) == (True, True)


async def test_several_operators_are_told_apart(place: Place) -> None:
    place.note("one", "ada")
    await place.pod("a", "one")
    named = f"--operator={place.namespace}/scim-operator"
    assert await place.names(named) == ["ada"]
    shown = await place.asks("logs", f"--namespace={place.namespace}", f"--operator={place.namespace}/other")
    assert (shown.exit_code, "No operator is found" in shown.stderr) == (1, True)


def _now() -> float:
    return time.time()


async def _status(pod: Pod, method: str, path: str) -> int:
    with contextlib.suppress(json.JSONDecodeError):
        return (await pod.ask(method, path))[0]
    async with aiohttp.ClientSession() as session, session.request(method, f"http://127.0.0.1:{pod.port}{path}") as it:
        return it.status
