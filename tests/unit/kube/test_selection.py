"""Which namespaces labels choose: a change counts once it is there to stay, and an outage changes nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from scim_operator.errors import Rejected, ScimOperatorError, Unreachable
from scim_operator.kube.client import KubeClient, ListPage
from scim_operator.kube.selection import Selection

if TYPE_CHECKING:
    from scim_operator.kube.client import Target

AWAY = Unreachable("The API server is not reached.")


class Api(KubeClient):
    """An API server that answers as written down, the last answer for ever. `idle` once all were given."""

    def __init__(self, *answers: tuple[str, ...] | ScimOperatorError) -> None:
        self._answers = [*answers]
        self.asked: list[str] = []
        self.idle = asyncio.Event()

    async def page(self, target: Target, *, limit: int, token: str = "", label: str = "") -> ListPage:
        self.asked.append(f"{target} {limit} {token} {label}")
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if len(self.asked) > len(self._answers) + 3:
            self.idle.set()
        if isinstance(answer, ScimOperatorError):
            raise answer
        return ListPage([{"metadata": {"name": name}} for name in answer], "", "1")


def selection(*answers: tuple[str, ...] | ScimOperatorError) -> Selection:
    return Selection(Api(*answers), "tier=prod", pause=0)


async def test_the_first_answer_counts_however_long_it_takes() -> None:
    chosen = selection(AWAY, AWAY, ("b", "a"))
    assert await chosen.first() == ("a", "b")
    assert chosen.problem, "not ready before anything is served: the port is about to change hands"


@pytest.mark.parametrize(
    ("answers", "after"),
    [
        pytest.param([("a", "b"), ("a", "b")], ("a", "b"), id="seen twice in a row"),
        pytest.param([("a", "b"), ("a", "b", "c"), ("a", "b", "c")], ("a", "b", "c"), id="several labels, one change"),
        pytest.param([("a", "b"), ("a",), ("a",), (), ()], (), id="back for a moment is as before; none is an answer"),
        pytest.param([("b",), AWAY, ("b",), ("b",)], ("b",), id="an outage is no look"),
    ],
)
async def test_a_change_counts_once_two_looks_in_a_row_show_it(
    answers: list[tuple[str, ...] | ScimOperatorError], after: tuple[str, ...]
) -> None:
    assert await selection(*answers).after(("a",)) == after


async def test_while_they_cannot_be_listed_they_stay_as_they_are() -> None:
    api = Api(AWAY)
    chosen = Selection(api, "tier=prod", pause=0)
    waiting = asyncio.create_task(chosen.after(("a",)))
    await api.idle.wait()
    assert not waiting.done()
    assert chosen.problem == str(AWAY)
    waiting.cancel()


async def test_what_is_no_selector_is_said_with_the_form() -> None:
    with pytest.raises(Rejected, match=r"--namespace-selector: .*such as tier=prod"):
        await selection(Rejected("The API server answered 400.", status=400)).first()
