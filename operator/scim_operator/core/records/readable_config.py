"""The status of a config as it is read back, field by field as its API model says.

Pure. A field that holds another type than the model's counts as not there, and so does an entry of a list, or an
object, that lacks what the model requires of it. What the model does not know is left as it is: nothing reads it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from scim_operator.api.model import ApiModel
from scim_operator.api.status import ProvisioningConfigStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[Any], Any]
    """Takes a JSON value and returns the readable part of it, None for none."""

UNREADABLE_LIMITS = {"proof": "unreadable"}
"""A substitute for a ledger of another type: it has no proof, so nothing is allowed for one window."""
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_LARGEST = 2**63 - 1
_SPARED = frozenset({"lastTransitionTime"})
"""Fields that the model requires and a reader can do without."""


def readable_config_status(status: object) -> dict[str, Any]:
    """Return the status of a ProvisioningConfig without what has another type than the operator writes."""
    read: dict[str, Any] = _object_of(ProvisioningConfigStatus)(status) or {}
    if isinstance(status, dict) and status.get("limits") and not read.get("limits"):
        read["limits"] = UNREADABLE_LIMITS
    return read


@cache
def _object_of(model: type[ApiModel]) -> Reader:
    fields = model.model_fields
    readers = {str(field.alias): _reader(field.annotation) for field in fields.values()}
    required = {str(field.alias) for field in fields.values() if field.is_required()} - _SPARED

    def read(body: Any) -> dict[str, Any] | None:  # noqa: ANN401 - JSON
        if not isinstance(body, dict):
            return None
        found = {name: readers[name](value) if name in readers else value for name, value in body.items()}
        found = {name: value for name, value in found.items() if value is not None}
        return found if required <= found.keys() else None

    return read


def _reader(annotation: Any) -> Reader:  # noqa: ANN401 - whatever a field is annotated with
    """Return what reads a field: an object, a list, one of several texts, or a single value."""
    options = [each for each in get_args(annotation) if each is not NoneType]
    if get_origin(annotation) is tuple:
        return _list_of(_reader(options[0]))
    if options:  # X | None, or Annotated[X, its bounds]
        return _reader(options[0])
    if issubclass(annotation, ApiModel):
        return _object_of(annotation)
    return _one_of(annotation) if issubclass(annotation, StrEnum) else _SINGLE[annotation]


def _list_of(reader: Reader) -> Reader:
    def read(value: Any) -> list[Any] | None:  # noqa: ANN401 - JSON
        if not isinstance(value, list):
            return None
        return [each for each in map(reader, value) if each is not None]

    return read


def _one_of(texts: type[StrEnum]) -> Reader:
    known = frozenset(text.value for text in texts)
    return lambda value: value if isinstance(value, str) and value in known else None


def _number(value: Any) -> int | None:  # noqa: ANN401 - JSON
    return value if type(value) is int and 0 <= value <= _LARGEST else None


def _moment(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """Return a point in time, with its offset, that can be counted with and written again."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return value if moment.tzinfo is not None and _FIRST <= moment <= _LAST else None


_SINGLE: dict[type, Reader] = {
    str: lambda value: value if isinstance(value, str) else None,
    bool: lambda value: value if isinstance(value, bool) else None,
    int: _number,
    datetime: _moment,
}
