"""What is known of a service changes only with a listing that is complete."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import ResourceType
from scim_operator.errors import IncompleteListing
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.listing import list_type
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.protocol import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from scim_operator.core.resource import Document

TYPE = ResourceType.USER
SPEC = {"service": {"url": "https://vcenter.example/scim", "auth": {"bearer": {"secretRef": {"name": "token"}}}}}
CONFIG: dict[str, Any] = {
    "metadata": {"name": "vmware", "namespace": "identity", "uid": "u", "generation": 1},
    "spec": SPEC,
}
BEFORE, AFTER = ("ada", "ben", "cleo"), ("ada", "ben", "dan")


def resource(name: str) -> Document:
    """A user at the service."""
    return {"id": name, "userName": f"{name}@corp.example"}


class Listed:
    """A service that lists these, one a page, and then fails or not; `look` is called before each page."""

    def __init__(self, names: Sequence[str], look: Callable[[], None], failure: Exception | None = None) -> None:
        self._names = names
        self._look = look
        self._failure = failure

    async def pages(self, _type: ResourceType) -> AsyncIterator[Page]:
        """List everything."""
        for name in self._names:
            self._look()
            yield Page([resource(name)], None)
        self._look()
        if self._failure is not None:
            raise self._failure


def _known(knowledge: Knowledge) -> tuple[set[str], bool]:
    """Return what is known, and whether a complete listing stands behind it."""
    index = knowledge.index[TYPE]
    return set(index.ids()), index.listed


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
@pytest.mark.parametrize("fails", [True, False], ids=["incomplete", "complete"])
async def test_a_listing_counts_when_it_is_complete(*, is_first: bool, fails: bool) -> None:
    clock, seen = SystemClock(), list[tuple[set[str], bool]]()
    namespace = Namespaces().namespace("identity")
    knowledge = Knowledge.from_status(settings_of(CONFIG), namespace, {}, lambda: datetime(2026, 6, 1, tzinfo=UTC))
    if not is_first:
        await list_type(Listed(BEFORE, lambda: None), knowledge, clock, TYPE)  # type: ignore[arg-type]
    before = _known(knowledge)
    service = Listed(AFTER, lambda: seen.append(_known(knowledge)), IncompleteListing("It ends.") if fails else None)
    try:
        await list_type(service, knowledge, clock, TYPE)  # type: ignore[arg-type]
    except IncompleteListing:
        assert fails
    assert before == ((set(), False) if is_first else (set(BEFORE), True))
    assert seen == [before] * 4, "nothing changes while it is read"
    assert _known(knowledge) == (before if fails else (set(AFTER), True))
