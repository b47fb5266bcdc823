"""What the manifests of a directory say from one moment on: the difference to the moment before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.review.access.commits import Commit


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """A part of a file that cannot be read, or has errors; `line` counts from 1, 0 is the file as a whole."""

    file: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A commit, None for files as they stand, and what it changed: records put, and keys that are gone.

    `config` is the settings from then on, None while there is no config. `faults` are all that are there then, and
    `obscure` the keys of those of whom no manifest can be read for that; `config_obscure`: the config is one of them,
    and what it said before counts. `emerged` may have been where something could not be read until then.
    """

    commit: Commit | None
    at: datetime
    put: tuple[SourceRecord, ...]
    gone: tuple[ObjectKey, ...]
    config: Settings | None
    faults: tuple[Fault, ...] = ()
    obscure: frozenset[ObjectKey] = frozenset()
    emerged: frozenset[ObjectKey] = frozenset()
    config_obscure: bool = False
