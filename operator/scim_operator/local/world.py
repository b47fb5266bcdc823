"""A stand-in for a cluster: manifests as records, the token from a file, and no memory beyond the command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.packing import plain
from scim_operator.core.plan.membership import EVERYONE
from scim_operator.core.records.record import FINALIZER, packed_status, record_of
from scim_operator.core.secrecy.destinations import HOSTS, INSECURE_FLAG, may_go, released
from scim_operator.core.service.address import same_service
from scim_operator.errors import HostNotNamed, InvalidSpec, SecretNotFound
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.namespace import namespace_of
from scim_operator.job.owners.other_namespaces import OtherNamespaces, holding_of, neighbours
from scim_operator.local.aside import Former, Formers
from scim_operator.local.checks import sound_part
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import as_served
from scim_operator.local.stand_ins import Standing, asides_of, conceal, in_namespace, standing
from scim_operator.review.sources import Sources
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.egress import STRICT

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.secrecy.destinations import DataRef, Destination, To, Values
    from scim_operator.job.base.settings import Settings
    from scim_operator.local.aside import Aside
    from scim_operator.local.manifests import Collection, Manifest
    from scim_operator.scim.egress import Egress

_KINDS = frozenset(kind.value for kind in Kind)


def sources(now: Collection, name: str, before: Collection | None = None) -> Sources:
    """Gather everything about one config. Errors: InvalidSpec, when there is no such config, or several and no name.

    `before` is what was applied earlier: what it alone has is to be removed, what it alone sets is to be cleared.
    """
    config = _config(now, name)
    settings = settings_of(as_served(config))
    sound = sound_part(before) if before is not None else None
    earlier = in_namespace(sound, settings.namespace) if sound is not None else {}
    asides = asides_of(now, before)
    counts = _standing(now, asides, sound, earlier, settings.namespace)
    records = {key: _record(each) for key, each in counts.manifests.items()}
    conceal(counts, records.values(), settings, asides, earlier)
    records |= {record.key: record for record in counts.stand_ins()}
    others = _other_namespaces(config, now, asides)
    if before is None or sound is None:
        found = Sources(settings, tuple(records.values()), {}, other_namespaces=others)
    else:
        found = _since((before, sound), config, settings, records, others)
    return replace(found, aside=counts.aside, faults=now.faults)


def _standing(
    now: Collection,
    asides: Iterable[Aside],
    sound: Collection | None,
    earlier: Mapping[ObjectKey, Manifest],
    namespace: str,
) -> Standing:
    """Return what counts of a namespace; `earlier` is its part of what is `sound` of the earlier revision."""
    at = sound.at if sound is not None else str
    formers = Formers(Former.of(key, at(each.source.name), each.body["spec"]) for key, each in earlier.items())
    ours = [each for each in asides if each.namespace in ("", namespace)]
    there = Standing(namespace, in_namespace(now, namespace))
    return standing(there, ours, earlier, formers, SystemClock().now())


def _since(
    revision: tuple[Collection, Collection],
    config: Manifest,
    settings: Settings,
    records: Mapping[ObjectKey, SourceRecord],
    others: OtherNamespaces,
) -> Sources:
    """Return what is asked for now, with what was applied before: all of that revision, and what is valid of it."""
    before, sound = revision
    earlier = {record.key: record for record in _records(sound, settings.namespace)}
    former = next((each for each in sound.of("ProvisioningConfig") if _same(each, config)), None)
    old_settings = settings_of(as_served(former)) if former is not None else None
    scope = _in_scope(old_settings or settings, earlier.values())
    memory = scope if old_settings is not None else {}
    unsound = len(before.manifests) - len(sound.manifests) + len(before.findings)
    return Sources(
        settings,
        tuple(_compared(records, earlier, scope, memory)),
        {},
        tuple(earlier.values()),
        old_settings,
        other_namespaces=others,
        forgotten=tuple(_forgotten(before, sound, records, settings.namespace)),
        notes=(f"Not remembered, for it has errors: {unsound} of the earlier revision.",) if unsound else (),
    )


def _compared(
    records: Mapping[ObjectKey, SourceRecord],
    earlier: Mapping[ObjectKey, SourceRecord],
    scope: Container[ObjectKey],
    memory: Mapping[ObjectKey, dict[str, Any]],
) -> Iterator[SourceRecord]:
    """Yield what there is, with what is remembered of it, then as deleted what there was. `scope` was in scope then."""
    for key, record in records.items():
        known = memory.get(key)
        if known is not None and _turns_additive(earlier[key], record):
            known = {**known, "members": [EVERYONE]}
        yield replace(_remembering(record, known), earlier=earlier[key] if key in scope else None)
    for key, record in earlier.items():
        if key not in records:
            yield replace(_deleted(record), earlier=record if key in scope else None)


def _turns_additive(before: SourceRecord, now: SourceRecord) -> bool:
    """Return whether a group that was exclusive is additive now: all who were in it were ours to take out."""
    exclusive = before.membership_policy is MembershipPolicy.EXCLUSIVE and before.members is not None
    return exclusive and now.membership_policy is MembershipPolicy.ADDITIVE


def _forgotten(
    before: Collection, sound: Collection, now: Mapping[ObjectKey, SourceRecord], namespace: str
) -> Iterator[str]:
    """Yield a sentence on each part of the earlier revision that may have had someone whom there is no manifest of."""
    kept = {(each.kind, each.namespace, each.name) for each in sound.manifests}
    for each in before.manifests:
        ours = each.kind in _KINDS and each.namespace == namespace
        if ours and (each.kind, namespace, each.name) not in kept and (key := _key(each)) not in now:
            yield (
                f"{key} of the earlier revision has errors, so that whom it provisioned is not known: end that access "
                f"at the service, or correct {each.source.name} and run this again."
            )
    for finding in before.findings:
        if finding.severity is Severity.ERROR:
            yield (
                f"{finding.file} of the earlier revision cannot be read, so that whom it provisioned is not known: "
                f"{finding.message}."
            )


def _key(manifest: Manifest) -> ObjectKey:
    return ObjectKey(Kind(manifest.kind), manifest.namespace, manifest.name)


def _other_namespaces(config: Manifest, collection: Collection, asides: Iterable[Aside]) -> OtherNamespaces:
    """Return the claims of the collection's other namespaces at the service of a config."""
    configs = neighbours(as_served(config), map(as_served, collection.of("ProvisioningConfig")))
    near = {each["metadata"]["namespace"] for each in configs}
    unknown = next((each.fault for each in asides if _may_claim(each, config, near)), "")
    held = (
        holding_of(each, _records(collection, each["metadata"]["namespace"]), SystemClock().now) for each in configs
    )
    why = f"{unknown}. What that claims is not known: until it is fixed, nothing is taken over."
    return OtherNamespaces((holding for holding in held if holding is not None), why if unknown else "")


