"""A spec as the API server checks it: refused by row and column, or without the values that it cannot hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.errors import InvalidSpec
from scim_operator.local.checks import API_VERSION, node_of_kind
from scim_operator.local.manifests import dotted
from scim_operator.local.schema import Checker
from scim_operator.local.unapplied import unapplied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.local.document import Path
    from scim_operator.local.schema import Fault
    from scim_operator.sources.row import SourceRow

_IDENTIFYING = frozenset({"userName", "displayName", "externalId"})


def fitted(row: SourceRow, spec: dict[str, Any], identity: str, *, yields: bool) -> tuple[dict[str, Any], list[str]]:
    """Return the spec that the API server takes, and what was left out for that.

    Errors: InvalidSpec with the column and the fix, for what may not be left out: `yields` says whether anything may.
    """
    if not spec.get(identity):
        raise InvalidSpec(f"{_column(row, (identity,))}{identity} is empty; fill it in")
    faults = _faults(row, spec)
    if not faults:
        return spec, []
    if not yields or any(_identifies(fault, identity) for fault in faults):
        raise InvalidSpec(_sentence(row, next(iter(faults)), len(faults)))
    ordered = sorted(faults, key=lambda each: list(map(str, each.path)), reverse=True)
    left = [_without(spec, fault.path[1:]) for fault in ordered]
    if remaining := _faults(row, spec):
        raise InvalidSpec(_sentence(row, remaining[0], len(remaining)))
    return spec, left


def _faults(row: SourceRow, spec: Mapping[str, Any]) -> list[Fault]:
    checker = Checker()
    body = {"apiVersion": API_VERSION, "kind": row.kind.value, "metadata": {"name": "a"}, "spec": spec}
    checker.check(body, node_of_kind(row.kind.value))
    return checker.faults or list(unapplied(spec, ("spec",)))


def _identifies(fault: Fault, identity: str) -> bool:
    field = fault.path[1] if len(fault.path) > 1 else identity
    return field == identity or (field in _IDENTIFYING and field != "displayName")


def _sentence(row: SourceRow, fault: Fault, count: int) -> str:
    path = fault.path[1:]
    more = f" (and {count - 1} more)" if count > 1 else ""
    return f"{_column(row, path)}{dotted(path)}: {fault.message}{more}"


def _column(row: SourceRow, path: Path) -> str:
    """Return the column that gave what is at a path, or something below it, as the beginning of a sentence."""
    names = [str(step) for step in path if not isinstance(step, int)]
    whole = (".".join(names[:count]) for count in range(len(names), 0, -1))
    column = next((row.columns[name] for name in whole if name in row.columns), "")
    return f"{row.noun} {column}: " if column else ""


def _without(spec: dict[str, Any], path: Path) -> str:
    """Take away what is wrong, and what that leaves empty; return its name.

    Of several values, or of an attribute of an extension, all of it: who holds a part would have the rest given up.
    """
    numbers = [at for at, step in enumerate(path) if isinstance(step, int)]
    steps = path[: numbers[0]] if numbers else path
    _remove(spec, steps[:3] if steps[0] == "extensions" else steps)
    return ".".join(str(step) for step in path if not isinstance(step, int))


def _remove(holder: Any, steps: Path) -> None:  # noqa: ANN401 - any JSON value
    first, rest = steps[0], steps[1:]
    present = first < len(holder) if isinstance(first, int) else first in holder
    if not present:
        return
    if rest:
        _remove(holder[first], rest)
    if not rest or holder[first] in ({}, []):
        del holder[first]
