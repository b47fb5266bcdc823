"""The tenant URL, as people paste it, and the addresses that nothing may be sent to."""

from __future__ import annotations

import pytest

from scim_operator.core.keys import ResourceType
from scim_operator.errors import InvalidSpec
from scim_operator.scim.protocol import get_request, list_request
from scim_operator.scim.url import forbidden, service_url

BASE = "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2"


@pytest.mark.parametrize(
    ("text", "base", "why"),
    [
        (BASE, BASE, "as it is documented"),
        (BASE + "/", BASE, "a trailing slash"),
        (f" {BASE}\n", BASE, "white space from copying"),
        (BASE + "/scim/v2", BASE, "/scim/v2 appended to a URL that had it"),
        (BASE + "/scim", BASE, "half of it appended"),
        ("https://vc.example.com//usergroup//scim/v2", "https://vc.example.com/usergroup/scim/v2", "doubled slashes"),
        ("https://vc.example.com:8443/scim/v2", "https://vc.example.com:8443/scim/v2", "a port"),
        ("https://[2001:db8::1]/scim/v2", "https://[2001:db8::1]/scim/v2", "an IPv6 address"),
        ("https://vc.example.com", "https://vc.example.com", "no path at all"),
        ("https://vc.example.com/a%2Fb/scim/v2", "https://vc.example.com/a%2Fb/scim/v2", "an encoded slash stays"),
    ],
)
def test_tenant_urls_are_normalised(text, base, why) -> None:
    assert service_url(text).base == base, why


@pytest.mark.parametrize(
    ("text", "fix", "why"),
    [
        ("http://vc.example.com/scim/v2", "https://", "the token would be readable"),
        ("ftp://vc.example.com/scim/v2", "https://", "no HTTP"),
        ("vc.example.com/scim/v2", "https://", "no scheme"),
        ("https:///scim/v2", "https://host", "no host"),
        ("https://ada:secret@vc.example.com/", "Secret", "credentials in the config"),
        ("https://vc.example.com/#x", "fragment", "a fragment is never sent"),
        ("https://vc.example.com:port/", "no URL", "a port that is none"),
        ("https://[::1/", "no URL", "a broken address"),
        ("https://vc.example.com/a b", "space", "white space inside"),
        ("https://vc.example.com\\@evil.example/", "backslash", "read differently by different parsers"),
    ],
)
def test_other_urls_are_refused_with_the_fix(text, fix, why) -> None:
    with pytest.raises(InvalidSpec, match=fix) as caught:
        service_url(text)
    assert "spec.service.url" in str(caught.value), why
    assert "secret@" not in str(caught.value)


def test_http_needs_to_be_allowed() -> None:
    assert service_url("http://127.0.0.1:8080/scim/v2", allow_insecure=True).base == "http://127.0.0.1:8080/scim/v2"


@pytest.mark.parametrize(
    ("tenant", "filter", "url", "why"),
    [
        (BASE, "", f"{BASE}/Users?startIndex=1&count=9", "no filter"),
        (BASE + "?aadOptscim062020", "", f"{BASE}/Users?startIndex=1&count=9&aadOptscim062020", "Entra's flag is kept"),
        (
            BASE,
            'userName eq "a+b&c#d e"',
            f"{BASE}/Users?filter=userName%20eq%20%22a%2Bb%26c%23d%20e%22&startIndex=1&count=9",
            "what means something in a query is encoded",
        ),
    ],
)
def test_requests_are_located(tenant, filter, url, why) -> None:
    request = list_request(ResourceType.USER, start=1, count=9, filter=filter)
    assert service_url(tenant).locate(request) == url, why


def test_an_id_cannot_leave_its_segment() -> None:
    assert service_url(BASE).locate(get_request(ResourceType.USER, "../Groups?x")) == f"{BASE}/Users/..%2FGroups%3Fx"


@pytest.mark.parametrize(
    ("address", "allowed", "why"),
    [
        ("93.184.216.34", True, "a public service"),
        ("10.1.2.3", True, "vCenter lives in private networks"),
        ("fd12::1", True, "also with IPv6"),
        ("127.0.0.1", False, "the operator's own pod"),
        ("::1", False, "the operator's own pod"),
        ("0.0.0.0", False, "another way to write it"),
        ("169.254.169.254", False, "the cloud's credentials"),
        ("fe80::1%eth0", False, "link-local, with a zone"),
        ("fd00:ec2::254", False, "the cloud's credentials over IPv6"),
        ("::ffff:169.254.169.254", False, "mapped into IPv6"),
        ("64:ff9b::a9fe:a9fe", False, "through NAT64"),
        ("2002:a9fe:a9fe::1", False, "through 6to4"),
        ("224.0.0.1", False, "multicast"),
    ],
)
def test_addresses(address, allowed, why) -> None:
    assert (not forbidden(address)) is allowed, why


def test_loopback_can_be_allowed_and_metadata_cannot() -> None:
    assert not forbidden("127.0.0.1", allow_loopback=True)
    assert forbidden("169.254.169.254", allow_loopback=True)
