"""Up to which versions its holder knew a namespace's manifests: a note in the Lease that it released.

Who takes the Lease waits until its own watches have come to them, which takes an instant, and lists nothing. Then it
has seen all that the former holder had seen or written: a watch shows one kind in the order of the versions.

The danger is an end that was missed: someone whose manifest is gone would be provisioned again. Whoever acts on an end
has seen an event of it (that it is being deleted, or gone), or a listing without it, or has written to the manifest.
Each of these counts. So does the note under which the former holder took the Lease itself, for its own watch may have
begun later. The end of a manifest without our finalizer may still be on its way, as at any time: before anything is
created for it the finalizer is written, and that fails where the manifest is gone.

A bookmark does not count: the next holder's watch may come to such a version with its own only, a minute later. Nor
does the version of a first listing, but those of its manifests do: what had gone by then, had gone under the former
holder, whose note counts. Where that left none, nothing is noted until the namespace is listed under the Lease, for
that version does count: a process that begins again in its pod knows nothing of the ends that the former one saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.leases.lease import Seen

TOO_LONG = 20
"""Digits that no version has: they are integers of 64 bits."""
_NAMES = {Kind.USER: "scimusers", Kind.GROUP: "scimgroups"}


@dataclass(frozen=True, slots=True)
class Handover:
    """What a former holder leaves of the manifests of a namespace.

    `moved` is whether it has worked since the one who takes over came; `versions` are those that it noted, by kind,
    None where it noted none. `first`: there was none.
    """

    moved: bool = False
    versions: Mapping[Kind, int] | None = None
    first: bool = False


def handover(known: Seen | None, *, worked: bool) -> Handover:
    """Return what there is to know for someone who takes a Lease, as it is known before that.

    A holder whose Lease ended noted nothing, and one that went while a request had no answer did not end in good order.
    """
    if known is None:
        return Handover(moved=worked, first=not worked)
    told = not known.lease.holder and not known.lease.unanswered
    return Handover(known.moved, versions_in(known.lease.versions) if told else None)


def note_of(versions: Mapping[Kind, int]) -> str:
    """Return the note."""
    return " ".join(f"{name}={versions[kind]}" for kind, name in _NAMES.items())


def versions_in(note: str) -> Mapping[Kind, int] | None:
    """Return what a note says, None where it does not say it of each kind; others may have written anything into it."""
    said = dict(part.partition("=")[::2] for part in note.split())
    if not all(_is_version(said.get(name, "")) for name in _NAMES.values()):
        return None
    return {kind: int(said[name]) for kind, name in _NAMES.items()}


def _is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < TOO_LONG
