"""One service, however its URL is written: RFC 3986 section 6, and what resolvers and servers make of the rest."""

from __future__ import annotations

import pytest

from scim_operator.core.records.status import service_mark, service_marks
from scim_operator.core.service.address import address_of, ids_hold, same_service

BASE = "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2"
LOCAL = "https://127.0.0.1:8443/scim/v2"
WIDE = "https://b\u00fccher.example/scim"

SPELLINGS = [
    (BASE, "HTTPS://VC.Example.COM/usergroup/t/CUSTOMER/scim/v2", "case of scheme and host"),
    (BASE, "https://vc.example.com:443/usergroup/t/CUSTOMER/scim/v2", "the default port"),
    (BASE, "https://vc.example.com:0443/usergroup/t/CUSTOMER/scim/v2", "the default port with a zero before it"),
    (BASE, "https://vc.example.com:/usergroup/t/CUSTOMER/scim/v2", "an empty port"),
    (BASE, "https://vc.example.com./usergroup/t/CUSTOMER/scim/v2", "a dot after the host"),
    (BASE, "https://vc.example.com../usergroup/t/CUSTOMER/scim/v2", "two dots after the host"),
    (BASE, "https://vc%2eexample%2Ecom/usergroup/t/CUSTOMER/scim/v2", "a host that is percent-encoded"),
    (BASE, "https://vc\u3002example\uff0ecom/usergroup/t/CUSTOMER/scim/v2", "the full stops of other scripts"),
    (BASE, "https://\uff56\uff43.example.com/usergroup/t/CUSTOMER/scim/v2", "wide letters"),
    (BASE, "https://vc.exam\u00adple.com/usergroup/t/CUSTOMER/scim/v2", "a soft hyphen, which IDNA drops"),
    (BASE, "https://ada@vc.example.com/usergroup/t/CUSTOMER/scim/v2", "user information, which is refused elsewhere"),
    (BASE, "https://vc.example.com/usergroup/t/CUSTOMER/%73cim/v2", "an unreserved character percent-encoded"),
    (BASE, "https://vc.example.com/usergroup/t/CUSTOMER/%2573cim/v2", "percent-encoded twice"),
    (BASE, "https://vc.example.com/usergroup/t%2FCUSTOMER/scim/v2", "a slash percent-encoded"),
    (BASE, "https://vc.example.com/usergroup/t%5cCUSTOMER/scim/v2", "a backslash, which some servers take for one"),
    (BASE, "https://vc.example.com/usergroup/./t/CUSTOMER/scim/v2", "a step on the spot"),
    (BASE, "https://vc.example.com/usergroup/x/../t/CUSTOMER/scim/v2", "a step down and up"),
    (BASE, "https://vc.example.com/../usergroup/x/%2e%2E/t/CUSTOMER/scim/v2", "the same, encoded, and above the root"),
    (BASE, "https://vc.example.com//usergroup///t/CUSTOMER/scim/v2", "doubled slashes"),
    (BASE, "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2//", "slashes after it"),
    (BASE, "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2/.", "a dot after it"),
    (BASE, "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2/%73cim/v2", "appended twice"),
    (BASE, "https://vc.example.com/usergroup;v=1/t/CUSTOMER/scim/v2;jsessionid=1", "parameters, which servers cut off"),
    (BASE, "https://vc.example.com/usergroup/t/customer/SCIM/v2", "case of the path: in doubt it is the same"),
    (BASE, "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2?aadOptscim062020", "a flag for the client"),
    (BASE, f" {BASE}\n", "white space from copying"),
    ("https://x.example/a%2fb%c3%a9", "https://x.example/a%2Fb\u00e9", "case of the hexadecimal digits"),
    (WIDE, "https://xn--bcher-kva.example/scim", "IDNA"),
    (WIDE, "https://XN--BCHER-KVA.example/scim", "IDNA in capitals"),
    (WIDE, "https://BU\u0308CHER.example/scim", "an accent on its own"),
    ("https://stra\u00dfe.example/", "https://xn--strae-oqa.example/", "IDNA of 2008"),
    ("https://stra\u00dfe.example/", "https://strasse.example/", "IDNA of 2003"),
    (LOCAL, "https://127.1:8443/scim/v2", "an IPv4 address in two parts"),
    (LOCAL, "https://0x7f.1:8443/scim/v2", "in hexadecimal"),
    (LOCAL, "https://0177.0.0.01:8443/scim/v2", "in octal"),
    (LOCAL, "https://2130706433:8443/scim/v2", "as one number"),
    (LOCAL, "https://127.0.0.1.:8443/scim/v2", "with a dot after it"),
    (LOCAL, "https://[::ffff:127.0.0.1]:8443/scim/v2", "mapped into IPv6"),
    (LOCAL, "https://[::FFFF:7f00:1]:8443/scim/v2", "mapped into IPv6, in hexadecimal"),
    ("https://[2001:db8::1]/", "https://[2001:0DB8:0:0:0:0:0:1]/", "zeros of an IPv6 address"),
    ("https://[fe80::1]/", "https://[fe80::1%25eth0]/", "the zone of an IPv6 address"),
]


@pytest.mark.parametrize(("one", "other", "why"), SPELLINGS, ids=[each[2] for each in SPELLINGS])
def test_spellings_of_one_service(one: str, other: str, why: str) -> None:
    assert address_of(one) == address_of(other), why
    assert service_mark(one) == service_mark(other), why
    assert same_service(one, other), why


DIFFERENT = [
    (BASE, "https://vc.example.com:8443/usergroup/t/CUSTOMER/scim/v2", "another port"),
    (BASE, "http://vc.example.com/usergroup/t/CUSTOMER/scim/v2", "another scheme is another port"),
    (BASE, "https://vc.example.org/usergroup/t/CUSTOMER/scim/v2", "another host"),
    (BASE, "https://vc.example.com/usergroup/t/OTHER/scim/v2", "another tenant"),
    (BASE, "https://vc.example.com/usergroup/CUSTOMER/scim/v2", "another path"),
    ("https://256.1/", "https://1.0/", "no IPv4 address"),
    ("https://1.2.3.4.5/", "https://1.2.3.4/", "too long for one"),
    ("", BASE, "none at all"),
]


@pytest.mark.parametrize(("one", "other", "why"), DIFFERENT, ids=[each[2] for each in DIFFERENT])
def test_different_services(one: str, other: str, why: str) -> None:
    assert not same_service(one, other), why


@pytest.mark.parametrize(
    "text", ["https://[::1", "https://x:99999/", "https://[v1.x]/", "nothing", "https://xn--\u00e9/"]
)
def test_what_is_no_url_has_an_address_all_the_same(text: str) -> None:
    assert address_of(text)


def test_the_marks_of_older_releases_are_understood() -> None:
    """They were digests of the URL as written; the first sixteen digits of SHA-256."""
    assert "bc9f595d0710f332" in service_marks("https://vc.example.com/scim/v2/")
    assert service_mark(BASE) in service_marks(BASE)


@pytest.mark.parametrize(("reported", "holds"), [("", True), (BASE + "/", True), ("https://vc.example.org", False)])
def test_ids_hold_at_the_same_service(reported: str, holds: bool) -> None:
    assert ids_hold(reported, BASE) is holds
