"""The end of a token or certificate: what people hear of it in advance, once for each step, and over restarts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scim_operator.api.notifications import Topic
from scim_operator.core.connection.expiry import ANNOTATION
from scim_operator.core.wording import rfc3339
from scim_operator.errors import HostNotNamed, SecretNotFound
from scim_operator.job.connection.expiring import Expiring
from tests.scim.virtual import EPOCH
from tests.support.around import Around

DAY = 24 * 3600.0
END = EPOCH + timedelta(days=100)


class Bench(Around):
    """A config whose token ends after a hundred days."""

    def __init__(self, status: dict[str, Any] | None = None) -> None:
        super().__init__(status)
        self.ends(END)
        self.expiring = Expiring(self, self, self.reporter)  # type: ignore[arg-type] # what it needs of both

    def ends(self, at: Any) -> None:
        self.secrets[ANNOTATION] = (rfc3339(at) if at else "").encode()

    async def look(self, days: float = 0.0) -> list[str]:
        """Look so many days after the beginning; what was said in an Event by then."""
        self.clock.advance(days * DAY - self.clock.monotonic())
        await self.expiring.look(self.settings)
        return [message for _, _, message in self.events]


async def test_people_hear_of_it_30_and_7_days_and_a_day_before() -> None:
    bench = Bench()
    counts = [len(await bench.look(day)) for day in (0, 69, 70, 71, 92, 93, 98, 99, 99.5)]
    assert counts == [0, 0, 1, 1, 1, 2, 2, 3, 3]
    assert {(warning, reason) for warning, reason, _ in bench.events} == {(True, "TokenExpires")}
    assert [each.topic for each in bench.heard] == [Topic.EXPIRING] * 3
    assert ["in less than 30 days" in each.text for each in bench.heard] == [True, False, False]
    assert "in less than 7 days" in bench.heard[1].text
    assert "in less than 1 day;" in bench.heard[2].text


async def test_the_condition_says_it_within_the_last_thirty_days() -> None:
    bench = Bench()
    await bench.look(69)
    assert bench.report.standing.expiring == ""
    await bench.look(70)
    assert bench.report.standing.expiring.startswith(f"The token ends at {rfc3339(END)}")
    await bench.look(101)
    assert bench.report.standing.expiring.startswith(f"The token ended at {rfc3339(END)}")


async def test_each_look_sets_the_metric_and_writes_what_is_new_alone() -> None:
    bench = Bench()
    await bench.look()
    assert bench.metric("scim_token_expires_timestamp_seconds") == END.timestamp()
    assert len(bench.writes) == 1
    await bench.look(1)
    assert len(bench.writes) == 1
    assert bench.writes[0]["tokenExpiry"]["time"] == rfc3339(END)


async def test_a_restart_repeats_nothing() -> None:
    before = Bench()
    await before.look(70)
    bench = Bench({"tokenExpiry": before.writes[-1]["tokenExpiry"]})
    assert await bench.look(71) == []
    assert len(await bench.look(93)) == 1


async def test_a_new_token_ends_the_warnings() -> None:
    bench = Bench()
    await bench.look(93)
    bench.ends(END + timedelta(days=365))
    await bench.look(94)
    assert [(each.topic, each.ends, each.text) for each in bench.heard[1:]] == [
        (Topic.RECOVERED, Topic.EXPIRING, "There is a new one that lasts longer.")
    ]
    assert bench.report.standing.expiring == ""
    bench.ends(None)
    await bench.look(95)
    assert bench.report.expiry is None
    assert len(bench.heard) == 2


async def test_another_token_that_ends_soon_too_is_warned_of() -> None:
    bench = Bench()
    await bench.look(95)
    bench.ends(END + timedelta(days=1))
    assert len(await bench.look(96)) == 2


async def test_an_annotation_that_is_no_date_is_said_and_warns_of_nothing() -> None:
    bench = Bench()
    bench.secrets[ANNOTATION] = b"soon"
    await bench.look()
    assert bench.report.standing.expiring.startswith("Secret token: the annotation")
    assert (bench.events, len(bench.writes)) == ([], 1)


@pytest.mark.parametrize("ends", [True, False])
async def test_a_secret_that_cannot_be_read_changes_nothing_unless_it_forbids_the_use(ends: bool) -> None:
    bench = Bench()
    await bench.look(70)
    bench.error = HostNotNamed("No.") if ends else SecretNotFound("No.")
    if ends:
        with pytest.raises(HostNotNamed):
            await bench.look(93)
    else:
        await bench.look(93)
    assert len(bench.events) == len(bench.writes) == 1
