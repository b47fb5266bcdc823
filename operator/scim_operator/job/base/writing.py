"""Writes to Kubernetes that must succeed before anything else may happen."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from scim_operator.core.backoff import Backoff
from scim_operator.errors import NotWritten, ScimOperatorError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)

T = TypeVar("T")


async def written(write: Awaitable[T]) -> T:
    """Return the write's answer; raises NotWritten, so that API server errors are not taken for the service's."""
    try:
        return await write
    except ScimOperatorError as error:
        raise NotWritten(str(error)) from error


async def persistently(write: Callable[[], Awaitable[None]], clock: Clock, key: ConfigKey) -> None:
    """Try a write until the API server takes it; `key` is the config on whose behalf, for the log."""
    backoff = Backoff()
    while True:
        try:
            return await write()
        except NotWritten as error:
            logger.warning("%s: not written, and tried again in %.0f s: %s", key, backoff.upcoming, error)
        await clock.sleep(backoff.next())


async def let_go(
    records: Iterable[SourceRecord], part: Callable[[SourceRecord], Awaitable[None]], clock: Clock, key: ConfigKey
) -> None:
    """Part config `key` from every manifest that is being deleted and waits for us, until the API server takes it."""
    for record in records:
        if record.awaits_release:
            await persistently(partial(part, record), clock, key)


def must_add_finalizer(record: SourceRecord, facts: Facts, due: Plan) -> bool:
    """Return whether our finalizer must be on the manifest before anything is sent for it (promise S3).

    The claimed manifest may be newer than the plan; the plan still speaks for `record` alone (promise S6).
    """
    if record.finalized or record.goes:
        return False
    return due.verb is not None or (due.owned and facts.desired is not None)
