"""A request to look now is acknowledged by a sweep that began after it, and by no other."""

from __future__ import annotations

from typing import Any

from scim_operator.job.connection.requested import RequestedLook
from tests.support.around import Around
from tests.support.knowing import config


def manifest(asks: str = "") -> dict[str, Any]:
    made = config()
    made["metadata"]["annotations"] = {"scim-operator.io/reconcile-requested-at": asks} if asks else None
    return made


class Session:
    """A session of which so many sweeps have begun."""

    def __init__(self, begun: int) -> None:
        self.begun = begun

    @property
    def sweeps(self) -> Session:
        return self


async def acknowledged(around: Around, look: RequestedLook, session: Any) -> str:
    await look.acknowledge(session)
    return around.report.handled


def test_only_another_request_is_new() -> None:
    look = RequestedLook(Around().reporter, manifest("one"))
    assert [look.taken_from(manifest(asks)) for asks in ("one", "two", "two", "")] == [False, True, False, True]


async def test_the_sweep_under_way_does_not_acknowledge_it_and_the_next_one_does() -> None:
    around, session = Around(), Session(3)
    look = RequestedLook(around.reporter, manifest())
    assert look.taken_from(manifest("now"))
    look.came_during(session)  # type: ignore[arg-type] # what it needs of a session
    assert await acknowledged(around, look, session) == ""
    session.begun = 4
    assert await acknowledged(around, look, session) == "now"
    assert len(around.writes) == 1
    await look.acknowledge(session)  # type: ignore[arg-type] # what it needs of a session
    assert len(around.writes) == 1, "once"
    assert around.writes[0]["lastHandledReconcileAt"] == "now"


async def test_any_sweep_of_a_later_session_acknowledges_it() -> None:
    around = Around()
    look = RequestedLook(around.reporter, manifest("now"))
    look.came_during(None)
    assert await acknowledged(around, look, Session(0)) == "now"
    look.taken_from(manifest("later"))
    look.came_during(Session(5))  # type: ignore[arg-type] # what it needs of a session
    assert await acknowledged(around, look, Session(1)) == "later"
