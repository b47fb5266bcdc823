"""A whole plan as pages show it, read from the form in which `scim-operator plan` saves it. Pure.

A saved plan may come from anyone: what has another type than the command writes counts as not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.plan.verb import Verb

if TYPE_CHECKING:
    from collections.abc import Iterable

Plan = Mapping[str, Any]
"""A whole plan, as `scim-operator plan --out` saves it."""
_GRAVITY = {verb.value: verb.meaning.gravity for verb in Verb}


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute: old and new as text, "" for no value. Sensitive ones are redacted by whoever made the plan."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ShownStep:
    """What happens to one object. `object` is kind and name, such as scimuser/ada."""

    object: str
    name: str
    verb: str
    held: bool
    protected: bool
    changes: tuple[Change, ...]
    gains: tuple[str, ...]
    losses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole plan, read once: all steps, what cannot be provisioned, and what is to be known about it."""

    config: str
    approval: str
    because: str
    blocked: str
    protected: tuple[str, ...]
    notes: tuple[str, ...]
    wrong: tuple[str, ...]
    numbers: Mapping[str, int]
    steps: tuple[ShownStep, ...]
    problems: tuple[tuple[str, str, str], ...]


def whole_of(plan: Plan) -> Whole:
    """Return a plan as pages show it."""
    return Whole(
        config=text(plan.get("config")),
        approval=text(plan.get("approval")),
        because=text(plan.get("because")),
        blocked=text(plan.get("blocked")),
        protected=texts(plan.get("protected")),
        notes=texts(plan.get("notes")),
        wrong=(*texts(plan.get("invalid")), *texts(plan.get("forgotten"))),
        numbers=numbers_of(plan),
        steps=tuple(steps_of(plan)),
        problems=tuple(problems_of(plan)),
    )


def steps_of(plan: Mapping[str, Any]) -> list[ShownStep]:
    """Return all steps: protected ones first, then what is held, then the gravest."""
    protected = frozenset(texts(plan.get("protected")))
    found = [_step(each, protected) for each in _objects(plan.get("steps"))]
    return sorted(
        found, key=lambda step: (not step.protected, not step.held, _GRAVITY.get(step.verb, len(_GRAVITY)), step.object)
    )


def access_of(steps: Iterable[ShownStep]) -> list[tuple[str, list[str], list[str]]]:
    """Return by member the groups that it would join, and those that it would leave."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for step in steps:
        for number, members in enumerate((step.gains, step.losses)):
            for member in members:
                found.setdefault(member, ([], []))[number].append(step.name)
    return [(member, *found[member]) for member in sorted(found)]


def problems_of(plan: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return object, reason and message of what cannot be provisioned as it stands."""
    return [
        (text(p.get("object")), text(p.get("reason")), text(p.get("message"))) for p in _objects(plan.get("problems"))
    ]


def numbers_of(plan: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of a plan by their names."""
    counts = plan.get("counts")
    listed = counts.items() if isinstance(counts, dict) else ()
    return {str(name): number for name, number in listed if type(number) is int}


def text(value: object) -> str:
    """Return a text as it is, and "" for what is none."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list, () for what is none."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _step(body: Mapping[str, Any], protected: frozenset[str]) -> ShownStep:
    return ShownStep(
        object=text(body.get("object")),
        name=text(body.get("name")) or text(body.get("object")),
        verb=text(body.get("verb")),
        held=body.get("held") is True,
        protected=text(body.get("object")) in protected,
        changes=tuple(_change(each) for each in _objects(body.get("attributes"))),
        gains=texts(body.get("gains")),
        losses=texts(body.get("losses")),
    )


def _change(body: Mapping[str, Any]) -> Change:
    return Change(text(body.get("path")), shown(body.get("old")), shown(body.get("new")))


def shown(value: object) -> str:
    """Return a JSON value as a person reads it: texts as they are, "" for no value."""
    if value is None:
        return ""
    try:
        return value if isinstance(value, str) else orjson.dumps(value).decode()
    except TypeError:
        return "a value that nests too deep to be shown"


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
