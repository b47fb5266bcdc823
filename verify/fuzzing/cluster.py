"""What an API server may give: objects of other releases, statuses that others wrote, Secrets, watches, refusals."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from hypothesis import strategies as st

from scim_operator.api.config import ProvisioningConfigSpec
from scim_operator.cli.statuses import detail, overview, unready
from scim_operator.core.approval.ledger import Window, is_proven, ledger_to_json, remembered_ledger
from scim_operator.core.connection.expiry import expires, expiry_from_json, expiry_to_json
from scim_operator.core.connection.quarantine import quarantine_from_json, quarantine_to_json
from scim_operator.core.explain.obstacles import limits_of, obstacles
from scim_operator.core.keys import Kind
from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.core.records.record import SourceRecord, record_of
from scim_operator.core.records.revision import revision_of
from scim_operator.core.records.status import entry_from_json, entry_to_json, object_status
from scim_operator.core.records.tombstones import tombstones_from_json
from scim_operator.core.report.standing import standing_from_json
from scim_operator.core.seal import Seal
from scim_operator.core.secrecy.destinations import DataRef, Destination, going_to
from scim_operator.job.base.settings import settings_of
from scim_operator.kube.client import KubeClient, ListPage
from scim_operator.kube.client import Target as Place
from scim_operator.kube.configs import known_of
from scim_operator.kube.credentials import Authorization, Credentials, from_kubeconfig
from scim_operator.kube.memory_limit import memory_limit
from scim_operator.kube.reflector import Put, Reflector
from scim_operator.kube.resources import OF_KIND
from scim_operator.kube.secret_reader import KubeSecretReader
from scim_operator.kube.streams import status_message
from verify.fuzzing import objects
from verify.fuzzing.target import CANARY, Broken, Target, silenced
from verify.fuzzing.values import ANYTHING, TEXTS, bodies, changed, replaced, spelled
from verify.fuzzing.wire import Server
from verify.virtual import EPOCH, run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

Manifest = dict[str, Any]


class Serving(KubeClient):
    """A client of the API server that gives one object or page, and the lines of one watch after another."""

    def __init__(self, given: Any = None, watches: tuple[list[bytes], ...] = ()) -> None:  # noqa: ANN401 - JSON
        self._given, self._watches = given, list(watches)

    async def get(self, target: Place) -> Manifest | None:
        """See `KubeClient.get`."""
        found: Manifest | None = self._given
        return found

    async def page(self, target: Place, *, limit: int, token: str = "", label: str = "") -> ListPage:
        """See `KubeClient.page`."""
        return ListPage(self._given or [], "", "1")

    async def watch(self, target: Place, resource_version: str, *, seconds: int) -> AsyncGenerator[bytes, None]:
        """See `KubeClient.watch`."""
        for line in self._watches.pop(0) if len(self._watches) > 1 else self._watches[0]:
            yield line
        await asyncio.sleep(seconds)


def _status_of_an_object(given: tuple[Kind, Any]) -> None:
    kind, status = given
    record = record_of(kind, {**objects.of_kind(kind.value)[0], "status": status})
    _use(record)


def _use(record: SourceRecord) -> None:
    """Read a record as the operator does."""
    entries = [entry_from_json(body) for body in record.status.get("services", ())]
    for entry in entries:
        again = entry_from_json(entry_to_json(entry, None, objects.NOW))
        if (again.id, again.proof, again.members, again.reformatted) != (
            entry.id,
            entry.proof,
            entry.members,
            entry.reformatted,
        ):
            raise Broken("an entry that is written is read otherwise")
    unique = {entry.config: entry for entry in entries}
    written = object_status(record.status, unique.values(), 1, objects.NOW)
    if object_status(written, unique.values(), 1, "2027-01-01T00:00:00Z") != written:
        raise Broken("a status that says the same is written again")
    record.next_turn(EPOCH)
    revision_of(record.annotations)
    _ = record.requested, record.document


def _listed(given: tuple[Kind, list[Any]]) -> None:
    """List objects of which some cannot be read; the others must come, and those be known to be there."""
    kind, manifests = given
    whole = objects.of_kind(kind.value)[0]
    known = replaced(whole, ("metadata", "name"), "whole")

    async def first() -> Any:  # noqa: ANN401 - a change
        reflector = Reflector(Serving([*manifests, known]), kind, None)
        async with aclosing(reflector.changes()) as changes:
            return await anext(changes)

    with silenced("scim_operator.kube.reflector"):
        found = run(first())
    names = {record.key.name for record in found.records}
    if "whole" not in names:
        raise Broken("an object that cannot be read hides another")
    if len(found.records) + len(found.unread) == 0:
        raise Broken("nothing was listed")
    for record in found.records:
        _use(record)


def _watched(given: tuple[Kind, list[bytes]]) -> None:
    """Watch lines that may be anything; what comes after them must be seen."""
    kind, lines = given
    whole = replaced(objects.of_kind(kind.value)[0], ("metadata", "name"), "whole")
    last = spelled({"type": "ADDED", "object": whole})

    async def until_seen() -> None:
        reflector = Reflector(Serving([], (lines, [last])), kind, None)
        async with asyncio.timeout(3_600), aclosing(reflector.changes()) as changes:
            async for change in changes:
                if isinstance(change, Put) and change.record.key.name == "whole":
                    return

    with silenced("scim_operator.kube.reflector"):
        run(until_seen())


def _status_of_a_config(status: Any) -> None:  # noqa: ANN401 - JSON
    read = readable_config_status(status)
    if readable_config_status(read) != read:
        raise Broken("what was read is read otherwise")
    window, seal = Window(EPOCH, timedelta(hours=1), ""), Seal(b"key")
    ledger = remembered_ledger(read, window, proven=True)
    written = ledger_to_json(ledger, seal, "o")
    if not is_proven(written, seal, "o"):
        raise Broken("its own ledger is not believed")
    if read.get("limits"):
        is_proven(read["limits"], seal, "o")
    ledger.spent(EPOCH, window.length)
    expiry_to_json(expiry_from_json(read.get("tokenExpiry")))
    quarantine_to_json(quarantine_from_json(read.get("quarantine")))
    tombstones = tombstones_from_json("identity", read.get("tombstones") or ())
    tombstones.to_json()
    tombstones.due(EPOCH)
    standing_from_json(read, 1)
    config = {**objects.of_kind("ProvisioningConfig")[0], "status": status}
    spec = ProvisioningConfigSpec.from_manifest(config["spec"])
    obstacles(spec, read, 1, deleting=False)
    limits_of(spec, read, EPOCH)
    known_of(config)
    overview([config], all_namespaces=True)
    detail(config, [])


def _status_that_is_shown(given: tuple[Kind, Any]) -> None:
    kind, status = given
    unready({**objects.of_kind(kind.value)[0], "status": status}, "vmware")


def _config(manifest: Manifest) -> None:
    settings_of(manifest)


def _secret(given: tuple[Any, str]) -> None:
    manifest, key = given

    async def read() -> None:
        kind = "ConfigMap" if manifest.get("kind") == "ConfigMap" else "Secret"
        ref = DataRef(kind, "identity", "s", (key,), ("scim-operator.io/expires",))
        found = await KubeSecretReader(Serving(manifest)).read(ref, going_to(Destination("tenant.example")))
        if not all(isinstance(value, bytes) for value in found.values()):
            raise Broken("a value that is none")
        if "scim-operator.io/expires" in found:
            expires("", found["scim-operator.io/expires"].decode(errors="replace"))

    run(read())


def _answer(given: tuple[str, int, bytes, dict[str, str]]) -> None:
    call, status, body, headers = given

    async def ask() -> None:
        place = Place(OF_KIND[Kind.USER], "identity", "" if call == "list" else "ada")
        async with Server(status, headers, body) as server, KubeClient(Credentials(server.url)) as client:
            if call == "list":
                page = await client.page(place, limit=1)
                if [type(page.items), type(page.next), type(page.resource_version)] != [list, str, str]:
                    raise Broken("a page that is none")
            elif call == "get":
                await client.get(place)
            else:
                await client.patch(place, {"metadata": {}})

    asyncio.run(ask())


_CA = Path(__file__).parents[2] / "tests" / "scim" / "tls" / "ca.pem"
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "here",
    "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "identity"}}],
    "clusters": [
        {
            "name": "c",
            "cluster": {
                "server": "https://10.0.0.1:6443",
                "certificate-authority-data": base64.b64encode(_CA.read_bytes()).decode(),
                "insecure-skip-tls-verify": True,
            },
        }
    ],
    "users": [
        {
            "name": "u",
            "user": {
                "token": CANARY,
                "exec": {"command": "aws", "args": ["a"], "env": [{"name": "A", "value": "b"}]},
            },
        }
    ],
}


def _kubeconfig(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "config")
        file.write_bytes(body)
        found = from_kubeconfig([file])

        async def open_it() -> None:
            async with KubeClient(found):
                await Authorization(replace(found, plugin=None)).header()

        asyncio.run(open_it())


def _limit(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "memory.max").write_bytes(body)
        memory_limit(Path(folder))


KINDS = st.sampled_from(list(Kind))
STATUSES = changed([objects.OBJECT_STATUS])


@st.composite
def manifests(draw: st.DrawFn) -> tuple[Kind, list[Any]]:
    """Draw objects of one kind with anything in a part of them; labels and annotations are texts in any cluster."""
    kind = draw(KINDS)
    whole = draw(st.sampled_from(objects.of_kind(kind.value)))
    part = draw(st.sampled_from(["spec", "spec", "status", "labels", "annotations"]))
    if part in whole:
        return kind, [{**whole, part: draw(changed([whole[part]]).map(served))}]
    written = draw(st.dictionaries(st.sampled_from([*objects.ANNOTATIONS, "team"]), TEXTS, max_size=4).map(served))
    return kind, [{**whole, "metadata": {**whole["metadata"], part: written}}]


def served(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value as an API server would give it: what is no JSON is not stored there."""
    try:
        return orjson.loads(spelled(value))
    except (orjson.JSONDecodeError, RecursionError):
        return {}


