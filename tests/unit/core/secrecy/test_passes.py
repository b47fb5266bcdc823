"""Who knows the pass of a namespace, and for how long, and for which pod, that counts."""

from __future__ import annotations

import pytest

from scim_operator.core.seal import Seal
from scim_operator.core.secrecy.passes import LIFE, pass_of, proof_of, proves

SEAL = Seal(b"k" * 32)
NOW = 1_790_000_000.0
POD = "0b8f7e2a-6a0f-4a53-9f0e-2f4c5f0f5a11"


def test_a_proof_of_the_pass_is_taken() -> None:
    assert proves(SEAL, "identity", POD, proof_of(pass_of(SEAL, "identity", NOW), POD), NOW)


def test_replicas_with_one_key_take_the_same() -> None:
    assert pass_of(Seal(b"k" * 32), "identity", NOW) == pass_of(SEAL, "identity", NOW)


@pytest.mark.parametrize(("later", "taken"), [(-LIFE, True), (LIFE, True), (2 * LIFE, False), (-2 * LIFE, False)])
def test_a_pass_ends(later: float, taken: bool) -> None:
    proof = proof_of(pass_of(SEAL, "identity", NOW), POD)
    assert proves(SEAL, "identity", POD, proof, NOW + later) is taken


@pytest.mark.parametrize(
    "proof",
    [
        pytest.param("", id="nothing"),
        pytest.param("\udcff", id="no text"),
        pytest.param(pass_of(SEAL, "identity", NOW), id="the pass itself"),
        pytest.param(proof_of(pass_of(SEAL, "hr", NOW), POD), id="another namespace's"),
        pytest.param(proof_of(pass_of(SEAL, "identity", NOW), "another"), id="made for another pod"),
        pytest.param(proof_of(pass_of(Seal(b"o" * 32), "identity", NOW), POD), id="another operator's"),
    ],
)
def test_no_other_proof_is_taken(proof: str) -> None:
    assert not proves(SEAL, "identity", POD, proof, NOW)
