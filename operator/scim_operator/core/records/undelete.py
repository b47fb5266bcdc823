"""Deletions that are taken back: nothing removes a deletionTimestamp, so the manifest is made anew (ADR 0037).

Three steps, each of which may be the last before a crash. An annotation on the manifest says that its deletion is not
meant: from then on nobody leaves. The operator answers in the status with a pass, which its proof covers. With that the
manifest may go and come again: the new one carries the status of the old one in an annotation, and what the operator
remembers of it goes on, at the service and in its groups.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.records.annotations import CREATING, RESTORED, UNDELETE
from scim_operator.core.records.status import entry_from_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PASSING = frozenset({UNDELETE, RESTORED, CREATING})
_KEPT = ("name", "namespace", "labels", "finalizers", "ownerReferences")

HOLDS = timedelta(hours=1)
"""How long a manifest may be away, and its pass is believed."""


def asked_for(metadata: Mapping[str, Any]) -> str:
    """Return what the annotation says where the manifest is being deleted and that is not meant, else ""."""
    asked = (metadata.get("annotations") or {}).get(UNDELETE) or ""
    return asked if "deletionTimestamp" in metadata and asked.partition(" ")[0] == metadata["uid"] else ""


def is_answer(granted: str, asked: str) -> bool:
    """Return whether a pass answers what an annotation says."""
    return bool(granted) and granted.rpartition(" ")[0] == asked


def is_own(granted: str, uid: str) -> bool:
    """Return whether a pass was given to the manifest with this uid itself."""
    return granted.partition(" ")[0] == uid


def holds(granted: str, now: datetime) -> bool:
    """Return whether the manifest that was given a pass may still be made anew with what its status said."""
    try:
        age = now - datetime.fromisoformat(granted.rpartition(" ")[2])
    except (ValueError, TypeError):
        return False
    return -HOLDS <= age <= HOLDS


def made_anew(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be created in the place of a manifest, as the API server returned it, that has gone."""
    metadata, services = manifest["metadata"], (manifest.get("status") or {}).get("services")
    annotations = {name: text for name, text in (metadata.get("annotations") or {}).items() if name not in _PASSING}
    if services:
        annotations[RESTORED] = orjson.dumps(services).decode()
    kept = {name: metadata[name] for name in _KEPT if name in metadata}
    said = {name: manifest[name] for name in ("apiVersion", "kind", "spec") if name in manifest}
    return {**said, "metadata": {**kept, "annotations": annotations}}


def restored_entries(metadata: Mapping[str, Any], known: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of another manifest with a pass, of configs that have said nothing yet of this one.

    Whether the operator gave that is for its proof to say.
    """
    text = (metadata.get("annotations") or {}).get(RESTORED)
    if not text:
        return []
    try:
        listed = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    said, uid = {body.get("config") for body in known}, metadata["uid"]
    bodies = [body for body in listed if isinstance(body, dict)] if isinstance(listed, list) else []
    named = [body for body in bodies if isinstance(body.get("config"), str) and body["config"]]
    passing = [body for body in named if (granted := entry_from_json(body).granted) and not is_own(granted, uid)]
    return [body for body in passing if body["config"] not in said]


def answered(manifest: Mapping[str, Any], config: str) -> bool:
    """Return whether a config has answered what the annotation of a manifest says, or knows nothing of the manifest."""
    listed, asked = (manifest.get("status") or {}).get("services", ()), asked_for(manifest["metadata"])
    entry = next((body for body in listed if body["config"] == config), None)
    return entry is None or is_answer(entry.get("undelete", ""), asked)