@st.composite
def events(draw: st.DrawFn) -> tuple[Kind, list[bytes]]:
    """Draw the lines of a watch."""
    kind = draw(KINDS)
    whole = objects.of_kind(kind.value)[0]
    types = ("ADDED", "MODIFIED", "DELETED", "BOOKMARK")
    sound: list[Any] = [{"type": type, "object": whole} for type in types]
    sound.append({"type": "ERROR", "object": {"kind": "Status", "code": 500, "message": "no", "metadata": {}}})
    return kind, draw(st.lists(bodies(changed(sound)), min_size=1, max_size=2))


@st.composite
def configs(draw: st.DrawFn) -> Manifest:
    """Draw a config with anything in its spec."""
    whole = draw(st.sampled_from(objects.of_kind("ProvisioningConfig")))
    return {**whole, "spec": draw(changed([whole["spec"]]).map(served))}


@st.composite
def secrets(draw: st.DrawFn) -> Manifest:
    """Draw a Secret or ConfigMap with any data, which are texts in any cluster."""
    whole = draw(st.sampled_from(objects.SECRETS))
    keys = st.sampled_from(["token", "hosts", "password", "ca.crt", "x"])
    values = TEXTS | st.binary(max_size=20).map(lambda body: base64.b64encode(body).decode())
    annotations = draw(st.dictionaries(st.sampled_from([*objects.ANNOTATIONS]), TEXTS, max_size=2))
    return {
        **whole,
        "metadata": {**whole["metadata"], "annotations": annotations},
        "data": {**whole["data"], **draw(st.dictionaries(keys, values, max_size=3))},
        "type": draw(st.sampled_from(["Opaque", "kubernetes.io/tls"]) | TEXTS),
    }


