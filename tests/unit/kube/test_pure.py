"""The parts of the Kubernetes side that need no API server."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.core.records.record import SourceRecord, packed_document
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.kube.client import Target, forbidden_sentence, refused_sentence
from scim_operator.kube.configs import ConfigBook
from scim_operator.kube.events import BURST, Bucket
from scim_operator.kube.feed import Feed
from scim_operator.kube.health import address
from scim_operator.kube.reflector import Dropped, Put, Replaced
from scim_operator.kube.resources import SECRETS, USERS
from scim_operator.kube.secret_reader import value_of
from scim_operator.kube.streams import lines
from scim_operator.kube.versions import is_newer
from scim_operator.kube.writer import Locks, RecentWrites, merged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONFIG = ConfigKey("identity", "vmware")


def record(
    name: str, version: str = "1", uid: str = "", kind: Kind = Kind.USER, namespace: str = "identity"
) -> SourceRecord:
    key = ObjectKey(kind, namespace, name)
    return SourceRecord(
        key, uid or f"uid-{name}", 1, version, {}, deleting=False, finalizers=(), packed_document=packed_document({})
    )


# --- versions, paths, patches ---


@pytest.mark.parametrize(
    ("version", "than", "newer", "why"),
    [
        ("10", "9", True, "versions are numbers, not texts"),
        ("9", "10", False, "an older one is not newer"),
        ("9", "9", False, "the same is not newer"),
        ("x2", "x1", True, "what cannot be compared is taken for newer, so nothing is lost"),
    ],
)
def test_is_newer(version: str, than: str, newer: bool, why: str) -> None:
    assert is_newer(version, than) is newer, why


def test_paths() -> None:
    assert USERS.path(None) == "/apis/scim-operator.io/v1alpha1/scimusers"
    assert USERS.path("identity", "ada", "status").endswith("/v1alpha1/namespaces/identity/scimusers/ada/status")
    assert SECRETS.path("identity", "vmware-scim") == "/api/v1/namespaces/identity/secrets/vmware-scim"


@pytest.mark.parametrize(
    ("document", "patch", "expected", "why"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}, "a new member"),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}, "null removes, at any depth"),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}, "lists are replaced"),
        ({"a": 1}, {"a": {"b": None}}, {"a": {}}, "an object takes the place of a value"),
        ({}, {"a": None}, {}, "removing what is not there"),
    ],
)
def test_merge_patch(document: Any, patch: Any, expected: Any, why: str) -> None:
    assert merged(document, patch) == expected, why


@pytest.mark.parametrize(
    ("chunks", "expected", "why"),
    [
        ([b'{"a":1}\n{"b":2}\n'], [b'{"a":1}', b'{"b":2}'], "two events in one chunk"),
        ([b'{"a"', b":1", b"}\n"], [b'{"a":1}'], "one event in three chunks"),
        ([b"\n\nx\n"], [b"x"], "empty lines say nothing"),
        ([b"x\n", b"half"], [b"x"], "a line that was cut off is no line"),
    ],
)
async def test_lines(chunks: list[bytes], expected: list[bytes], why: str) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    assert [line async for line in lines(stream())] == expected, why


def test_a_missing_right_names_verb_resource_and_place() -> None:
    assert forbidden_sentence("list", Target(USERS, None)) == (
        "The operator may not list scimusers in all namespaces: "
        "grant it in the ClusterRole of the operator (API group scim-operator.io)."
    )
    assert "get secrets in namespace identity" in forbidden_sentence("get", Target(SECRETS, "identity", "vmware-scim"))


def test_a_person_is_shown_their_own_right() -> None:
    assert refused_sentence("list", Target(USERS, None)) == (
        "You may not list scimusers in all namespaces: have it granted (API group scim-operator.io)."
    )
    assert refused_sentence("get", Target(SECRETS, "identity", "vmware-scim")) == (
        "You may not get secrets in namespace identity: have it granted (API group core)."
    )
    assert refused_sentence("patch", Target(USERS, "x", "ada", "status")).startswith(
        "You may not patch scimusers/status"
    )


@pytest.mark.parametrize(
    ("listen", "expected"),
    [("0.0.0.0:8080", ("0.0.0.0", 8080)), (":8080", (None, 8080)), ("[::]:0", ("::", 0))],
)
def test_addresses(listen: str, expected: tuple[str | None, int]) -> None:
    assert address(listen) == expected


@pytest.mark.parametrize("listen", ["8080", "localhost", "localhost:http", "localhost:70000", ""])
def test_what_is_no_address(listen: str) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        address(listen)


@pytest.mark.parametrize(
    ("manifest", "expected", "why"),
    [
        ({"kind": "Secret", "data": {"k": base64.b64encode(b"v").decode()}}, b"v", "a Secret's data is base64"),
        ({"kind": "Secret"}, None, "an empty Secret"),
        ({"kind": "ConfigMap", "data": {"k": "v"}}, b"v", "a ConfigMap's data is text"),
        ({"kind": "ConfigMap", "binaryData": {"k": "dg=="}}, b"v", "a ConfigMap's binaryData is base64"),
        ({"kind": "ConfigMap", "data": {"other": "v"}}, None, "another key"),
        ({"kind": "ConfigMap", "data": {"k": "\ud800"}}, None, "half of a surrogate pair is no text"),
    ],
)
def test_values_of_secrets_and_config_maps(manifest: dict[str, Any], expected: bytes | None, why: str) -> None:
    assert value_of(manifest, "k") == expected, why


# --- what the writer remembers ---


def test_memory_gives_the_newest_until_the_watch_has_caught_up() -> None:
    memory = RecentWrites(size=2)
    memory.keep(record("ada", "7"))
    assert memory.newest(record("ada", "5")).resource_version == "7"
    assert memory.newest(record("ada", "9")).resource_version == "9"
    memory.observe(record("ada", "6"))
    assert len(memory) == 1, "the watch is still behind"
    memory.observe(record("ada", "7"))
    assert len(memory) == 0


def test_memory_is_bounded() -> None:
    memory = RecentWrites(size=2)
    for name in ("ada", "bob", "eve"):
        memory.keep(record(name, "7"))
    assert len(memory) == 2
    assert memory.newest(record("ada", "5")).resource_version == "5", "the oldest went"


async def test_locks_are_let_go() -> None:
    locks, inside = Locks(), 0

    async def work() -> None:
        nonlocal inside
        async with locks.hold("key"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(5)))
    assert len(locks) == 0


def test_a_bucket_gives_a_burst_and_then_one_in_a_while() -> None:
    bucket = Bucket(filled=0.0)
    assert sum(bucket.take(0.0) for _ in range(100)) == BURST
    assert not bucket.take(299.0)
    assert bucket.take(600.0)


# --- the feed ---


class Heard:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def observe(self, record: SourceRecord) -> None:
        self.seen.append(record.key.name)

    def forget(self, uid: str) -> None:
        self.seen.append(f"-{uid}")

    def retain(self, kind: Kind, namespace: str, uids: frozenset[str]) -> None:
        self.listed = namespace, uids


async def test_the_feed_covers_namespaces_that_no_listing_names() -> None:
    directory, heard = Namespaces(), Heard()
    feed = Feed(None, [], directory, [heard])  # type: ignore[arg-type]
    await feed.apply(Replaced(Kind.USER, None, (record("ada", namespace="a"),)))
    await feed.apply(Replaced(Kind.GROUP, None, ()))
    assert not directory.is_synced("a"), "nobody said that it has no groups"
    for reflector in feed.reflectors:
        reflector.pulse.synced = True
    feed.cover("a")
    feed.cover("empty")
    assert directory.is_synced("a")
    assert directory.is_synced("empty")
    assert directory.namespace("a").count(Kind.USER) == 1, "covering takes nothing away"


async def test_while_the_feed_takes_in_a_list_others_have_their_turn() -> None:
    directory = Namespaces()
    feed = Feed(None, [], directory, turn=0.0)  # type: ignore[arg-type]
    for reflector in feed.reflectors:
        reflector.pulse.synced = True
    everybody = tuple(record(f"user-{number}", namespace=place) for place in "ab" for number in range(5))
    taking = asyncio.create_task(feed.apply(Replaced(Kind.USER, None, everybody)))
    await asyncio.sleep(0)  # the list is begun before anybody else has a turn
    seen = []
    while not taking.done():
        feed.cover("b")
        seen.append(directory.namespace("b").count(Kind.USER))
        assert seen[-1] == 5 or not directory.is_synced("b"), "its list is not complete"
        await asyncio.sleep(0)
    assert seen[0] == 0
    assert seen == sorted(seen), "to be covered takes nothing away"
    assert set(seen) >= {1, 3, 5}, "record by record"


async def test_the_feed_empties_a_namespace_that_a_later_listing_lacks() -> None:
    directory, heard = Namespaces(), Heard()
    feed = Feed(None, [], directory, [heard])  # type: ignore[arg-type]
    await feed.apply(Put(record("bob", namespace="b")))
    await feed.apply(Replaced(Kind.USER, None, (record("ada", namespace="a"),)))
    assert directory.namespace("b").count(Kind.USER) == 0
    await feed.apply(Dropped(ObjectKey(Kind.USER, "a", "ada"), "uid-ada"))
    assert directory.namespace("a").count(Kind.USER) == 0
    assert heard.seen == ["bob", "ada", "-uid-ada"]


def config(version: str, generation: int = 1, uid: str = "u1") -> dict[str, Any]:
    metadata = {
        "namespace": "identity",
        "name": "vmware",
        "uid": uid,
        "resourceVersion": version,
        "generation": generation,
    }
    return {"metadata": metadata, "spec": {}}


def test_the_book_knows_a_new_spec_from_an_echo() -> None:
    book = ConfigBook()
    assert book.see(config("5")), "the first sight"
    assert not book.see(config("6")), "a status write of our own"
    assert book.see(config("7", generation=2)), "a new spec"
    assert not book.see(config("4")), "an event that a listing has overtaken"
    assert book.see(config("8", uid="u2")), "made anew under the old name"


def test_the_answer_to_a_status_write_does_not_hide_a_new_spec() -> None:
    book = ConfigBook()
    book.see(config("5"))
    book.wrote(CONFIG, config("9", generation=2))
    assert book.see(config("9", generation=2))
