"""All checks of manifests that need no cluster, service or secret.

Each manifest on its own: its CRD's schema and rules, as the API server applies them, and for a ProvisioningConfig the
compilation of its mappings, filters and expressions. Then all together: references, and claims of the same value.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from scim_operator.api.crd import GROUP, KINDS, VERSION, crd_of
from scim_operator.core.members.condition import condition
from scim_operator.core.wording import counted
from scim_operator.errors import InvalidSpec
from scim_operator.job.base.settings import settings_of
from scim_operator.job.connection.serving import asked
from scim_operator.local.findings import Finding
from scim_operator.local.manifests import as_served, known_kinds
from scim_operator.local.marks import foreign_marks
from scim_operator.local.references import misses, rings
from scim_operator.local.required import lacking
from scim_operator.local.rivals import rivals
from scim_operator.local.schema import Checker, node_of
from scim_operator.local.unapplied import not_applied
from scim_operator.scim.url import service_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.api.service import ServiceSpec
    from scim_operator.local.document import Path
    from scim_operator.local.findings import Severity
    from scim_operator.local.manifests import Collection, Manifest
    from scim_operator.local.schema import Node

API_VERSION = f"{GROUP}/{VERSION}"
_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_NAME}(\.{_NAME})*")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")


def check(collection: Collection, *, allow_empty: bool = False) -> list[Finding]:
    """Return all findings, by file and line. Fills the CRD's defaults into the `body` of each manifest.

    Nothing to check is a finding too, unless `allow_empty`: behind a mistyped path everything is right.
    """
    found = [*collection.findings, *([] if allow_empty else nothing(collection))]
    sound = []
    for number, manifest in enumerate(collection.manifests):
        findings = list(_check_one(manifest))
        found += findings
        if not findings:
            sound.append(number)
    valid = [collection.manifests[number] for number in sound]
    found += _doubles(collection.manifests)
    found += _claims(valid)
    found += misses(valid, collection.manifests)
    found += rings(valid)
    found += lacking(valid)
    found += foreign_marks(valid)
    found += not_applied(valid)
    found += rivals((manifest, as_served(manifest)) for manifest in valid)
    return sorted(found)


def nothing(collection: Collection) -> Iterator[Finding]:
    """Yield a finding where there is no manifest of ours, unless something else is reported."""
    if collection.manifests or collection.findings:
        return
    read = f"{counted(collection.files, 'file')} read, {counted(collection.ignored, 'document')} of other API groups"
    message = f"there is no manifest of {GROUP} ({read}); correct the path, or give --allow-empty"
    yield Finding(", ".join(collection.places) or ".", 0, message)


def sound_part(collection: Collection) -> Collection:
    """Return the manifests that are valid on their own, each name once.

    For what was reviewed and applied long ago, perhaps under other rules, and can only be remembered.
    """
    seen: set[tuple[str, str, str]] = set()
    kept = []
    for manifest in collection.manifests:
        key = _identity(manifest)
        if key not in seen and not list(_check_one(manifest)):
            seen.add(key)
            kept.append(manifest)
    return replace(collection, manifests=kept)


def set_aside(collection: Collection, errors: Iterable[Finding]) -> None:
    """Set aside each manifest that has errors of its own, and each name that stands twice; the rest goes on.

    `errors` are those of the whole collection. Two claims of one value are judged where it is known who had it.
    """
    names = Counter(map(_identity, collection.manifests))
    configs = sound_part(collection).of("ProvisioningConfig")
    services = Counter((each.namespace, asked(each.body)) for each in configs)
    kept = []
    for manifest in collection.manifests:
        faults = list(_check_one(manifest)) or _twice(manifest, names) or _shared(manifest, services)
        if faults:
            more = f", and {counted(len(faults) - 1, 'error')} more" if len(faults) > 1 else ""
            collection.aside.append((manifest, f"{faults[0].as_text()}{more}"))
        else:
            kept.append(manifest)
    collection.manifests = kept
    collection.faults = tuple(finding.as_text() for finding in errors)


def faults_of(manifest: Manifest) -> list[Finding]:
    """Return what is wrong with one manifest alone. Fills the CRD's defaults into its `body`."""
    return list(_check_one(manifest))


