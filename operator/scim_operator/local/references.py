"""Warnings about names without a manifest, and groups that contain themselves: neither does harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.local.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.local.document import Path
    from scim_operator.local.findings import Finding
    from scim_operator.local.manifests import Manifest

_KINDS = {"userRef": "ScimUser", "groupRef": "ScimGroup"}


def misses(valid: Iterable[Manifest], everything: Iterable[Manifest]) -> Iterator[Finding]:
    """Yield names that no manifest has: a typing error, or a manifest that is kept elsewhere."""
    there = {(each.kind, each.namespace, each.name) for each in everything}
    for manifest in valid:
        for path, kind, name in _named(manifest):
            if (kind, manifest.namespace, name) not in there:
                yield manifest.finding(
                    f"there is no {kind} {name} in namespace {manifest.namespace} here; correct the name",
                    path,
                    Severity.WARNING,
                )


def _named(manifest: Manifest) -> Iterator[tuple[Path, str, str]]:
    spec: dict[str, Any] = manifest.body["spec"]
    manager = (spec.get("manager") or {}) if manifest.kind == "ScimUser" else {}
    if isinstance(manager, dict) and "userRef" in manager:
        yield ("spec", "manager", "userRef", "name"), "ScimUser", manager["userRef"]["name"]
    field = "assignments" if manifest.kind == "ProvisioningConfig" else "members"
    for number, entry in enumerate(spec.get(field) or ()):
        for ref, kind in _KINDS.items():
            if ref in entry:
                yield ("spec", field, number, ref, "name"), kind, entry[ref]["name"]


def rings(manifests: Iterable[Manifest]) -> Iterator[Finding]:
    """Groups that are members of themselves by way of others: all of them have the same members then."""
    groups = {(each.namespace, each.name): each for each in manifests if each.kind == "ScimGroup"}
    finished: set[tuple[str, str]] = set()
    for start in sorted(groups):
        ring = _ring(start, groups, finished)
        if ring:
            names = " > ".join(name for _, name in ring)
            yield groups[ring[0]].finding(
                f"the groups nest in a ring ({names}): each has the members of all; break it if that is not meant",
                ("spec", "members"),
                Severity.WARNING,
            )


def _ring(
    start: tuple[str, str], groups: dict[tuple[str, str], Manifest], finished: set[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return a ring reached from `start`, its first group again at the end; [] where there is no new one."""
    way: dict[tuple[str, str], Iterator[tuple[str, str]]] = {}
    if start not in finished:
        way[start] = _nested(start, groups)
    while way:
        here = next(reversed(way))
        below = next(way[here], None)
        if below is None:
            finished.add(here)
            del way[here]
        elif below in way:
            steps = list(way)
            finished.update(steps)
            return [*steps[steps.index(below) :], below]
        elif below not in finished and below in groups:
            way[below] = _nested(below, groups)
    return []


def _nested(key: tuple[str, str], groups: dict[tuple[str, str], Manifest]) -> Iterator[tuple[str, str]]:
    members = groups[key].body["spec"].get("members") or ()
    return iter([(key[0], member["groupRef"]["name"]) for member in members if "groupRef" in member])
