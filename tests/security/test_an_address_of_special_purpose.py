"""A URL of the author's leads to an address that is no service's: the node's credentials, the pod itself, a tunnel."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from scim_operator.core.keys import ResourceType
from scim_operator.errors import InvalidSpec, WrongService
from scim_operator.scim.addresses import forbidden
from scim_operator.scim.protocol import list_request
from scim_operator.scim.transport import AiohttpTransport
from scim_operator.scim.url import service_url


@pytest.mark.parametrize("host", ["x" * 64 + ".example", "vc." + "x" * 300, "vc..example", "a." * 3 + ".b"])
def test_a_name_that_no_resolver_takes_is_refused_before(host: str) -> None:
    """Python's resolver answers a label of 64 letters with an exception of its own."""
    with pytest.raises(InvalidSpec):
        service_url(f"https://{host}/scim")


FORBIDDEN: list[Any] = [
    ("0.1.2.3", "this network (RFC 791)"),
    ("100.64.0.1", "shared by carriers, and by the pods of some clusters (RFC 6598)"),
    ("100.100.100.200", "metadata of Alibaba Cloud"),
    ("168.63.129.16", "metadata of Azure"),
    ("169.254.170.2", "credentials of a container"),
    ("192.0.0.1", "IETF protocol assignments"),
    ("192.0.0.9", "Port Control Protocol anycast"),
    ("192.0.0.170", "NAT64 discovery"),
    ("192.0.0.192", "metadata of Oracle Cloud"),
    ("192.0.2.1", "documentation"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("192.31.196.1", "AS112"),
    ("192.52.193.1", "AMT"),
    ("192.88.99.1", "6to4 relays"),
    ("192.175.48.1", "AS112"),
    ("198.18.0.1", "benchmarking"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "unspecified"),
    ("::8.8.8.8", "IPv4-compatible"),
    ("::127.0.0.1", "IPv4-compatible, the pod itself"),
    ("::169.254.169.254", "IPv4-compatible, metadata"),
    ("::ffff:100.64.0.1", "mapped, and judged as that address"),
    ("::ffff:192.0.0.1", "mapped"),
    ("64:ff9b::6440:1", "NAT64 to 100.64.0.1"),
    ("64:ff9b:1::1", "a NAT64 of one's own (RFC 8215)"),
    ("64:ff9b:1::a9fe:a9fe", "the same, to metadata"),
    ("100::1", "discard-only"),
    ("2001::1", "Teredo"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo, with a public address in it"),
    ("2001:2::1", "benchmarking"),
    ("2001:3::1", "AMT"),
    ("2001:4:112::1", "AS112"),
    ("2001:10::1", "ORCHID"),
    ("2001:20::1", "ORCHIDv2"),
    ("2001:30::1", "drone identifiers"),
    ("2001:db8::1", "documentation"),
    ("2002:808:808::1", "6to4 (deprecated)"),
    ("2002:a00:1::1", "6to4 into a private network"),
    ("2620:4f:8000::1", "AS112"),
    ("3fff::1", "documentation"),
    ("5f00::1", "segment routing"),
    ("fd00:c1::a9fe:a9fe", "metadata of Oracle Cloud"),
    ("fd00:ec2::23", "credentials of a pod at AWS"),
    ("fd20:ce::254", "metadata of Google Cloud"),
    ("fd12::1%eth0", "a zone is of a link"),
    ("fec0::1", "site-local (deprecated)"),
    ("ff02::1", "multicast"),
    ("4000::1", "no one's yet"),
]


@pytest.mark.parametrize(("address", "why"), FORBIDDEN)
def test_nothing_is_sent_to_it(address: str, why: str) -> None:
    assert forbidden(address), why


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("93.184.216.34", "a public service"),
        ("10.1.2.3", "vCenter lives in private networks"),
        ("172.16.0.1", "the same"),
        ("192.168.1.1", "the same"),
        ("fd12::1", "the same with IPv6"),
        ("2a00:1450:4001::1", "a public service"),
        ("::ffff:10.1.2.3", "mapped"),
        ("64:ff9b::a01:203", "a private address through NAT64"),
        ("64:ff9b::5db8:d822", "a public one"),
    ],
)
def test_where_services_are_is_allowed(address: str, why: str) -> None:
    assert not forbidden(address), why


@pytest.mark.parametrize(
    ("network", "address", "allowed", "why"),
    [
        ("100.64.0.0/10", "100.64.0.1", True, "a tenant inside"),
        ("100.64.0.0/10", "::ffff:100.64.0.1", True, "however it is written"),
        ("100.64.0.0/10", "100.100.100.200", False, "metadata is no tenant"),
        ("127.0.0.0/8", "127.0.0.1", True, "who runs the operator may say so"),
        ("127.0.0.0/8", "::1", False, "another network"),
        ("0.0.0.0/0", "169.254.169.254", False, "metadata is no tenant"),
        ("::/0", "fd00:ec2::254", False, "metadata is no tenant"),
        ("0.0.0.0/0", "224.0.0.1", False, "multicast is no server"),
    ],
)
def test_a_network_can_be_allowed(network: str, address: str, allowed: bool, why: str) -> None:
    assert (not forbidden(address, networks=[ip_network(network)])) is allowed, why


@pytest.mark.parametrize("host", ["100.64.0.1", "[64:ff9b:1::1]", "[::127.0.0.1]", "192.0.0.192"])
async def test_the_address_that_is_connected_to_is_judged(host: str) -> None:
    """Also a literal, which no resolver sees."""
    transport = AiohttpTransport(service_url(f"https://{host}:9/scim/v2"), connections=1)
    with pytest.raises(WrongService, match="nothing was sent"):
        await transport.send(list_request(ResourceType.USER, start=1, count=1), {"Authorization": "Bearer canary"})
    await transport.close()