def _may_claim(aside: Aside, config: Manifest, near: Container[str]) -> bool:
    """Return whether what was set aside may be another namespace's, which has the config's service."""
    if aside.kinds or aside.here:
        return not aside.here and (bool(near) if not aside.namespace else aside.namespace in near)
    service = aside.spec.get("service")
    url = service.get("url") if isinstance(service, dict) else None
    alike = not isinstance(url, str) or same_service(url, config.body["spec"]["service"]["url"])
    return aside.namespace != config.namespace and alike


def _config(collection: Collection, name: str) -> Manifest:
    faults = {id(each): fault for each, fault in collection.aside}
    everything = (*collection.manifests, *(each for each, _ in collection.aside))
    configs = [each for each in everything if each.kind == "ProvisioningConfig" and (not name or each.name == name)]
    if len(configs) == 1 and id(configs[0]) not in faults:
        return configs[0]
    if configs and all(id(each) in faults for each in configs):
        raise InvalidSpec(f"Nothing is planned while the config is wrong; fix what is listed above: {configs[0]}.")
    if not configs:
        what = f"ProvisioningConfig {name}" if name else "ProvisioningConfig"
        raise InvalidSpec(f"There is no {what} among the manifests; add it, or name another with --config.")
    names = ", ".join(f"{each.namespace}/{each.name}" for each in configs)
    raise InvalidSpec(f"There are several ProvisioningConfigs: {names}. Choose one with --config, or one directory.")


def _same(one: Manifest, other: Manifest) -> bool:
    return (one.namespace, one.name) == (other.namespace, other.name)


def _records(collection: Collection, namespace: str) -> Iterable[SourceRecord]:
    return map(_record, in_namespace(collection, namespace).values())


def _record(manifest: Manifest) -> SourceRecord:
    # A status in a file proves nothing: its author could claim any resource with it.
    return record_of(Kind(manifest.kind), {**as_served(manifest), "status": None}, plain)


def _in_scope(settings: Settings, earlier: Iterable[SourceRecord]) -> dict[ObjectKey, dict[str, Any]]:
    """Return the earlier records in scope, each with its status as it would be: the attributes that were applied.

    Whose last day has come by now was in scope when that revision was applied, as far as anyone knows.
    """
    namespace = namespace_of(map(_endless, earlier))
    knowledge = Knowledge.from_status(settings, namespace, {}, SystemClock().now)
    return {
        record.key: {"config": settings.key.name, "applied": [str(path) for path in desired]}
        for record in namespace.all_records()
        if (desired := knowledge.facts(record).desired) is not None
    }


