"""What `apply` found out about what a service never shows, or stores in another form, from run to run.

Values are keyed digests, in a file that only its owner can read, with the key in another one. Of additive groups, and
of those of a service that never shows who is in them, it has the ids of those whom we put there. No resource becomes
ours by it; without it, or at another resource, such a value is sent once more.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.decision.forms import place
from scim_operator.core.records.record import packed_status
from scim_operator.core.records.status import entry_from_json, service_mark
from scim_operator.core.seal import Seal
from scim_operator.local.files import OWNER_ALONE, read_regular, write_private
from scim_operator.local.manifests import MAX_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.base.settings import Settings
    from scim_operator.review.sources import Sources

VERSION = 1
KEY = "key"
_LENGTH = 32
"""Bytes of the key."""
_OWNER_ALONE = 0o700

Body = dict[str, Any]


def default_folder() -> Path | None:
    """Return where programs keep such things (the XDG base directories); None where there is no such place."""
    state, home = os.environ.get("XDG_STATE_HOME", ""), os.environ.get("HOME", "")
    base = Path(state) if os.path.isabs(state) else Path(home, ".local", "state")  # noqa: PTH117
    return base / "scim-operator" if state or home else None


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one config at one service. `folder` None: there is none, and nothing is kept."""

    folder: Path | None
    name: str
    key: bytes
    known: Mapping[str, Body] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path | None, settings: Settings) -> Memory:
        """Return what earlier runs have left; what cannot be read is as good as nothing."""
        url = settings.spec.service.url
        # One file for each: a name may be longer than a file's.
        name = Seal(b"").of("memory", settings.key.namespace, settings.key.name, service_mark(url)) + ".json"
        key = _content(folder, KEY)
        if len(key) != _LENGTH:
            return cls(folder, name, secrets.token_bytes(_LENGTH))
        return cls(folder, name, key, _known(_content(folder, name)))

    @property
    def seal(self) -> Seal:
        """Return the key of all digests in it."""
        return Seal(self.key)

    def laid_under(self, sources: Sources) -> Sources:
        """Return the sources with what is remembered of each manifest as its status."""
        config = sources.settings.key.name
        records = tuple(self._remembering(record, config) for record in sources.records)
        return replace(sources, records=records, seal=self.seal)

    def _remembering(self, record: SourceRecord, config: str) -> SourceRecord:
        known = self.known.get(str(record.key))
        if not known:
            return record
        (body,) = record.status.get("services") or ({"config": config},)
        members = known["members"] or body.get("members", [])
        return replace(record, packed_status=packed_status({"services": [{**body, **known, "members": members}]}))

    def after(
        self, entries: Iterable[tuple[ObjectKey, ServiceEntry]], keeps_members: Callable[[ObjectKey], bool]
    ) -> Memory:
        """Return the memory once `entries` were concluded; of what has no id now, nothing new was found out.

        `keeps_members`: who is in the group does not follow from manifest and service.
        """
        known = dict(self.known)
        for key, entry in entries:
            if not entry.id:
                continue
            known.pop(str(key), None)
            members = list(entry.members) if entry.members and keeps_members(key) else []
            if entry.reformatted or members:
                found = {"reformatted": _forms(entry), "members": members}
                known[str(key)] = {"formed": place(key.kind, entry.id, self.seal), **found}
        return replace(self, known=known)

    def write(self) -> None:
        """Keep it for the next run. Errors: OSError.

        Where another run was quicker to make the key, that one stands, and this one's findings are found out again.
        """
        if self.folder is None:
            raise OSError(0, "there is no home directory")
        self.folder.mkdir(mode=_OWNER_ALONE, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            _made(self.folder / KEY, self.key)
        if _content(self.folder, KEY) == self.key:
            body = {"version": VERSION, "objects": self.known}
            write_private(self.folder / self.name, orjson.dumps(body, option=orjson.OPT_INDENT_2))


def _forms(entry: ServiceEntry) -> list[Body]:
    return [{"path": f.path, "sent": f.sent, "got": f.got, "kept": f.kept} for f in entry.reformatted]


def _made(path: Path, body: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, OWNER_ALONE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)


def _content(folder: Path | None, name: str) -> bytes:
    if folder is None:
        return b""
    try:
        return read_regular(folder / name, MAX_FILE)
    except OSError:
        return b""


def _known(body: bytes) -> dict[str, Body]:
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    objects = read.get("objects") if isinstance(read, dict) and read.get("version") == VERSION else None
    return {key: _sound(each) for key, each in objects.items()} if isinstance(objects, dict) else {}


def _sound(body: object) -> Body:
    """Return of an object what is read of it, in its types, and nothing else that a status could say."""
    if not isinstance(body, dict) or not isinstance(body.get("formed"), str) or not body["formed"]:
        return {}
    entry = entry_from_json({"config": "", **{name: body.get(name) for name in ("formed", "reformatted", "members")}})
    return {"formed": entry.formed, "reformatted": _forms(entry), "members": list(entry.members)}
