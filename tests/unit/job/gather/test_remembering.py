"""What is read back from a config's status: by the job, by `plan` and by `explain` in the same way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.tombstones import Tombstone, Tombstones
from scim_operator.core.seal import Seal
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.remembering import remembered

URL = "https://vcenter.example/scim"
SEAL = Seal(b"k" * 32)
SETTINGS = settings_of(
    {
        "metadata": {"name": "vmware", "namespace": "identity", "uid": "u", "generation": 1},
        "spec": {"service": {"url": URL, "auth": {"bearer": {"secretRef": {"name": "token"}}}}},
    }
)
STONE = Tombstone(ObjectKey(Kind.USER, "identity", "ada"), "2819c223", datetime(2026, 6, 1, tzinfo=UTC))


def status(stone: Tombstone, url: str = URL) -> dict[str, Any]:
    """A status with one tombstone."""
    return {"service": {"url": url}, "tombstones": Tombstones([stone]).to_json()}


@pytest.mark.parametrize("seal", [None, SEAL], ids=["plan and explain", "the job"])
@pytest.mark.parametrize(
    ("url", "found"), [(URL, 1), (f"{URL}/", 1), ("https://other.example/scim", 0)], ids=["same", "spelling", "other"]
)
def test_tombstones_are_of_one_service(seal: Seal | None, url: str, found: int) -> None:
    """At another address the same id may name anybody, who would be planned for deletion."""
    signed = remembered(SETTINGS, {}, SEAL).notary.engraved(STONE)
    memory = remembered(SETTINGS, status(signed, url), seal)
    assert (len(memory.tombstones), memory.unproven) == (found, 0)


def test_a_tombstone_without_a_proof_is_counted() -> None:
    assert len(remembered(SETTINGS, status(STONE)).tombstones) == 1, "nothing is sent on the strength of it"
    memory = remembered(SETTINGS, status(STONE), SEAL)
    assert (len(memory.tombstones), memory.unproven) == (0, 1)
