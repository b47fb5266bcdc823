"""Proofs: made with the key, of these very parts, for this very purpose."""

from __future__ import annotations

import pytest

from scim_operator.core.seal import PROOF, Seal

SEAL = Seal(b"k" * 32)


def test_a_proof_holds_for_what_it_was_made_of():
    proof = SEAL.of("id", "identity/ada", "4711")

    assert len(proof) == PROOF
    assert SEAL.proves(proof, "id", "identity/ada", "4711")


@pytest.mark.parametrize(
    ("seal", "purpose", "parts", "why"),
    [
        (Seal(b"x" * 32), "id", ("a", "b"), "another key"),
        (SEAL, "tombstone", ("a", "b"), "another purpose"),
        (SEAL, "id", ("a", "c"), "another part"),
        (SEAL, "id", ("ab", ""), "the parts run together otherwise"),
        (SEAL, "id", ("a",), "a part less"),
    ],
)
def test_a_proof_holds_for_nothing_else(seal, purpose, parts, why):
    assert not seal.proves(SEAL.of("id", "a", "b"), purpose, *parts), why


@pytest.mark.parametrize("forged", ["", "é" * 22, "\ud800"])
def test_odd_text_proves_nothing(forged):
    assert not SEAL.proves(forged, "id", "a")
