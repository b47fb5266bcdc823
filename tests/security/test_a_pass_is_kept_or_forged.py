"""A manifest that is made anew after a mistake brings its old status along; one that was kept or forged counts not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.records.annotations import RESTORED, UNDELETE
from scim_operator.core.records.undelete import HOLDS, holds, restored_entries
from tests.support.rig import rig
from tests.support.undeleting import NAMES, held, taken_back

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.support.rig import Rig


@pytest.fixture
async def quick() -> AsyncIterator[Rig]:
    """A job whose hours pass in seconds."""
    async with rig(haste=900) as made:
        yield made


FORGERIES: dict[str, Callable[[str], str]] = {
    "a pass of another time": lambda text: text.replace('"undelete":"', '"undelete":"another-'),
    "no pass at all": lambda text: text.replace('"undelete"', '"unknown"'),
    "another resource": lambda text: text.replace('"id":"', '"id":"0'),
    "no list": lambda text: text[1:-1],
    "no JSON": lambda text: text[:-3],
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_an_old_status_that_was_forged_proves_nothing(r: Rig, forge: Callable[[str], str]) -> None:
    await held(r)
    await taken_back(r)
    ada = r.cluster.release(Kind.USER, "ada")
    await r.crash()
    annotations = ada["metadata"]["annotations"]
    annotations[RESTORED] = forge(annotations[RESTORED])
    r.cluster.make(Kind.USER, ada)
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Held", "a match at most"
    assert not r.entry("ada").get("id")


async def test_an_old_status_that_was_kept_for_later_proves_nothing(quick: Rig) -> None:
    r = quick
    await held(r)
    await taken_back(r)
    ada = r.cluster.release(Kind.USER, "ada")
    await r.crash()
    await r.pass_time(HOLDS.total_seconds() + 1)
    r.cluster.make(Kind.USER, ada)
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Held"
    assert "taking over" in r.message("ada").lower()


async def test_the_old_status_of_another_manifest_proves_nothing(r: Rig) -> None:
    await held(r)
    await taken_back(r)
    ada, bob = (r.cluster.release(Kind.USER, name) for name in NAMES[:2])
    await r.crash()
    bob["metadata"]["annotations"][RESTORED] = ada["metadata"]["annotations"][RESTORED]
    r.cluster.make(Kind.USER, bob)
    await r.start()
    await r.settle()
    assert r.reason("bob") == "Held"
    assert r.entry("bob").get("id", "") != r.id_of("ada")


async def test_a_deletion_is_not_taken_back_by_an_annotation_that_stands_in_git(r: Rig) -> None:
    """Only the uid of the manifest itself says that its deletion is not meant."""
    r.user("ada")
    await r.start()
    await r.settle()
    for value in ("true", "uid-0 2026-01-01T00:00:00Z", ""):
        r.cluster.annotate(Kind.USER, "ada", **{UNDELETE: value})
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert (r.at_service("ada") or {})["active"] is False


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("null", id="nothing"),
        pytest.param("[" * 100_000, id="deeper than anyone reads"),
        pytest.param('[1, null, "a", []]', id="a list of what is no entry"),
        pytest.param('[{"config": 1}, {"config": ""}, {}]', id="entries of no config"),
        pytest.param('[{"config": "vmware", "undelete": {"a": 1}, "conditions": 7}]', id="fields of other types"),
        pytest.param('[{"config": "vmware", "undelete": "\\ud800"}]', id="half of a surrogate pair"),
    ],
)
def test_no_text_of_an_old_status_breaks_its_reading(text: str) -> None:
    assert restored_entries({"uid": "u", "annotations": {RESTORED: text}}, []) == []
    assert not holds(text, datetime.now(UTC))
