"""A service that answers each page just in time: its listing goes on for weeks, and the config stays `Ready=True`."""

from __future__ import annotations

from scim_operator.job.gather.listing import LONGEST
from tests.support.rig import rig, service_user

PAGES = 60
HASTE = 2 * LONGEST
"""The job's time is so fast that a page of 30 ms takes minutes, and all of them more than a listing may."""


async def test_a_listing_that_does_not_end_in_time_is_reported() -> None:
    async with rig(haste=HASTE, page_cap=1) as r:
        r.simulator.seed([service_user(f"user{number}") for number in range(PAGES)])
        r.simulator.faults.add("latency=30;method=GET;path=/Users")
        r.user("ada")
        await r.start()
        await r.until(lambda: r.condition("Ready") == ("False", "NotSwept"))
        assert set(r.writes()) <= {"POST /Users"}, "nothing is concluded from a part; ada is asked for by name"
