"""The destinations of a secret: the hosts that the Secret itself names, under its key `hosts`. Pure.

Anyone who may write a ProvisioningConfig chooses a URL and names a Secret. Only a writer of the Secret
decides where its values may go (docs/adr/0021-secrets.md), so both have to agree before anything leaves the vault.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scim_operator.errors import HostNotNamed, InvalidSpec, SecretNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    To = Callable[[Mapping[str, bytes]], Sequence["Destination"]]
    """The destination of values. It may follow from the values themselves, as with the URL of a webhook."""

HOSTS = "hosts"
"""The key of a Secret, or of a ConfigMap with a CA, that names where it may go."""
DEFAULT_PORT = 443
"""The port of an entry that names none."""
INSECURE_FLAG = "--allow-insecure-services"
"""The option that the operator or a command needs before anything goes to a service without TLS."""

_ENTRY = re.compile(r"(?P<host>\[[^\[\]\s]+\]|[^\[\]:/@*\s]+)(?::(?P<port>\d{1,5}))?")
_OTHER_PURPOSE = frozenset(
    {
        "bootstrap.kubernetes.io/token",
        "helm.sh/release.v1",
        "kubernetes.io/dockercfg",
        "kubernetes.io/dockerconfigjson",
        "kubernetes.io/service-account-token",
        "kubernetes.io/ssh-auth",
    }
)
"""Types of Secrets whose values are for Kubernetes itself, and never for a service."""
_DEVIATIONS = frozenset("\u00df\u1e9e\u03c2\u200c\u200d")
"""Letters that one version of IDNA maps to others and the next one keeps (UTS 46 section 1.3)."""
CLIENT_CERTIFICATE = ("tls.crt", "tls.key")
"""The keys of a Secret of type kubernetes.io/tls. Read together they prove who we are, and the key goes nowhere."""
_OTHER_KEYS = frozenset({".dockercfg", ".dockerconfigjson", "ssh-privatekey", "tls.key"})


@dataclass(frozen=True, slots=True)
class Destination:
    """A server: its host as `host_name` writes it, its port, and whether the way there is encrypted."""

    host: str
    port: int = DEFAULT_PORT
    secure: bool = True

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORT else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class DataRef:
    """Names what is to be read of one Secret or ConfigMap: `keys` must be there, `optional` ones may be.

    An optional key with a slash, which no key of theirs can have, is an annotation.
    """

    kind: str
    namespace: str
    name: str
    keys: tuple[str, ...]
    optional: tuple[str, ...] = ()


Values = dict[str, bytes]
"""The values read, by key; an optional key that does not exist is left out."""


def going_to(*destinations: Destination) -> To:
    """Return a `to` for destinations that are known before anything is read."""
    return lambda _: destinations


def host_name(text: str) -> str:
    """Return a host as it is compared and connected to: A-labels (IDNA), lower case, no trailing dot, no brackets.

    Raises ValueError for what is not a host, for an address with a zone, and what versions of IDNA read differently.
    """
    host = text.strip().strip("[]").lower()
    if "%" in host or not _DEVIATIONS.isdisjoint(host):
        raise ValueError("no host")
    if ":" in host:
        return str(IPv6Address(host))
    if not host.isascii():
        host = host.encode("idna").decode()
    host = host.removesuffix(".")
    if not re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", host) or not all(
        0 < len(label) < 64 for label in host.split(".")
    ):
        raise ValueError("no host")
    return host


def destination_of(url: str) -> Destination:
    """Return where a URL of http or https leads. Raises ValueError for any other."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("no URL of http or https")
    secure = parts.scheme == "https"
    port = (443 if secure else 80) if parts.port is None else parts.port
    if not port:
        raise ValueError("no port")
    return Destination(host_name(parts.hostname), port, secure)


def named(hosts: str) -> frozenset[tuple[str, int]]:
    """Return the hosts and ports that a key `hosts` names. Raises ValueError for what is neither HOST nor HOST:PORT."""
    return frozenset(_entry(text) for text in re.split(r"[\s,]+", hosts.strip()) if text)


def may_go(hosts: str, to: Destination, *, allow_insecure: bool = False) -> str:
    """Return why what is bound to `hosts` may not go there, "" when it may. The reason never quotes `hosts`."""
    try:
        known = named(hosts)
    except ValueError:
        problem = f"its key {HOSTS} has an entry that is neither HOST nor HOST:PORT"
        return problem if hosts.isascii() else f"{problem} (write a name with \u00df or \u03c2 as xn--\u2026)"
    if (to.host, to.port) not in known:
        return f"its key {HOSTS} does not name {to}"
    if not to.secure and not allow_insecure:
        return f"it would go to {to} without TLS, which needs {INSECURE_FLAG}"
    return ""


def released(
    ref: DataRef, data: Mapping[str, bytes], to: To, *, type: str = "", allow_insecure: bool = False
) -> Values:
    """Return what a vault gives out of an object's `data`, and nothing unless the object names each destination.

    Args: to, where the values are to go; type, the type of a Secret; allow_insecure, whether a way without TLS is open.
    Raises HostNotNamed with the line to type, SecretNotFound naming what is missing, InvalidSpec for other credentials.
    """
    keys = {*ref.keys, *ref.optional} - ({*CLIENT_CERTIFICATE} if ref.keys == CLIENT_CERTIFICATE else set())
    if type in _OTHER_PURPOSE or _OTHER_KEYS & keys:
        raise InvalidSpec(
            f"{ref.kind} {ref.name} holds credentials of another kind, which are never sent to a service."
        )
    hosts = data.get(HOSTS, b"").decode(errors="replace")
    if not hosts.strip():
        raise _unbound(ref, to, f"it has no key {HOSTS}, which names the hosts that it may go to")
    if missing := [key for key in ref.keys if key not in data]:
        raise SecretNotFound(f"{ref.kind} {ref.name} in namespace {ref.namespace} has no key {missing[0]}: add it.")
    found = {key: data[key] for key in (*ref.keys, *ref.optional) if key in data}
    for destination in to(found):
        if reason := may_go(hosts, destination, allow_insecure=allow_insecure):
            shown = destination in _known(to)
            raise _unbound(ref, to, reason if shown else f"its key {HOSTS} does not name the server that it leads to")
    return found


def _known(to: To) -> Sequence[Destination]:
    """Return the destinations that may be shown: those that do not come from the values, which stay in the vault."""
    try:
        return to({})
    except (InvalidSpec, SecretNotFound, KeyError, ValueError):
        return ()


def _unbound(ref: DataRef, to: To, reason: str) -> HostNotNamed:
    place = f"{ref.kind} {ref.name} in namespace {ref.namespace} was not used: {reason}."
    if INSECURE_FLAG in reason:
        return HostNotNamed(place)
    hosts = ",".join(dict.fromkeys(map(str, _known(to)))) or "HOST:PORT"
    patch = json.dumps({"data" if ref.kind == "ConfigMap" else "stringData": {HOSTS: hosts}}, separators=(",", ":"))
    return HostNotNamed(
        f"{place} If it may go there, type this, together with the hosts that it names already: "
        f"kubectl --namespace {ref.namespace} patch {ref.kind.lower()} {ref.name} --type=merge --patch='{patch}'"
    )


def _entry(text: str) -> tuple[str, int]:
    found = _ENTRY.fullmatch(text)
    if found is None and text.count(":") > 1:
        return host_name(text), DEFAULT_PORT
    if found is None:
        raise ValueError("neither HOST nor HOST:PORT")
    port = int(found["port"] or DEFAULT_PORT)
    if not 0 < port < 65536:
        raise ValueError("no port")
    return host_name(found["host"]), port
