"""How lives are told: what they begin with, and where they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.simulator.settings import Settings
from tests.support.day import Day
from verify.world import INTERVAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    Life = Callable[[Day], AsyncIterator[str]]

LENIENT = Settings(strict=False, immutable_external_id=False, string_booleans=False, nested_groups=True, discovery=True)
GENERATED = {"externalId": "Generated"}
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
PLAIN = {"strict": False, "immutable_external_id": False, "string_booleans": False}

LIVES: dict[str, tuple[Life, Callable[[], Day]]] = {}


def life(settings: Settings | None = None, **spec: Any) -> Callable[[Life], Life]:
    """Add a life, of a config with these top-level fields at a service with these settings."""

    def added(told: Life) -> Life:
        LIVES[told.__name__] = told, lambda: Day(settings, **spec)
        return told

    return added


async def begun(day: Day, *names: str, seconds: float = 30.0, **teams: list[str]) -> None:
    """Begin with users of these names, and groups of some of them."""
    day.people(*names)
    for team, members in teams.items():
        day.team(team, *members)
    day.world.start()
    await day.world.pass_time(seconds)


async def to_the_next_sweep(day: Day) -> None:
    """Let time pass until a sweep has come to its end."""
    await day.world.pass_time(INTERVAL + 60.0)


def account(name: str, **more: Any) -> dict[str, Any]:
    """Return a user as others would create it at the service."""
    mail = [{"type": "work", "value": f"{name}@corp.example", "primary": True}]
    names = {"givenName": name.title(), "familyName": "Else"}
    given = {"schemas": [CORE], "userName": f"{name}@corp.example", "externalId": f"of-{name}", "active": True}
    return {**given, "name": names, "emails": mail, **more}
