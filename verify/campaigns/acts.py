"""How campaigns of a theme end: with each kind of what they are about, in any order, on whom chance takes.

What a campaign has played before may have left little to see. So each of these acts sees to it itself that who takes
part is there, and lets go by what the one that waits goes by and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.campaigns.steps import Step
from verify.manifests import user

if TYPE_CHECKING:
    from random import Random

PEOPLE = ("ada", "ben", "cleo", "dan", "eve", "fay")
TEAMS = ("red", "blue", "all")
NEVER = "hal"
"""One who never had a resource, and never gets one."""
NEWCOMERS = ("ida", "jon", "kim")
"""People who come at the end: no manifest of theirs was there before."""
SETTLING = 60.0
"""Seconds in which those who take part are made, whatever was theirs."""
APART = 30.0
"""Seconds between two steps of an act: all that the first one leads to is done by then."""


class Acts:
    """The last acts of one campaign. No one waits in two of them, nor does a group, so that none hides another."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._people = random.sample(PEOPLE, len(PEOPLE))
        self._teams = random.sample(TEAMS[:2], 2)
        self._newcomers = random.sample(NEWCOMERS, len(NEWCOMERS))

    def waits(self) -> list[Step]:
        """Return waits for a name, a person, and the end of a suspension, each of which ends."""
        return self._shuffled(self._renamed(), self._named_anew(), self._resumed(), self._come())

    def members(self) -> list[Step]:
        """Return who never comes beside a stranger, and a group that gives up whom it was given in several requests."""
        return self._shuffled(self._never(), self._given_up())

    def _shuffled(self, *acts: list[Step]) -> list[Step]:
        """Return acts in any order. What comes after them, when all heals, wakes many who should be awake by then."""
        played = [step for act in self._random.sample(acts, len(acts)) for step in act]
        return [*played, Step(SETTLING, "look")]

    def _renamed(self) -> list[Step]:
        """Return one with an account who wants the name of another, and gets it when that one leaves."""
        # Whose name comes later wants it, so that no ring of claims comes about.
        of, name = sorted((self._people.pop(), self._people.pop()))
        claim = Step(APART, "claim", {"name": name, "of": of})
        return [_there(of), _there(name, wait=0.0), claim, _gone(of)]

    def _named_anew(self) -> list[Step]:
        """Return one without an account who wants the name of another, and gets it when that one leaves."""
        of, name = self._people.pop(), self._newcomers.pop()
        return [_there(of), Step(APART, "newcomer", {"name": name, "of": of}), _gone(of)]

    def _resumed(self) -> list[Step]:
        """Return one who is suspended, and joins or leaves a group meanwhile."""
        who, team, joins = self._people.pop(), self._teams.pop(), self._random.random() < 0.5
        other = self._people[0]
        named = [other] if joins else [other, who]
        return [
            _there(who),
            _there(other, wait=0.0),
            Step(SETTLING, "group", {"name": team, "spec": _team(team, *named)}),
            Step(APART, "pause", {"name": who, "groups": [team]}),
            Step(APART, "resume", {"name": who}),
        ]

    def _come(self) -> list[Step]:
        """Return a group that names one whose manifest comes later."""
        who, team = self._newcomers.pop(), self._teams.pop()
        named = Step(APART, "group", {"name": team, "spec": _team(team, who, self._people[0])})
        return [_there(self._people[0]), named, _there(who)]

    def _never(self) -> list[Step]:
        """Return a group with one who never comes, into which someone puts a stranger."""
        team = self._teams.pop()
        return [
            Step(SETTLING, "user", {"name": NEVER, "spec": user(NEVER, active=False)}),
            Step(APART, "group", {"name": team, "spec": _team(team, NEVER, self._people[0])}),
            Step(SETTLING, "guest", {"group": team}),
        ]

    def _given_up(self) -> list[Step]:
        """Return an additive group that is given several in one go, and lets some or all of them go."""
        team, who = self._teams.pop(), [self._people.pop() for _ in range(self._random.randint(3, 5))]
        leaving = self._random.sample(who, self._random.randint(1, len(who)))
        spec = _team(team, *who) | {"membershipPolicy": "Additive"}
        return [
            *(_there(name, wait=0.0) for name in who),
            Step(SETTLING, "group", {"name": team, "spec": spec}),
            Step(SETTLING, "join", {"group": team, "who": sorted(leaving), "leave": True}),
        ]


def _there(name: str, wait: float = SETTLING) -> Step:
    return Step(wait, "user", {"name": name, "spec": user(name)})


def _gone(name: str) -> Step:
    return Step(APART, "delete", {"user": name})


def _team(name: str, *members: str) -> dict[str, object]:
    return {"displayName": name, "members": [{"userRef": {"name": each}} for each in sorted(members)]}
