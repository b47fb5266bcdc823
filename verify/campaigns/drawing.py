"""Draws the steps of a campaign from a seed: who edits what, and what goes wrong meanwhile."""

from __future__ import annotations

import random
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scim_operator.core.resource import ENTERPRISE_USER
from verify.campaigns.acts import PEOPLE, TEAMS, Acts
from verify.campaigns.steps import Step
from verify.manifests import DOMAIN, user

if TYPE_CHECKING:
    from collections.abc import Callable

STRANGERS = ("gus", "ada", "fay")


class Theme(StrEnum):
    """What a campaign plays."""

    ALL = "all of it"
    PROMPT = "nothing goes wrong but that the operator is killed, and nothing may wait for a sweep"
    RIVALRY = "people claim what others have, and the end depends on who came first"
    DRIFT = "what someone changed by hand meets an edit of something else"
    MEMBERS = "strangers in groups whose members never come, and groups that are additive"
    WAITS = "who waits for a name, or for the end of a suspension, waits for no sweep"


_THEMES = (
    Theme.ALL,
    Theme.DRIFT,
    Theme.PROMPT,
    Theme.RIVALRY,
    Theme.ALL,
    Theme.MEMBERS,
    Theme.WAITS,
    Theme.RIVALRY,
)


def theme_of(seed: int) -> Theme:
    """Return what the campaign of a seed plays: half of them everything, half of them one thing in many variations."""
    return _THEMES[seed % len(_THEMES)]


def is_prompt(seed: int) -> bool:
    """Return whether in the campaign of a seed nothing waits for a sweep."""
    return theme_of(seed) in {Theme.PROMPT, Theme.WAITS}


