"""Texts that stand in a file as they are to be, and that kubectl, Argo CD or Flux still cannot send."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scim_operator.local.findings import Severity
from scim_operator.local.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.local.document import Path
    from scim_operator.local.findings import Finding
    from scim_operator.local.manifests import Manifest

_NOT_APPLIED = re.compile("[\x7f-\x9f\ufffe\uffff]")
_MESSAGE = (
    "has control characters that the API server takes in no server-side apply (U+007F to U+009F, U+FFFE, U+FFFF); "
    "remove them"
)


def unapplied(value: Any, path: Path) -> Iterator[Fault]:  # noqa: ANN401 - any JSON value
    """Yield a fault for each text below a path that a server-side apply cannot carry.

    An API server reads a server-side apply, as Argo CD and Flux send it, as YAML, even where it is JSON.
    """
    if isinstance(value, str):
        if not value.isascii() or "\x7f" in value:
            yield from [Fault(path, _MESSAGE)] if _NOT_APPLIED.search(value) else ()
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from unapplied(name, path)
            yield from unapplied(each, (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from unapplied(each, (*path, number))


def not_applied(manifests: Iterable[Manifest]) -> Iterator[Finding]:
    """Yield a warning for each such text of manifests: a client-side apply takes it, so it may be what is wanted."""
    for manifest in manifests:
        for field in ("metadata", "spec"):
            for fault in unapplied(manifest.body[field], (field,)):
                yield manifest.finding(fault.message, fault.path, Severity.WARNING)