def _identity(manifest: Manifest) -> tuple[str, str, str]:
    return manifest.kind, manifest.namespace, manifest.name


def _twice(manifest: Manifest, names: Counter[tuple[str, str, str]]) -> list[Finding]:
    if names[_identity(manifest)] == 1:
        return []
    return [manifest.finding("stands in two places; keep one of them", ("metadata", "name"))]


def _shared(manifest: Manifest, services: Counter[tuple[str, str]]) -> list[Finding]:
    """Return the finding about a config of whose service another one is in its namespace: only one serves it."""
    if manifest.kind != "ProvisioningConfig" or not (service := asked(manifest.body)):
        return []
    if services[manifest.namespace, service] == 1:
        return []
    message = "is that of another config of the namespace too, and one of them serves it; let one do the work of both"
    return [manifest.finding(message, ("spec", "service", "url"))]


def _check_one(manifest: Manifest) -> Iterator[Finding]:
    if manifest.body.get("apiVersion") != API_VERSION:
        yield manifest.finding(f"is served as {API_VERSION}; write that", ("apiVersion",))
        return
    if manifest.kind not in known_kinds():
        yield manifest.finding(f"{GROUP} has no such kind; write one of {', '.join(sorted(known_kinds()))}", ("kind",))
        return
    checker = Checker()
    body = checker.check(manifest.body, node_of_kind(manifest.kind))
    faults = [(fault.path, fault.message) for fault in checker.faults]
    faults += _metadata(manifest.body.get("metadata"))
    for path, message in faults:
        yield manifest.finding(message, path)
    if not faults:
        manifest.body.update(body)
        if manifest.kind == "ProvisioningConfig":
            yield from _compile(manifest)
        elif manifest.kind == "ScimGroup":
            yield from _conditions(manifest)


@cache
def node_of_kind(kind: str) -> Node:
    """Return the schema of a kind of ours, ready to check with."""
    custom = next(each for each in KINDS if each.kind == kind)
    return node_of(crd_of(custom)["spec"]["versions"][0]["schema"]["openAPIV3Schema"])


def _metadata(metadata: object) -> Iterator[tuple[Path, str]]:
    if not isinstance(metadata, dict) or metadata.get("name") in (None, ""):
        yield ("metadata", "name"), "is required; add it"
        return
    for field, limit in (("name", 253), ("namespace", 63)):
        value = metadata.get(field)
        if value is not None and not isinstance(value, str):
            yield ("metadata", field), "must be a text, which y, no or 2024 is not; put quotes around it"
        elif value is not None and not (len(value) <= limit and _SUBDOMAIN.fullmatch(value)):
            yield (
                ("metadata", field),
                f"must be lower-case letters, digits, - and ., at most {limit}, as ada or team-a",
            )
    yield from _texts(metadata, "labels")
    yield from _texts(metadata, "annotations")


def _texts(metadata: dict[str, Any], field: str) -> Iterator[tuple[Path, str]]:
    texts = metadata.get(field) or {}
    if not isinstance(texts, dict):
        yield ("metadata", field), "must be a mapping"
        return
    for name, value in texts.items():
        if value is None:
            continue  # an empty text for the API server (`as_served`)
        if not isinstance(value, str):
            yield ("metadata", field, name), "must be a text; put quotes around it"
        elif field == "labels" and not (len(value) <= 63 and _LABEL_VALUE.fullmatch(value)):
            yield ("metadata", field, name), "a label's value has letters, digits, -, _ and ., at most 63; correct it"