class Drawing:
    """The choices of one campaign, by its theme."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a simulation
        self._theme = theme_of(seed)
        self._rivalry = self._theme is Theme.RIVALRY
        self._weights = _WEIGHTS[self._theme]

    def steps(self, count: int) -> list[Step]:
        """Return a tenant's first day, and so many steps after it."""
        begin = [Step(0.0, "user", self._user(name)) for name in PEOPLE]
        begin += [Step(0.0, "group", self._group(name)) for name in TEAMS]
        begin += _FIRST.get(self._theme, [])
        drawn = [self._step() for _ in range(count)]
        return [*begin, Step(0.0, "start"), Step(30.0, "look"), *drawn, *self._last()]

    def _last(self) -> list[Step]:
        """Return how a campaign of a theme ends, so that none ends without what it is about."""
        acts = Acts(self._random)
        return {Theme.WAITS: acts.waits, Theme.MEMBERS: acts.members}.get(self._theme, list)()

    def _step(self) -> Step:
        deed, weight = zip(*self._weights.items(), strict=True)
        [chosen] = self._random.choices(deed, weight)
        make: Callable[[], dict[str, Any]] = getattr(self, f"_{chosen}", dict)
        return Step(self._wait(), chosen, make())

    def _wait(self) -> float:
        """Return mostly moments, so that things overlap, and now and then a long while."""
        return round(self._random.choice((0.0, 0.05, 0.3, 2.0, 10.0, 60.0, 700.0)) * self._random.uniform(0.5, 1.5), 3)

    def _one(self, *choices: Any) -> Any:  # noqa: ANN401 - one of them
        return self._random.choice(choices)

    def _some(self, choices: tuple[str, ...]) -> list[str]:
        return sorted(self._random.sample(choices, self._random.randint(0, len(choices))))

    def _user(self, name: str = "") -> dict[str, Any]:
        name = name or self._one(*PEOPLE)
        spec = user(name, displayName=self._one(name.title(), f"{name.title()} E.", f"Dr. {name.title()}"))
        spec |= self._one({}, {}, {"title": self._one("Analyst", "Lead", "")}, {"nickName": name[:2]})
        spec |= self._one({}, {}, {}, {"active": False}, {"userName": f"{name}.2{DOMAIN}"})
        spec |= self._one({}, {}, {}, {"manager": {"userRef": {"name": self._one(*PEOPLE)}}})
        spec |= self._one(*[{}] * 9, {"userName": f"{self._one(*PEOPLE)}{DOMAIN}"} if self._rivalry else {})
        if self._theme is not Theme.WAITS:  # there, one leaves by being deleted, and suspension is a deed of its own
            spec |= self._one(*[{}] * 9, {"suspend": True})
            spec |= self._one(*[{}] * 9, {"notAfter": "2026-01-01T00:20:00Z"})
        spec["enterprise"] = {"department": self._one("Engineering", "Engineering", "Sales")}
        return {"name": name, "spec": spec, "labels": self._one({}, {"team": "red"}, {"team": "blue"})}

    def _group(self, name: str = "") -> dict[str, Any]:
        name = name or self._one(*TEAMS)
        members: list[dict[str, Any]] = [{"userRef": {"name": each}} for each in self._some(PEOPLE)]
        members += self._one([], [], [{"userSelector": {"matchLabels": {"team": name}}}])
        members += self._one([], [], [], [], [{"expression": 'user.enterprise.department == "Sales"'}])
        if name == "all":
            members += [{"groupRef": {"name": each}} for each in self._some(("red", "blue"))]
        spec = {"displayName": self._one(name, name, name, f"{name} team"), "members": members}
        often = self._theme is Theme.MEMBERS
        spec |= self._one(*[{}] * (1 if often else 4), {"membershipPolicy": "Additive"})
        return {"name": name, "spec": spec}

    def _delete(self) -> dict[str, Any]:
        one: dict[str, Any] = self._one({"user": self._one(*PEOPLE)}, {"group": self._one(*TEAMS)})
        return one

    def _again(self) -> dict[str, Any]:
        """Delete, and apply at once under the same name."""
        return self._user()

    def _rename(self) -> dict[str, Any]:
        """Give the manifest of one person another name: one goes, and another claims the same account."""
        return self._user() | {"to": self._one("b", "c")}

    def _swap(self) -> dict[str, Any]:
        """Exchange the userNames of two."""
        one, other = self._random.sample(PEOPLE, 2)
        return {"names": [one, other]}

    def _claim(self) -> dict[str, Any]:
        """Want the userName of another: of one who comes earlier, so that no ring of claims comes about."""
        one, other = sorted(self._random.sample(PEOPLE, 2))
        return {"name": other, "of": one}

    def _unclaim(self) -> dict[str, Any]:
        """Give a userName up, be it one's own."""
        who = self._one(*PEOPLE)
        return {"name": who, "user name": f"{who}{self._one('', '.2')}{DOMAIN}"}

    def _drift(self) -> dict[str, Any]:
        """Change one attribute by hand, and another one in the manifest, before a sweep has seen the first."""
        path = self._one("displayName", "name.familyName", "name.givenName")
        change = {"title": self._one("Analyst", "Lead", "Chief")}
        change = self._one(change, {"nickName": self._one("x", "y", "z")}, change | {"nickName": "w"})
        return {"user": self._one(*PEOPLE), "path": path, "value": f"By hand {self._one(1, 2)}", "edit": change}

    def _pause(self) -> dict[str, Any]:
        """Suspend one, and change the groups that one is in."""
        return {"name": self._one(*PEOPLE), "groups": self._some(TEAMS)}

    def _resume(self) -> dict[str, Any]:
        return {"name": self._one(*PEOPLE)}

    def _guest(self) -> dict[str, Any]:
        """Put a stranger into a group by hand."""
        return {"group": self._one(*TEAMS)}

    def _join(self) -> dict[str, Any]:
        """Let some join or leave a group, whose other members stay."""
        return {"group": self._one(*TEAMS), "who": self._some(PEOPLE), "leave": self._random.random() < 0.5}

    def _config(self) -> dict[str, Any]:
        wish: dict[str, Any] = self._one(
            {"suspend": True},
            {"suspend": False},
            {"mode": "Plan"},
            {"mode": "Apply"},
            {"filters": [{"title": "Some", "clauses": [self._one(*_CLAUSES)]}]},
            {"filters": []},
            {"expression": self._one('user.enterprise.department == "Sales"', '!("blue" in groups)')},
            {"expression": ""},
            {"computed": True},
            {"computed": False},
            {"whenDeleted": "Delete"},
            {"whenDeleted": "Disable"},
            {"whenOutOfScope": "Delete"},
            {"whenOutOfScope": "Disable"},
            {"groups": False},
            {"groups": True},
            {"managers": False},
            {"managers": True},
            {"scope": "Assigned", "assignments": [{"groupRef": {"name": self._one(*TEAMS)}}]},
            {"scope": "All", "assignments": []},
        )
        return wish

    def _hand(self) -> dict[str, Any]:
        """Draw what an administrator does at the service."""
        who = self._one(*PEOPLE)
        change = self._one(
            {"path": "displayName", "value": "By hand"},
            {"path": "title", "value": "By hand"},
            {"path": "active", "value": True},
            {"path": "active", "value": False},
            {"path": "userName", "value": f"{who}.hand{DOMAIN}"},
            {"path": "name.familyName", "value": "Hand"},
        )
        done: dict[str, Any] = self._one(
            {"user": who, **change},
            {"user": who, **change},
            {"remove user": who},
            {"remove group": self._one(*TEAMS)},
            {"group": self._one(*TEAMS), "add": who},
            {"group": self._one(*TEAMS), "take": who},
            {"stranger": self._one(*STRANGERS) if self._rivalry else "gus"},
        )
        return done

    def _outage(self) -> dict[str, Any]:
        return {"seconds": self._one(1, 20, 300), "of": self._one("service", "service", "groups", "api")}

    def _weather(self) -> dict[str, Any]:
        fate = self._one("answer lost", "request lost", "duplicated", "delayed", "500", "429", "412", "404 late")
        return {"of": self._one("service", "service", "api"), "fate": fate, "share": self._one(0.1, 0.3)}

    def _view(self) -> dict[str, Any]:
        return {"view": self._one("late", "duplicated", "410", "silent"), "share": self._one(0.05, 0.2)}

    def _token(self) -> dict[str, Any]:
        return {"secret": self._one("old", "new"), "service": self._one("old", "new")}


