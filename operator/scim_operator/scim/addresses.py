"""The IP addresses that a service may have. Pure.

Anyone who may write a ProvisioningConfig chooses where the operator connects, inside the cluster and with a token in
hand. So a service is on the public Internet or in a private network, where vCenter lives; every other range of IANA's
special-purpose registries is something else, and often the node's own credentials.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    Address = IPv4Address | IPv6Address
    Network = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(map(ip_network, texts))


_PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""RFC 1918 and RFC 4193."""
_METADATA = _networks(
    "100.100.100.200/32",  # Alibaba Cloud
    "168.63.129.16/32",  # Azure
    "169.254.0.0/16",
    "192.0.0.192/32",  # Oracle Cloud
    "fd00:42::/32",  # Scaleway
    "fd00:c1::/32",  # Oracle Cloud
    "fd00:ec2::/32",  # AWS: metadata, time, DNS, pod identity
    "fd20:ce::/32",  # Google Cloud
)
"""Addresses at which clouds hand out credentials. Allowing their network does not allow them."""
_TRANSLATED = _networks("::ffff:0:0/96", "64:ff9b::/96")
"""IPv6 that stands for IPv4 in daily use: mapped (RFC 4291), and NAT64 (RFC 6052). Only the IPv4 address counts."""
_EMBEDDING = (*_TRANSLATED, *_networks("::/96", "64:ff9b:1::/48"))
"""With those that are IPv4-compatible, or of a NAT64 of one's own: they end with an IPv4 address."""
_SPECIAL = _networks(
    "192.0.0.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.175.48.0/24",
    "64:ff9b:1::/48",
    "100:0:0:1::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
)
"""Ranges of IANA's registries that `ipaddress` calls global, in this version of Python or in an older one."""


def forbidden(address: str, *, allow_loopback: bool = False, networks: Iterable[Network] = ()) -> str:
    """Return why nothing may be sent to this IP address; "" when it may be.

    Args: allow_loopback, whether the service may be on this very host; networks, those that are allowed although they
    have a special purpose. Raises ValueError for what is no address.
    """
    text, zone, _ = address.partition("%")
    whole = ip_address(text)
    real = embedded(whole)
    if zone or real.is_link_local or _within(real, _METADATA):
        return "a link-local or cloud metadata address"
    if real.is_multicast or real == IPv4Address("255.255.255.255"):
        return "a multicast address"
    if _within(real, networks) or _within(whole, networks):
        return ""
    if real.is_loopback or real.is_unspecified:
        return "" if allow_loopback else "a loopback address, which needs spec.service.allowInsecure"
    judged = {real} if _within(whole, _TRANSLATED) else {real, whole}
    return "an address that IANA reserves for a special purpose" if any(map(_is_special, judged)) else ""


def forbidden_name(host: str, *, allow_loopback: bool = False) -> str:
    """Return why no one may be asked to resolve this name and connect to it; "" when it may be.

    A name whose last label is a number is an address to whatever takes what `inet_aton` takes: 2852039166, 0xa9fea9fe
    and 0251.0376.0251.0376 are all 169.254.169.254.
    """
    label = host.rpartition(".")[2]
    if label.isdecimal() or label.startswith("0x"):
        return "an address that is not written as four decimal numbers"
    here = host in _THIS_HOST or host.endswith(".localhost")
    return "a loopback address" if here and not allow_loopback else ""


_THIS_HOST = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})


def embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, if any: it leads there, so it is judged as such."""
    if isinstance(address, IPv4Address):
        return address
    if _within(address, _EMBEDDING) and int(address) > 1:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or (address.teredo[1] if address.teredo else address)


def _is_special(address: Address) -> bool:
    if _within(address, _PRIVATE):
        return False
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    return not address.is_global or address.is_reserved or site_local or _within(address, _SPECIAL)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