def _addresses(manifest: Manifest, service: ServiceSpec) -> Iterator[Finding]:
    """Yield findings for URLs that the API server takes, but nothing is sent to."""
    urls: dict[Path, str] = {("url",): service.url}
    if service.auth.oauth2 is not None:
        urls["auth", "oauth2", "tokenUrl"] = service.auth.oauth2.token_url
    if service.proxy is not None:
        urls["proxy", "url"] = service.proxy.url
    for path, url in urls.items():
        try:
            service_url(url, allow_insecure=True, field="the URL")
        except InvalidSpec as error:
            yield manifest.finding(str(error), ("spec", "service", *path))


def _compile(manifest: Manifest) -> Iterator[Finding]:
    try:
        yield from _addresses(manifest, settings_of(as_served(manifest)).spec.service)
    except InvalidSpec as error:
        for sentence in str(error).split("; spec."):
            text = sentence if sentence.startswith("spec.") else f"spec.{sentence}"
            field, _, message = text.partition(": ")
            path = _path(field)
            yield manifest.finding(message if path else str(error), path)
            if not path:
                return


def _conditions(manifest: Manifest) -> Iterator[Finding]:
    for number, member in enumerate(manifest.body["spec"].get("members") or ()):
        if (text := member.get("expression")) and (fault := condition(text).fault):
            yield manifest.finding(fault, ("spec", "members", number, "expression"))


def _path(field: str) -> Path:
    """Return the path of a field as messages name it; () when it is not one."""
    if not re.fullmatch(r"spec(\.\w+|\[\d+\])*", field):
        return ()
    return tuple(int(step) if step.isdigit() else step for step in re.findall(r"\w+", field))


def _doubles(manifests: Iterable[Manifest]) -> Iterator[Finding]:
    first: dict[tuple[str, str, str], Manifest] = {}
    for manifest in manifests:
        key = (manifest.kind, manifest.namespace, manifest.name)
        other = first.setdefault(key, manifest)
        if other is not manifest and manifest.name:
            yield manifest.finding(f"stands in {place_of(other)} too; keep one of them", ("metadata", "name"))


def _claims(manifests: Iterable[Manifest]) -> Iterator[Finding]:
    """Yield values that only one manifest of a namespace may have, where two have them."""
    first: dict[tuple[str, str, Path, str], Manifest] = {}
    for manifest in manifests:
        claimed = _service(manifest) if manifest.kind == "ProvisioningConfig" else identities(manifest)
        for path, identity, outcome in claimed:
            other = first.setdefault((manifest.kind, manifest.namespace, path, identity), manifest)
            if other.name != manifest.name:
                yield manifest.finding(f"is that of {other} in {place_of(other)} too{outcome}", path)


def identities(manifest: Manifest) -> Iterator[tuple[Path, str, str]]:
    """Yield each field that identifies a resource, its value as compared, and what follows when two have it."""
    spec, outcome = manifest.body["spec"], "; nothing is sent for either until they differ"
    name = "userName" if manifest.kind == "ScimUser" else "displayName"
    yield ("spec", name), spec[name].lower(), outcome
    yield ("spec", "externalId"), spec.get("externalId") or f"{manifest.namespace}/{manifest.name}", outcome


def _service(manifest: Manifest) -> Iterator[tuple[Path, str, str]]:
    """Yield the service that a config writes to: a second config would wait forever (ADR 0017)."""
    if service := asked(manifest.body):
        outcome = (
            ", and one config of a namespace serves a service: give this one another namespace, let one config do the "
            "work of both, or set spec.mode of this one to Plan"
        )
        yield ("spec", "service", "url"), service, outcome


def place_of(manifest: Manifest) -> str:
    """Return the file and line of a manifest, as messages show them."""
    return f"{manifest.source.name}:{manifest.line(('metadata', 'name'))}"


def by_severity(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Return the number of findings of each severity."""
    counts: dict[Severity, int] = defaultdict(int)
    for finding in findings:
        counts[finding.severity] += 1
    return counts