def _endless(record: SourceRecord) -> SourceRecord:
    window = record.window
    return record if window is None else replace(record, window=replace(window, end=None))


def _remembering(record: SourceRecord, entry: dict[str, Any] | None) -> SourceRecord:
    """Return the record with its earlier applied attributes as status, so that those left out are cleared."""
    return record if entry is None else replace(record, packed_status=packed_status({"services": [entry]}))


def _deleted(record: SourceRecord) -> SourceRecord:
    """Return the record as a manifest that is being deleted and waits for us."""
    return replace(record, deleting=True, finalizers=(FINALIZER,))


class FileSecretReader:
    """Gives the token, the CA bundle and other Secrets that the command was given; a Secret in Git is never read.

    All are for the hosts that the command names: anyone may have written the manifests, which say where to send them.
    `secrets` reads a key of a Secret from a place that the command names, None where it is not there.
    """

    def __init__(
        self,
        settings: Settings,
        token: bytes | None,
        bundle: bytes | None,
        hosts: str,
        egress: Egress = STRICT,
        secrets: Callable[[str, str], bytes | None] = lambda _name, _key: None,
    ) -> None:
        self._service = settings.spec.service
        self._secrets = secrets
        self._token = token
        self._bundle = bundle
        self._hosts = hosts
        self._egress = egress

    async def read(self, ref: DataRef, to: To) -> Values:
        """Return the bytes for a reference of the config; raises SecretNotFound naming the option that is missing."""
        own = self._service.tls.ca_bundle_ref
        is_bundle = own is not None and (ref.kind, ref.name, ref.keys) == (own.kind.value, own.name, (own.key,))
        found = self._bundle if is_bundle else self._token if self._is_token(ref) else None
        if found is not None:
            self._check(to)
            return dict.fromkeys(ref.keys, found)
        data = {key: value for key in (HOSTS, *ref.keys) if (value := self._secrets(ref.name, key)) is not None}
        if not data:
            raise SecretNotFound(
                f"{ref.kind} {ref.name}, key {ref.keys[0]}, was not given; {self._fix(ref, is_bundle=is_bundle)}."
            )
        data.setdefault(HOSTS, self._hosts.encode())
        return released(ref, data, to, allow_insecure=self._egress.allow_insecure)

    @property
    def has_token(self) -> bool:
        """Return whether a token was given, which is sent as it is."""
        return self._token is not None

    def _is_token(self, ref: DataRef) -> bool:
        """Return whether a reference is to the token: a password, or a header's value, is something else."""
        auth = self._service.auth
        if auth.bearer is not None:
            return (ref.name, ref.keys) == (auth.bearer.secret_ref.name, (auth.bearer.secret_ref.key,))
        return auth.oauth2 is not None and (ref.name, ref.keys) == (auth.oauth2.secret_ref.name, ("token",))

    def _fix(self, ref: DataRef, *, is_bundle: bool) -> str:
        if is_bundle:
            return "give the CA certificates with --ca-file"
        folder = f"give --secrets with a file {ref.name}/{ref.keys[0]}"
        return f"give --token-file or set SCIM_TOKEN, or {folder}" if self._is_token(ref) else folder

    def _check(self, to: To) -> None:
        needed = to({})
        for destination in needed:
            if reason := may_go(self._hosts, destination, allow_insecure=self._egress.allow_insecure):
                raise HostNotNamed(_unnamed(needed, reason))


def _unnamed(needed: Sequence[Destination], reason: str) -> str:
    if INSECURE_FLAG in reason:
        return f"The token was not sent: {reason}."
    hosts = ",".join(map(str, needed))
    return (
        f"The token was not sent: the config's URL leads to {hosts}, which --token-hosts does not name. If the "
        f"token is for that host, give --token-hosts={hosts}, or set SCIM_TOKEN_HOSTS; never take that from the files."
    )


class Offline:
    """A Writer and Premises without a cluster: the job's own memory is all there is, and nothing terminates."""

    async def add_finalizer(self, record: SourceRecord, creating: str = "") -> SourceRecord | None:
        """Return the record as it is: there is no finalizer to set, and what is in the directory is claimed."""
        return record

    async def remove_finalizer(self, record: SourceRecord) -> None:
        """Do nothing: nothing was claimed."""

    async def report(self, record: SourceRecord, entry: ServiceEntry) -> None:
        """Do nothing: the outcome is reported at the end."""

    async def report_config(self, key: ConfigKey, status: Mapping[str, Any]) -> None:
        """Do nothing: there is no status."""

    async def announce(self, about: ConfigKey | ObjectKey, *, warning: bool, reason: str, message: str) -> None:
        """Do nothing: there are no Events."""

    async def terminating(self, namespace: str) -> frozenset[Kind]:
        """Return nothing: a directory does not terminate."""
        return frozenset()
