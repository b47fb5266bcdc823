"""What is kept by the hundred thousand takes no more room than it needs."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind
from scim_operator.core.records.packing import DOCUMENTS
from scim_operator.core.records.record import packed_document, record_of
from scim_operator.job.gather.remote_index import RemoteIndex

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = 200
BUFFER = 4096
"""Bytes that orjson takes for an answer of any length, and leaves with it."""


def occupied(make: Callable[[], object]) -> int:
    """Bytes that stay with what `make` returns."""
    tracemalloc.start()
    kept = make()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return size


def manifest(number: int) -> dict[str, Any]:
    metadata = {"namespace": "identity", "name": f"u{number}", "uid": "u", "generation": 1, "resourceVersion": "1"}
    return {"metadata": metadata, "spec": {"userName": f"u{number}"}, "status": {"observedGeneration": 1}}


def test_packed_json_reads_back() -> None:
    document = {"userName": "ada@corp.example", "active": True}
    assert orjson.loads(DOCUMENTS.unpack(packed_document(document))) == document


def test_records_take_their_own_size() -> None:
    size = occupied(lambda: [record_of(Kind.USER, manifest(number)) for number in range(MANY)])
    assert size < MANY * BUFFER / 2, "a record has two JSON texts of some hundred bytes"


def test_the_index_takes_its_own_size() -> None:
    def filled() -> RemoteIndex:
        index = RemoteIndex([parse("userName")])
        for number in range(MANY):
            index.put({"id": f"id-{number}", "userName": f"u{number}"})
        return index

    assert occupied(filled) < MANY * BUFFER / 2
