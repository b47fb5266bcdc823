"""What a document that cannot be read still shows before the place where it breaks off."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml
from yaml import cyaml

from scim_operator.local.document import MAX_DEPTH
from scim_operator.local.scalars import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def glimpse(text: str) -> dict[str, Any]:
    """Return the part of a manifest above its first error; {} where there is none. Aliases and tags are left out.

    A key that stands twice ends it too, and has no value: which of the two is meant is not known.
    """
    root: dict[str, Any] = {}
    with contextlib.suppress(yaml.YAMLError, _Ends):
        _fill(root, _events(text))
    return root


class _Ends(Exception):  # noqa: N818 - ends the reading, and is no error
    """Nothing below this is believed."""


def _events(text: str) -> Iterator[Any]:
    parser: Any = cyaml.CParser(text)  # type: ignore[attr-defined]  # the stubs leave it out
    while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
        yield event


def _fill(root: dict[str, Any], events: Iterator[Any]) -> None:
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            _mapping(root, events, 1)
            return
        if isinstance(event, yaml.NodeEvent):
            return


def _mapping(built: dict[str, Any], events: Iterator[Any], depth: int) -> None:
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            raise _Ends
        if (key := event.value) in built:
            del built[key]
            raise _Ends
        _put(partial(built.__setitem__, key), next(events), events, depth)


def _sequence(built: list[Any], events: Iterator[Any], depth: int) -> None:
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        _put(built.append, event, events, depth)


def _put(put: Callable[[Any], object], event: Any, events: Iterator[Any], depth: int) -> None:  # noqa: ANN401 - untyped C
    """Put a value in its place before it is whole, so that what stands above the error is there."""
    if depth > MAX_DEPTH:
        raise _Ends
    if isinstance(event, yaml.MappingStartEvent):
        mapping: dict[str, Any] = {}
        put(mapping)
        _mapping(mapping, events, depth + 1)
    elif isinstance(event, yaml.SequenceStartEvent):
        sequence: list[Any] = []
        put(sequence)
        _sequence(sequence, events, depth + 1)
    elif isinstance(event, yaml.ScalarEvent) and event.tag is None:
        with contextlib.suppress(ValueError):
            put(event.value if event.style else resolve(event.value))
