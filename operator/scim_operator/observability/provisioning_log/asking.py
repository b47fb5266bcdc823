"""A question to the log as parameters of a URL: written by who asks, read by the operator's pod."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scim_operator.errors import InvalidSpec
from scim_operator.observability.provisioning_log.record import moment_of
from scim_operator.observability.provisioning_log.search import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

PAGE = 500
"""Records of one answer, at most."""
LONGEST = 1024
"""Characters of a value: no name is longer."""
MOST = 64
"""Parameters of a question."""
_TEXTS = ("user", "group", "namespace", "config", "cycle", "id")
_MANY = ("action", "status")
_MOMENTS = ("since", "until")


def parameters(query: Query) -> list[tuple[str, str]]:
    """Return the parameters of a query; of its limit, what one answer may hold."""
    return list(_parameters(query))


def _parameters(query: Query) -> Iterator[tuple[str, str]]:
    for name in _TEXTS:
        if value := getattr(query, name):
            yield name, value
    for name in _MANY:
        yield from ((name, value) for value in getattr(query, name))
    for name in _MOMENTS:
        if moment := getattr(query, name):
            yield name, moment.isoformat()
    if query.before:
        yield "before", " ".join(query.before)
    if query.held:
        yield "held", "true"
    yield "limit", str(min(query.limit, PAGE))


def query_from(given: Iterable[tuple[str, str]]) -> Query:
    """Return the query that parameters ask for. Raises InvalidSpec for what is none, without the value in it."""
    query = Query(held=False, limit=100)
    for number, (name, value) in enumerate(given):
        if number >= MOST or len(value) > LONGEST:
            raise InvalidSpec(f"A question has at most {MOST} parameters of {LONGEST} characters.")
        query = _with(query, name, value)
    return query


def _with(query: Query, name: str, value: str) -> Query:
    changed: Any
    if name in _TEXTS:
        changed = value
    elif name in _MANY:
        changed = (*getattr(query, name), value)
    elif name in _READ:
        changed = _READ[name](name, value)
    else:
        raise InvalidSpec(f"The log has no parameter {name[:40]!r}: command and operator may be of different releases.")
    return replace(query, **{name: changed})


def _moment(name: str, value: str) -> datetime:
    try:
        return moment_of(value)
    except ValueError as error:
        raise InvalidSpec(f"{name} is no moment; write it as 2026-11-25T22:00:00Z.") from error


def _limit(_: str, value: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,2}", value) or int(value) > PAGE:
        raise InvalidSpec(f"limit is from 1 to {PAGE}.")
    return int(value)


def _before(_: str, value: str) -> tuple[str, str]:
    at, _, record = value.partition(" ")
    return at, record


def _held(_: str, value: str) -> bool:
    return value == "true"


_READ: dict[str, Callable[[str, str], Any]] = {
    "since": _moment,
    "until": _moment,
    "before": _before,
    "held": _held,
    "limit": _limit,
}
