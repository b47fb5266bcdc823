"""Our mark on a resource: the externalId that says which manifest, of which owner, it belongs to.

It is `<owner>/<namespace>/<name>` where the config has an owner, else `<namespace>/<name>`. What has the form of a mark
belongs to the owner it names. So no manifest may ask for another's, however it is spelled, and a resource that carries
one is no one else's to take.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey

_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL})*"
HANDED_OVER = "/handed-over"
"""The suffix of a mark on a resource that its former owner has handed over and its new one has not taken yet."""
_MARK = re.compile(
    rf"(?:(?P<owner>{_LABEL})/)?(?P<namespace>{_LABEL})/(?P<name>{_NAME})|"
    rf"(?P<to>{_LABEL})/(?P<there>{_LABEL})/(?P<named>{_NAME}){HANDED_OVER}"
)
"""An owner and a namespace are DNS labels (RFC 1123), a name is a DNS subdomain."""

_LIKE_A_SLASH = "\u2044\u2215\u29f8\u2571\u27cb\u29f6\u338d\u31d3\u4e3f\u30ce\uff0f\u2cc6\u1735"
_SLASHES = str.maketrans(dict.fromkeys(_LIKE_A_SLASH, "/"))
"""Characters that look like a slash, and may become one on the way to where a mark is read."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp", "Mn", "Me"})
"""The categories of characters that show nothing of their own."""
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
FEIGNED = (
    "externalId has the form of a mark, <namespace>/<name> or <owner>/<namespace>/<name>, which belongs to another "
    "manifest: leave externalId out, or take the identity provider's id"
)
"""The error of a manifest that asks for another's mark, without the value."""
_LAYERS = 5
"""How often an encoding within an encoding is taken off."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Which manifest a resource belongs to; `owner` is "" where the config that wrote it has none."""

    owner: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return "/".join(part for part in (self.owner, self.namespace, self.name) if part)


def mark_of(owner: str, key: ObjectKey) -> str:
    """Return the mark of a manifest under an owner ("" for none)."""
    # Called several times per object in each sweep, so no Mark is made.
    return f"{owner}/{key.namespace}/{key.name}" if owner else f"{key.namespace}/{key.name}"


def stand_in(mark: str, id: str) -> str:
    """Return the externalId of a manifest whose mark is kept by a resource that another manifest has by now.

    It has not the form of a mark: what carries it is no one's because of it.
    """
    return f"{mark}~{hashlib.sha256(id.encode()).hexdigest()[:8]}"


def read_mark(external_id: object) -> Mark | None:
    """Return the mark that a resource carries, None where its externalId has not the exact form of one."""
    found = _MARK.fullmatch(external_id) if isinstance(external_id, str) and "/" in external_id else None
    if found is None:
        return None
    if found["to"]:
        return Mark(found["to"], found["there"], found["named"])
    return Mark(found["owner"] or "", found["namespace"], found["name"])


def is_handed_over(external_id: object) -> bool:
    """Return whether a resource was handed over and not taken yet: no record makes it anyone's."""
    return isinstance(external_id, str) and external_id.endswith(HANDED_OVER) and read_mark(external_id) is not None


def is_foreign(external_id: object, owner: str, namespace: str) -> bool:
    """Return whether a resource carries the mark of another owner, or without an owner, of another namespace."""
    own = f"{owner}/" if owner else f"{namespace}/"
    if isinstance(external_id, str) and external_id.startswith(own) and external_id.count("/") == 1 + bool(owner):
        return False  # as for most, so a check before reading the mark pays off
    mark = read_mark(external_id)
    if mark is None or (owner and mark.owner == owner):
        return False
    return bool(mark.owner) or mark.namespace != namespace


def feigned(external_id: object, owner: str, key: ObjectKey) -> bool:
    """Return whether a manifest's externalId has the form of a mark, in any spelling, and is not exactly its own."""
    if not isinstance(external_id, str) or external_id in (mark_of(owner, key), mark_of("", key)):
        return False
    return any(_MARK.fullmatch(text) for text in _spellings(external_id))


def _spellings(text: str) -> set[str]:
    """Return what the text may become where it is decoded, normalised or shown: each layer of encoding taken off."""
    found = set()
    for _ in range(_LAYERS):
        found.add(_plain(text))
        if not _ENCODED.search(text):
            break
        text = unquote(text, errors="ignore")
    return found


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.translate(_SLASHES)).casefold().translate(_SLASHES)
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(character for character in decomposed if unicodedata.category(character) not in _UNSEEN)