COST_CENTER = f"{ENTERPRISE_USER}:costCenter"
MANAGER, DEPARTMENT = f"{ENTERPRISE_USER}:manager", f"{ENTERPRISE_USER}:department"
_CLAUSES: tuple[dict[str, Any], ...] = (
    {"attribute": DEPARTMENT, "operator": "EQUALS", "value": "Engineering"},
    {"attribute": DEPARTMENT, "operator": "EQUALS", "value": "Engineering"},
    {"attribute": DEPARTMENT, "operator": "NOT EQUALS", "value": "Sales"},
    {"attribute": "title", "operator": "IS NULL"},
    {"attribute": "displayName", "operator": "REGEX MATCH", "value": "Dr.*"},
    {"attribute": "userName", "operator": "STARTS_WITH", "value": "c"},
)
_PLAIN = {"user": 30, "group": 18, "delete": 8, "again": 4, "rename": 4, "config": 8, "kill": 6}
"""How often each deed is drawn."""
_TROUBLE = {"hand": 10, "outage": 4, "weather": 4, "view": 2, "calm": 4, "token": 1, "compact": 2}
_FEW = {"user": 12, "group": 6, "kill": 6}
_WEIGHTS = {
    Theme.ALL: _PLAIN | _TROUBLE | {"drift": 3, "guest": 2, "join": 4, "pause": 2, "resume": 2},
    Theme.PROMPT: _PLAIN | {"join": 4, "pause": 2, "resume": 2},
    Theme.RIVALRY: _PLAIN | _TROUBLE | {"swap": 1, "second": 2, "claim": 3},
    Theme.DRIFT: _FEW | _TROUBLE | {"drift": 30},
    Theme.MEMBERS: _FEW | {"guest": 12, "join": 30, "delete": 6, "hand": 4, "outage": 2},
    Theme.WAITS: _FEW | {"claim": 20, "unclaim": 10, "delete": 8, "pause": 12, "resume": 12, "join": 4},
}
_FIRST = {
    Theme.MEMBERS: [Step(0.0, "hand", {"stranger": "gus"})],
    # Who is deleted frees a name.
    Theme.WAITS: [Step(0.0, "config", {"whenDeleted": "Delete"})],
}
