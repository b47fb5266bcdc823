"""LDAP filters (RFC 4515) become the bytes that an implementation by others makes of them."""

from __future__ import annotations

import pytest

from scim_operator.errors import InvalidSpec
from scim_operator.sources.ldap.directory import GROUPS, PEOPLE
from scim_operator.sources.ldap.filters import encoded
from tests.support.others_ldap import filter_of


@pytest.mark.parametrize(
    "text",
    [
        "(uid=ada)",
        "(uid=*)",
        "(cn=a*)",
        "(cn=*a*b*c)",
        "(&(a=b)(|(c>=1)(d<=2))(!(e~=f)))",
        "(cn=\\28a\\2a\\29\\5c)",
        "(cn=Größe)",
        "(cn;lang-de=x)",
        "(cn:dn:=x)",
        PEOPLE,
        GROUPS,
    ],
)
def test_a_filter_is_sent_as_others_send_it(text: str) -> None:
    assert encoded(text) == filter_of(text)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("(&)", b"\xa0\x00"),
        ("(uid=)", b"\xa3\x07\x04\x03uid\x04\x00"),
        ("(2.5.4.3=x)", b"\xa3\x0c\x04\x072.5.4.3\x04\x01x"),
        ("(:2.5.13.5:=x)", b"\xa9\x0d\x81\x082.5.13.5\x83\x01x"),
        ("(uac:1.2:=2)", b"\xa9\x0d\x81\x031.2\x82\x03uac\x83\x012"),
    ],
)
def test_what_the_other_does_not_know_is_sent_as_the_rfc_has_it(text: str, sent: bytes) -> None:
    """RFC 4526; RFC 4511 sections 4.5.1.7.7 and 5.1: a default is not sent, and ldaptor sends it."""
    assert encoded(text) == sent


@pytest.mark.parametrize(
    "text",
    [
        *("", "uid=ada", "(uid=ada", "(uid=ada))", "(!(a=b)(c=d))", "(=a)", "(a b=c)", "(a=\\zz)", "(&(a=b)x)"),
        *("(a:b:c:=d)", "(:=x)", "(a=**)", "(" * 2000, "(!" * 100 + "(a=b)" + ")" * 100),
    ],
)
def test_what_is_no_filter_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidSpec, match="is no LDAP filter; write one such as"):
        encoded(text)
