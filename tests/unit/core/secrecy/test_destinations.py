"""Which servers a key `hosts` names, however hosts are written, and what a vault gives out for them."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.secrecy.destinations import (
    DataRef,
    Destination,
    destination_of,
    going_to,
    host_name,
    may_go,
    released,
)
from scim_operator.errors import HostNotNamed, InvalidSpec, SecretNotFound

VC = Destination("vc.example.com")
TOKEN = DataRef("Secret", "identity", "vmware-scim", ("token",))


@pytest.mark.parametrize(
    ("text", "host", "why"),
    [
        ("vc.example.com", "vc.example.com", "as it is"),
        ("VC.Example.COM", "vc.example.com", "names have no case"),
        ("vc.example.com.", "vc.example.com", "the root's dot"),
        ("münchen.example", "xn--mnchen-3ya.example", "IDNA"),
        ("vc\u3002example\uff0ecom\u3002", "vc.example.com", "dots of other scripts"),
        ("\uff11\uff12\uff17.0.0.1", "127.0.0.1", "digits of other scripts"),
        ("[2001:DB8:0:0::1]", "2001:db8::1", "an IPv6 address in one spelling"),
    ],
)
def test_a_host_has_one_spelling(text: str, host: str, why: str) -> None:
    assert host_name(text) == host, why


@pytest.mark.parametrize("text", ["", ".", "a..b", "a b", "a/b", "*.example.com", "a@b", "%76c.example.com", "a'b"])
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        host_name(text)


@pytest.mark.parametrize(
    ("hosts", "url", "why"),
    [
        ("vc.example.com", "https://vc.example.com/scim/v2", "443 unless given"),
        ("vc.example.com:443", "https://vc.example.com/scim/v2", "the port given"),
        ("other.example, vc.example.com", "https://VC.example.com:443/", "one of several"),
        ("other.example\nvc.example.com.\n", "https://vc.example.com./", "lines of a file, and the root's dot"),
        ("vc.example.com:8443", "https://vc.example.com:8443/", "another port"),
        ("[fd12::1]:8443", "https://[fd12:0::1]:8443/", "an IPv6 address with a port"),
        ("fd12::1", "https://[fd12::1]/", "and without"),
        ("xn--mnchen-3ya.example", "https://münchen.example/", "IDNA"),
    ],
)
def test_a_named_server_may_have_it(hosts: str, url: str, why: str) -> None:
    assert may_go(hosts, destination_of(url)) == "", why


@pytest.mark.parametrize(
    ("hosts", "url", "why"),
    [
        ("", "https://vc.example.com/", "nothing is named"),
        ("vc.example.com", "https://vc.example.com:8443/", "another port"),
        ("vc.example.com:8443", "https://vc.example.com/", "another port"),
        ("vc.example.com", "http://vc.example.com:443/", "without TLS"),
        ("vc.example.com:80", "http://vc.example.com/", "without TLS"),
        ("vc.example.com", "https://vc.example.com.evil.example/", "only the beginning"),
        ("example.com", "https://vc.example.com/", "only the end"),
        ("*.example.com", "https://vc.example.com/", "no patterns"),
        ("*", "https://vc.example.com/", "no patterns"),
        ("https://vc.example.com", "https://vc.example.com/", "a URL is no host"),
        ("vc.example.com, *", "https://vc.example.com/", "one wrong entry makes all of it doubtful"),
        ("vc.example.com:0", "https://vc.example.com/", "no port"),
        ("vc.example.com:99999", "https://vc.example.com/", "no port"),
        ("vc.example.com@evil.example", "https://evil.example/", "credentials of a URL"),
    ],
)
def test_no_other_server_may(hosts: str, url: str, why: str) -> None:
    assert may_go(hosts, destination_of(url)), why


@pytest.mark.parametrize("entry", ["vc.example.com:", "vc.example.com:0", "vc.example.com:65536", "/", "a:b:c"])
def test_an_entry_that_is_none_is_refused_in_words_of_our_own(entry: str) -> None:
    """What stands there may be a secret, put under the wrong key: it is not shown."""
    assert may_go(f"vc.example.com,{entry}", VC) == "its key hosts has an entry that is neither HOST nor HOST:PORT"
    assert may_go("vc.example.com:65535", Destination("vc.example.com", 65535)) == ""


def test_without_tls_it_needs_the_flag() -> None:
    plain = destination_of("http://127.0.0.1:8080/")
    assert "--allow-insecure-services" in may_go("127.0.0.1:8080", plain)
    assert may_go("127.0.0.1:8080", plain, allow_insecure=True) == ""
    assert may_go("127.0.0.1", plain, allow_insecure=True), "the port is part of it"


def given(data: dict[str, bytes], to: Any = None, ref: DataRef = TOKEN, **more: Any) -> dict[str, bytes]:
    return released(ref, data, to or going_to(VC), **more)


def test_a_vault_gives_out_what_was_asked_for_and_no_more() -> None:
    data = {"token": b"t", "password": b"p", "hosts": b"vc.example.com"}
    assert given(data) == {"token": b"t"}
    with pytest.raises(SecretNotFound, match="has no key token: add it"):
        given({"hosts": b"vc.example.com"})


def test_each_of_several_servers_has_to_be_named() -> None:
    both = going_to(Destination("login.example.com"), VC)
    with pytest.raises(HostNotNamed, match=r'"hosts":"login.example.com,vc.example.com"'):
        given({"token": b"t", "hosts": b"vc.example.com"}, both)


@pytest.mark.parametrize("data", [{"token": b"canary"}, {"token": b"canary", "hosts": b"canary.example"}])
def test_the_message_gives_the_line_to_type_and_nothing_of_the_secret(data: dict[str, bytes]) -> None:
    line = "kubectl --namespace identity patch secret vmware-scim --type=merge --patch="
    with pytest.raises(HostNotNamed, match=line) as caught:
        given(data)
    assert """'{"stringData":{"hosts":"vc.example.com"}}'""" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_where_a_value_leads_is_not_shown() -> None:
    ref = DataRef("Secret", "identity", "notify", ("url",))
    with pytest.raises(HostNotNamed) as caught:
        given(
            {"url": b"https://canary.example/x", "hosts": b"hooks.example"},
            lambda values: (destination_of(values["url"].decode()),),
            ref,
        )
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("type", ["kubernetes.io/dockerconfigjson", "kubernetes.io/service-account-token"])
def test_credentials_for_kubernetes_itself_are_never_given_out(type: str) -> None:
    with pytest.raises(InvalidSpec, match="credentials of another kind"):
        given({"token": b"t", "hosts": b"vc.example.com"}, type=type)
