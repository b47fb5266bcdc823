"""Groups by expressions over users, beside Google's evaluator: CPU seconds of one process for all judgements.

The bare loop parses each user's JSON once, makes one activation of it and evaluates every compiled rule; it keeps
nothing. Ours answers who is in which group, and keeps it.
"""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
from cel_expr_python import cel

from scim_operator.core.members.topology import Topology
from scim_operator.core.records.record import MatchingUsers
from scim_operator.core.resource import ENTERPRISE_USER
from tools.cluster.progress import say
from tools.measure.report import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RULES = 100
SIZES = (2_000, 100_000)
ROUNDS = {2_000: 5, 100_000: 1}
TOGETHER = 16
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENVIRONMENT = (
    '{"name": "bare", "variables": [{"name": "user", "type_name": "map", '
    '"params": [{"type_name": "string"}, {"type_name": "dyn"}]}]}'
)


def rule(number: int) -> str:
    """Return one of two kinds of rules, each of two conditions."""
    if number % 2:
        return f'user.active && user.enterprise.department == "Department {number}"'
    return f'user.title == "Engineer" && user.enterprise.costCenter == "cc{number}"'


def document(number: int) -> bytes:
    """Return a user as records keep it."""
    mail = f"user-{number:06}@corp.example"
    return orjson.dumps(
        {
            "userName": mail,
            "active": True,
            "name": {"givenName": "User", "familyName": f"Number {number}"},
            "displayName": f"User Number {number}",
            "emails": [{"type": "work", "value": mail, "primary": True}],
            "title": "Engineer",
            ENTERPRISE_USER: {"department": f"Department {number % 40}", "costCenter": f"cc{number % 200}"},
        }
    )


class Rules:
    """A number of users, and the rules over them."""

    def __init__(self, users: int) -> None:
        self.documents = [document(number) for number in range(users)]
        self.texts = [rule(number) for number in range(RULES)]
        environment = cel.NewEnv(config=cel.NewEnvConfigFromYaml(ENVIRONMENT))
        self._compiled = [environment.compile(text) for text in self.texts]
        self._activation = environment.Activation

    def bare(self) -> int:
        """Evaluate all rules for all users with Google's evaluator; return how many hold."""
        held = 0
        for each in self.documents:
            user = orjson.loads(each)
            user["enterprise"] = user.pop(ENTERPRISE_USER)
            looks = self._activation({"user": user})
            held += sum(compiled.eval(looks).plain_value() is True for compiled in self._compiled)
        return held

    def users_last(self) -> int:
        """Put the groups, and then the users one by one."""
        topology, groups = self._topology(), self._groups()
        for name, members in groups.items():
            topology.put_group(name, members)
        for number in range(len(self.documents)):
            topology.put_user(str(number), {})
        return sum(len(topology.direct_users(name)) for name in groups)

    def groups_last(self) -> int:
        """Put the users, and then the groups as they are listed."""
        topology, groups = self._topology(), self._groups()
        for number in range(len(self.documents)):
            topology.put_user(str(number), {})
        for names in batches([*groups]):
            together = {name: groups[name] for name in names}
            for _ in topology.judging.prepare_all(together):
                pass
            for name, members in together.items():
                topology.put_group(name, members)
        return sum(len(topology.direct_users(name)) for name in groups)

    def _groups(self) -> dict[str, list[MatchingUsers]]:
        return {f"group-{number}": [MatchingUsers(text)] for number, text in enumerate(self.texts)}

    def _topology(self) -> Topology:
        return Topology(lambda name: orjson.loads(self.documents[int(name)]), lambda: NOW)


def batches(names: Sequence[str]) -> list[Sequence[str]]:
    """Return the names some at a time."""
    return [names[at : at + TOGETHER] for at in range(0, len(names), TOGETHER)]


def measure_rules() -> list[Figure]:
    """Return what each way takes, the three in turns."""
    return [figure for users in SIZES for figure in measured(users)]


def measured(users: int) -> list[Figure]:
    """Return the figures for one number of users."""
    rules = Rules(users)
    ways: dict[str, Callable[[], int]] = {
        "Google's evaluator": rules.bare,
        "users put last": rules.users_last,
        "groups put last": rules.groups_last,
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    held: set[int] = set()
    for _ in range(ROUNDS[users]):
        for name, way in ways.items():
            begun = time.process_time()
            held.add(way())
            found[name].append(time.process_time() - begun)
    if len(held) != 1:
        raise RuntimeError(f"the ways disagree: {held}")
    say(f"{users} users: " + ", ".join(f"{name} {min(each):.2f} s" for name, each in found.items()))
    return figures(users, {name: statistics.median(each) for name, each in found.items()})


def figures(users: int, seconds: dict[str, float]) -> list[Figure]:
    """Return what each takes, and ours beside Google's."""
    what = f"{RULES} rules over {users} users"
    [(name, bare), *ours] = seconds.items()
    return [
        Figure(f"{what}: {name}, an activation a user", f"{bare:.2f} s"),
        *(
            Figure(f"{what}: {name}", f"{each:.2f} s ({each / bare:.2f} of it)", "≤ 1", each <= bare)
            for name, each in ours
        ),
    ]
