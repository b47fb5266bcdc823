"""The tenant URL of a service, and which addresses a service may have. Pure.

Whoever may write a ProvisioningConfig chooses where the operator connects to, from inside the cluster and with a token
in hand, so the URL is read strictly and what it resolves to is checked when connecting (transport.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from scim_operator.core.address import DOUBLED
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from scim_operator.scim.protocol import Request

FIELD = "spec.service.url"

_METADATA = {ip_address("fd00:ec2::254"), ip_address("168.63.129.16"), ip_address("100.100.100.200")}
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class ServiceUrl:
    """Where a service is: `base` without a trailing slash, and the tenant URL's query, which every request keeps."""

    base: str
    host: str
    query: str = ""

    def locate(self, request: Request) -> str:
        """The URL of a request, percent-encoded; `+`, `&` and `#` in values too, which mean something in a query."""
        own = "&".join(f"{name}={quote(value, safe='')}" for name, value in request.query)
        query = "&".join(part for part in (own, self.query) if part)
        return f"{self.base}{request.path}?{query}" if query else self.base + request.path


def service_url(text: str, *, allow_insecure: bool = False, field: str = FIELD) -> ServiceUrl:
    """Read a tenant URL as people paste it: a trailing slash, doubled slashes, `/scim/v2` twice, flags in the query.

    Raises InvalidSpec, naming the `field` that it stands in and the mend, for what is no https URL of a host.
    """
    parts = _split(text.strip(), field)
    _check(parts, field, allow_insecure=allow_insecure)
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    path = DOUBLED.sub(r"\1", path)
    base = f"{parts.scheme}://{parts.netloc}{quote(path, safe='/%:@!$&+,;=~-._')}"
    return ServiceUrl(base=base, host=parts.hostname or "", query=parts.query)


def _split(text: str, field: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise InvalidSpec(f"{field} is no URL: write it as https://host/path.") from error
    return parts


def _check(parts: SplitResult, field: str, *, allow_insecure: bool) -> None:
    if re.search(r"[\s\x00-\x1f\\]", parts.netloc + parts.path + parts.query):
        raise InvalidSpec(f"{field} contains a space, a backslash or a control character: remove it.")
    if parts.scheme == "http" and not allow_insecure:
        raise InvalidSpec(f"{field} must begin with https://, or the token would travel in the clear.")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidSpec(f"{field} must be a URL such as https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise InvalidSpec(
            f"{field} must not carry credentials: put the token into the Secret that spec.service.auth names."
        )
    if parts.fragment:
        raise InvalidSpec(f"{field} must not have a fragment: remove '#' and what follows it.")


def forbidden(address: str, *, allow_loopback: bool = False) -> str:
    """Why nothing may be sent to this IP address; "" when it may be.

    Private networks are fine, vCenter lives there. Loopback is the operator's own pod, and link-local addresses are
    where clouds hand out the node's credentials.
    """
    real = _unwrapped(ip_address(address.partition("%")[0]))
    if real in _METADATA or real.is_link_local:
        return "a link-local or cloud metadata address"
    if real.is_multicast or real == ip_address("255.255.255.255"):
        return "a multicast address"
    if (real.is_loopback or real.is_unspecified) and not allow_loopback:
        return "a loopback address, which needs spec.service.allowInsecure"
    return ""


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
