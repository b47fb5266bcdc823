"""JSON texts, packed: what is unpacked is what was packed."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest

from scim_operator.core.packing import LARGEST, SAMPLE, THOROUGHLY, Packing, plain

USER = b'{"userName":"ada@corp.example","active":true,"emails":[{"type":"work","value":"ada@corp.example"}]}'
BOB = USER.replace(b"ada", b"bob")
NOISE = random.Random(3).randbytes(1_000)
TEXTS = [
    b"",
    b"{}",
    b"=",
    b"-",
    b"\0\xff",
    USER,
    BOB,
    NOISE,
    USER * 1_000,
    b"x" * THOROUGHLY,
    b"x" * (THOROUGHLY + 1),
    b"x" * LARGEST,
    b"x" * (LARGEST + 1),
]


@pytest.mark.parametrize("sample", [b"", b"x", USER, NOISE, USER * SAMPLE], ids=len)
@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_a_text_comes_back_as_it_was(text: bytes, sample: bytes) -> None:
    packing = Packing(sample)
    packed = packing.pack(text)
    assert packing.unpack(packed) == text
    assert len(packed) <= len(text) + 1
    assert packing.unpack(plain(text)) == text


def test_what_is_like_the_sample_is_small() -> None:
    assert len(Packing(USER).pack(BOB)) < len(BOB) // 4
    assert len(Packing(USER).pack(BOB)) < len(Packing(NOISE).pack(BOB)) < len(BOB)


def test_what_would_take_long_stays_as_it_is() -> None:
    assert len(Packing(b"x").pack(b"x" * (LARGEST + 1))) == LARGEST + 2


def test_the_same_text_is_packed_in_the_same_way() -> None:
    assert Packing(USER).pack(BOB) == Packing(USER).pack(BOB)


# odd values, each as JSON has it
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**53 + 1,
    2**64 - 1,
    -(2**63),
    1e308,
    5e-324,
    0.1 + 0.2,
    "",
    "\u0000\u001f",
    "\u2028",
    "\U0001f600",
    "e\u0301",
    [],
    {},
    [[[]]],
    {"": {"": ""}},
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    packing, document = Packing(USER), {"userName": "ada", "odd": [value, {"value": value}]}
    read = orjson.loads(packing.unpack(packing.pack(orjson.dumps(document))))
    assert read == document
    assert repr(read) == repr(document), "of the same type too"