LISTS = [
    {"kind": "ScimUserList", "metadata": {"resourceVersion": "5", "continue": "t"}, "items": [{"metadata": {}}]},
    {"kind": "Status", "status": "Failure", "message": "no", "reason": "Forbidden", "code": 403},
]
AFTER = st.fixed_dictionaries({"Retry-After": st.sampled_from(["0", "-1", "inf", "nan", "1e400", "60"])})

TARGETS = (
    Target(
        "what the API server says of a refusal",
        ("kube/streams.py",),
        st.binary()
        | st.dictionaries(st.sampled_from(["kind", "message"]), st.just("Status") | st.text() | st.none()).map(
            orjson.dumps
        ),
        status_message,
    ),
    Target(
        "the status of a user or group",
        (
            "core/records/record.py",
            "core/records/status.py",
            "core/records/readable_status.py",
            "core/records/revision.py",
        ),
        st.tuples(KINDS, (ANYTHING | STATUSES).map(served)),
        _status_of_an_object,
    ),
    Target(
        "the status of a config",
        (
            "core/records/readable_config.py",
            "core/records/tombstones.py",
            "core/approval/ledger.py",
            "core/connection/quarantine.py",
            "core/report/standing.py",
        ),
        (ANYTHING | changed([objects.CONFIG_STATUS])).map(served),
        _status_of_a_config,
    ),
    Target(
        "a status that a command shows",
        ("cli/statuses.py",),
        st.tuples(KINDS, (ANYTHING | STATUSES).map(served)),
        _status_that_is_shown,
    ),
    Target(
        "a list of users or groups",
        ("kube/reflector.py", "core/records/record.py", "core/records/dates.py", "api/document.py"),
        manifests(),
        _listed,
    ),
    Target("the lines of a watch", ("kube/reflector.py", "kube/versions.py"), events(), _watched),
    Target(
        "the spec of a config",
        ("job/base/settings.py", "api/config.py", "api/model.py", "api/common.py"),
        configs(),
        _config,
        quotes=True,
    ),
    Target(
        "a Secret or ConfigMap",
        ("kube/secret_reader.py", "core/secrecy/destinations.py"),
        st.tuples(secrets(), st.sampled_from(["token", "password", "ca.crt", "none"])),
        _secret,
    ),
    Target(
        "an answer of the API server",
        ("kube/client.py",),
        st.tuples(
            st.sampled_from(["list", "get", "patch"]),
            st.sampled_from([200, 200, 400, 401, 403, 404, 409, 410, 422, 429, 500, 504]),
            bodies(changed([*LISTS, *objects.of_kind("ScimUser")])),
            AFTER,
        ),
        _answer,
        quotes=True,
    ),
    Target("a kubeconfig", ("kube/credentials.py",), bodies(changed([KUBECONFIG])), _kubeconfig),
    Target(
        "a memory limit",
        ("kube/memory_limit.py",),
        st.binary(max_size=30) | TEXTS.map(lambda text: text.encode(errors="replace")),
        _limit,
    ),
)
"""All of them. See `Target` for what the fields say."""
