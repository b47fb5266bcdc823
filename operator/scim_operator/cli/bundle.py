"""The files of a support bundle, from what was collected. Pure: objects and texts in, masked texts out."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.core.records.readable_status import readable_status
from scim_operator.core.records.status import condition_of
from scim_operator.core.secrecy.masks import Masks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Manifest = dict[str, Any]

ABOUT = """A support bundle of scim-operator, for its maintainers.

It holds: versions; the configs with their spec and status; counts of users and groups by what became of them, and
those that are not ready; Events; the state of the operator's pods; its metrics; the last lines of its log.

It holds no Secret, no ConfigMap, no manifest of a user or group, and no record of the provisioning log. Of all texts
only words that the operator itself could say are shown; everything else is a mask such as #1a2b3c4d. Equal words have
equal masks in this bundle, and other ones in the next. Shown as they are: names of namespaces, configs and pods, names
of Secrets and their keys, and the image. Look through it before you send it.

What could not be collected is in problems.txt.
"""
SHOWN = 200
"""Users and groups that are not ready, and shown masked; more are only counted."""
LOG_FIELDS = frozenset({"time", "level", "logger", "message"})
_NAMED = ("userName", "displayName", "nickName", "name")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Collected:
    """All that was collected. `pods`, `metrics` and `logs` are of the operator; the last two by namespace/name."""

    versions: dict[str, str] = field(default_factory=dict)
    configs: list[Manifest] = field(default_factory=list)
    objects: list[Manifest] = field(default_factory=list)
    events: list[Manifest] = field(default_factory=list)
    pods: list[Manifest] = field(default_factory=list)
    metrics: dict[str, str] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def files(found: Collected, words: Iterable[str], salt: bytes) -> dict[str, str]:
    """Return the text of each file by its name."""
    masks = Masks(words, set(_harmless(found)), set(_personal(found.objects)), salt)
    made = {
        "about.txt": ABOUT,
        "versions.json": _json(found.versions),
        "objects.json": _json(_objects(found.objects, masks)),
        "events.json": _json([_event(each, masks) for each in found.events]),
        "pods.json": _json([_pod(each, masks) for each in found.pods]),
        "problems.txt": "".join(f"{masks.text(each)}\n" for each in found.problems),
    }
    for each in found.configs:
        kept = {"spec": each.get("spec"), "status": each.get("status")}
        kept |= {"metadata": _some(each["metadata"], "generation", "creationTimestamp", "deletionTimestamp")}
        made[f"configs/{_key(each).replace('/', '.')}.json"] = _json(masks.value(kept))
    for pod, text in found.metrics.items():
        made[f"metrics/{pod.replace('/', '.')}.txt"] = _metrics(text, masks)
    for pod, text in found.logs.items():
        made[f"logs/{pod.replace('/', '.')}.jsonl"] = _log(text, masks)
    return made


def packed(texts: Mapping[str, str], folder: str) -> bytes:
    """Return a tar archive, compressed, with these files in one folder. Equal texts give equal archives."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in texts.items():
            body = text.encode(errors="replace")
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size, member.mode = len(body), 0o600
            tar.addfile(member, io.BytesIO(body))
    return out.getvalue()


def _harmless(found: Collected) -> Iterator[str]:
    """Yield the names that may be shown as they are."""
    for each in (*found.configs, *found.pods):
        yield from (each["metadata"]["namespace"], each["metadata"]["name"])
    for each in found.configs:
        yield from _references(each.get("spec"))


def _references(value: Any, field: str = "") -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield the names and keys of Secrets and ConfigMaps that a spec refers to."""
    if isinstance(value, list):
        for each in value:
            yield from _references(each, field)
    elif isinstance(value, dict):
        if field.endswith("Ref") and field not in ("userRef", "groupRef"):
            yield from (str(value[part]) for part in ("name", "key") if value.get(part))
        for name, each in value.items():
            yield from _references(each, name)


def _personal(objects: Iterable[Manifest]) -> Iterator[str]:
    """Yield what persons and groups are called: such words are masked, even if the operator could say them too."""
    for each in objects:
        yield each["metadata"]["name"]
        for part in _NAMED:
            value = (each.get("spec") or {}).get(part)
            yield from map(str, value.values() if isinstance(value, dict) else [value or ""])


def _objects(objects: Iterable[Manifest], masks: Masks) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    unready: list[dict[str, Any]] = []
    for each in objects:
        counts[each["kind"]] += 1
        for entry in readable_status(each.get("status")).get("services") or ():
            ready = condition_of(entry, "Ready")
            counts[f"{each['kind']} {entry.get('config')} {masks.text(str(ready.get('reason')))}"] += 1
            if ready.get("status") == "False" and len(unready) < SHOWN:
                unready.append({"object": f"{each['kind']} {masks.mask(_key(each))}", **masks.value(dict(ready))})
    return {"counts": {masks.text(key): number for key, number in sorted(counts.items())}, "notReady": unready}


def _event(event: Manifest, masks: Masks) -> dict[str, Any]:
    about = event.get("involvedObject") or {}
    shown = _some(event, "type", "reason", "message", "count", "firstTimestamp", "lastTimestamp", "eventTime")
    return {"about": masks.text(f"{about.get('kind')} {about.get('name')}"), **masks.value(shown)}


def _pod(pod: Manifest, masks: Masks) -> dict[str, Any]:
    status, spec = pod.get("status") or {}, pod.get("spec") or {}
    containers = [
        {"image": each.get("image"), "resources": each.get("resources"), "args": masks.value(each.get("args") or [])}
        for each in spec.get("containers") or ()
    ]
    states = [
        _some(each, "name", "ready", "restartCount", "state", "lastState", "started")
        for each in status.get("containerStatuses") or ()
    ]
    shown = {"phase": status.get("phase"), "conditions": status.get("conditions"), "containers": states}
    return {"name": _key(pod), "containers": containers, "status": masks.value(shown)}


def _metrics(text: str, masks: Masks) -> str:
    """Return metrics with masks in the values of labels, which name configs and states."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return "\n".join(
        _LABEL.sub(lambda label: f'{label[1]}="{_label(label[1], label[2], masks)}"', line) for line in lines
    )


def _label(name: str, value: str, masks: Masks) -> str:
    return value if name == "le" else masks.text(value)


def _log(text: str, masks: Masks) -> str:
    """Return the lines of the operator's own log, without the provisioning log's on the same output."""
    kept = []
    for line in text.splitlines():
        try:
            body = json.loads(line)
        except ValueError:
            continue
        if isinstance(body, dict) and body.keys() >= LOG_FIELDS:
            kept.append(json.dumps(masks.value(body)))
    return "\n".join(kept)


def _key(manifest: Manifest) -> str:
    return f"{manifest['metadata']['namespace']}/{manifest['metadata']['name']}"


def _some(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: body[name] for name in names if body.get(name) is not None}


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, indent=2) + "\n"
