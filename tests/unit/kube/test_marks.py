"""How far a replica knows the manifests: what it has seen and written counts, and what it cannot know is no note."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.leases.versions import versions_in
from scim_operator.errors import ScimOperatorError, Unavailable
from scim_operator.kube.configs import ConfigBook
from scim_operator.kube.marks import Marks, Progress
from scim_operator.kube.reflector import Dropped, Passed, Put
from scim_operator.kube.writer import KubeWriter
from tests.support.lists import NAMESPACE, served, user
from tests.unit.kube.test_beside import listing, record
from verify.virtual import VirtualClock, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.kube.client import Manifest, Target
    from scim_operator.kube.reflector import Change

ADA = record("ada", 5)


def users(marks: Marks, shown: SourceRecord | None = None, namespace: str = NAMESPACE) -> int | None:
    """The version that is noted of users."""
    noted = versions_in(marks.text(namespace, lambda key: shown))
    return None if noted is None else noted[Kind.USER]


@pytest.mark.parametrize(
    ("changes", "noted"),
    [
        pytest.param([], 0, id="nothing was there"),
        pytest.param([Put(ADA)], 5, id="an event"),
        pytest.param([Put(ADA), Put(record("ben", 9, namespace="other"))], 5, id="of another namespace"),
        pytest.param([Put(ADA), Dropped(ADA.key, ADA.uid, "8")], 8, id="an end"),
        pytest.param([Put(ADA), Passed("9")], 5, id="a bookmark"),
        pytest.param([listing(7, ADA)], 7, id="listed again"),
        pytest.param([listing(7, ADA, namespace=None)], 7, id="all were listed again"),
        pytest.param([Put(record("ben", 6)), Put(ADA)], 6, id="shown late"),
    ],
)
def test_what_was_seen_counts(changes: list[Change], noted: int) -> None:
    marks = Marks()
    for change in changes:
        marks.show(change)
    assert users(marks) == noted


def test_of_a_first_listing_the_manifests_count_alone() -> None:
    """Its version may be ahead of any event, and there was nothing of which an end could have been missed."""
    marks = Marks()
    marks.show(listing(7, ADA), again=False)
    assert users(marks) == 5


def test_versions_that_cannot_be_compared_are_no_note() -> None:
    marks = Marks()
    marks.show(Put(replace(ADA, resource_version="5-eu")))
    assert users(marks) is None


@pytest.mark.parametrize(
    ("reason", "shown", "noted"),
    [
        ("as before", ADA, None),
        ("it took effect, or something else did", record("ada", 8), 5),
        ("gone", None, 5),
        ("gone, and made anew", record("ada", 3, uid="uid-new"), 5),
    ],
)
def test_a_write_without_an_answer_is_open_until_its_manifest_is_shown_otherwise(
    reason: str, shown: SourceRecord | None, noted: int | None
) -> None:
    marks = Marks()
    marks.show(Put(ADA))
    marks.begin(ADA)
    assert users(marks, ADA, namespace="other") == 0
    assert users(marks, shown) == noted, reason


class Api:
    """An API server in memory, that holds one user."""

    def __init__(self) -> None:
        self.there: Manifest | None = served(user(1))
        self.answers: list[Manifest | Exception | None] = []

    async def patch(self, _target: Target, _body: Mapping[str, Any]) -> Manifest | None:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def get(self, _target: Target) -> Manifest | None:
        return self.there


def at(version: int) -> Manifest:
    """The user in a version."""
    there = served(user(1))
    return {**there, "metadata": {**there["metadata"], "resourceVersion": str(version)}}


def written(*answers: Manifest | Exception | None) -> int | None:
    """What is noted after a write of the finalizer that was answered in this way."""

    async def story() -> int | None:
        marks, api = Marks(), Api()
        api.answers = [*answers]
        known = replace(record("user-000001", 1), uid="uid-user-000001")
        marks.show(Put(known))

        def shown(key: ObjectKey) -> SourceRecord | None:
            return known

        writer = KubeWriter(cast("Any", api), ConfigBook(), cast("Any", None), shown=shown, marks=marks)
        with suppress(ScimOperatorError):
            await writer.add_finalizer(known)
        noted = versions_in(marks.text(NAMESPACE, shown))
        return None if noted is None else noted[Kind.USER]

    return run(story())


LOST = Unavailable("No answer.", status=503)


def test_what_was_written_counts() -> None:
    assert written(at(4)) == 4
    assert written(LOST, at(4)) == 4


def test_a_write_that_may_still_take_effect_is_no_note() -> None:
    assert written(LOST, LOST, LOST, LOST) is None


def test_a_manifest_that_is_gone_is_no_note_until_its_end_is_seen() -> None:
    assert written(None) is None


def test_who_waits_for_a_version_waits_until_the_watch_has_come_to_it() -> None:
    async def story() -> None:
        progress = Progress()
        progress.come("5")
        assert await progress.reach(5, 2.0)
        waiting = asyncio.create_task(progress.reach(7, 2.0))
        await asyncio.sleep(1.0)
        progress.come("6")
        await asyncio.sleep(0.5)
        assert not waiting.done()
        progress.come("9")
        assert await waiting

    run(story())


@pytest.mark.parametrize("version", ["5", "", "9-eu"])
def test_who_waits_for_a_version_waits_for_a_while_only(version: str) -> None:
    async def story() -> None:
        progress, began = Progress(), VirtualClock().monotonic()
        progress.come(version)
        assert not await progress.reach(7, 2.0)
        assert VirtualClock().monotonic() - began == pytest.approx(2.0)

    run(story())
