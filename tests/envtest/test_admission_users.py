"""What the API server says to ScimUsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.envtest.admission import admitting, assert_admitted, assert_refused, manifest, user

if TYPE_CHECKING:
    from tests.envtest.admission import Admission, Manifest
    from tools.cluster.controlplane import ControlPlane

DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"


@pytest.fixture(scope="module")
def admission(crds: ControlPlane) -> Admission:
    return admitting(crds)


GOOD: list[tuple[str, Manifest]] = [
    ("the least a user can be", user()),
    ("empty text clears an attribute", user(title="", profileUrl="", locale="", timezone="", name={"givenName": ""})),
    ("an empty list clears an attribute", user(emails=[], addresses=[])),
    ("a name in any script", user(userName="čapek", displayName="Карел", name={"formatted": "Karel Čapek"})),
    ("a formatted address has lines", user(addresses=[{"type": "work", "formatted": "1 Way\nBerlin"}])),
    ("extensions hold what only the service knows", user(extensions={"urn:example:2.0:User": {"a": [{"b": 1}]}})),
    ("VMware's userName need not be an address", user(userName="CORP\\ada")),
    (
        "a picture and a certificate",
        user(photos=[{"value": "https://a.example/p"}], x509Certificates=[{"value": "AA=="}]),
    ),
    ("dates of joining and leaving", user(notBefore="2026-12-01T09:00:00+01:00", notAfter="2027-12-01T00:00:00Z")),
    ("suspended", user(suspend=True)),
    ("a manager", user(manager={"userRef": {"name": "bob"}})),
]


@pytest.mark.parametrize(("reason", "wanted"), GOOD, ids=[row[0] for row in GOOD])
def test_it_is_admitted(admission: Admission, reason: str, wanted: Manifest) -> None:
    assert_admitted(admission, reason, wanted)


BAD: list[tuple[str, Manifest, str]] = [
    ("a user has a name", manifest("ScimUser", {}), "spec.userName: Required value"),
    (
        "blanks at the edges never match",
        user(userName=" ada"),
        "userName must not be blank nor begin or end with a blank",
    ),
    ("a blank is no name", user(userName=" "), "userName must not be blank"),
    ("a tab is a typing error", user(userName="a\tb"), "userName must not contain control characters"),
    ("what a reviewer reads as another", user(userName="ad\u200ba"), "nor characters that cannot be seen"),
    ("an address in brackets", user(emails=[{"value": "<a@b.example>"}]), "give an e-mail address alone"),
    ("a script for a page", user(profileUrl="javascript:alert(1)"), "give an absolute URL with https:// or http://"),
    ("an address without a part", user(addresses=[{}]), "spec.addresses[0] in body should have at least 1 properties"),
    ("externalId is compared exactly", user(externalId="a\n"), "externalId must not"),
    (
        "an empty externalId identifies nobody",
        user(externalId=""),
        "spec.externalId in body should be at least 1 chars",
    ),
    ("a password in Git is everybody's", user(password="x"), 'unknown field "spec.password"'),
    (
        "a manager by no manifest",
        user(manager={"value": "7"}),
        'unknown field "spec.manager.value"',
    ),
    (
        "an hour later as text, an hour earlier in fact",
        user(notBefore="2026-12-01T10:00:00Z", notAfter="2026-12-01T11:00:00+02:00"),
        "notBefore must be before notAfter",
    ),
    ("a date alone is no point in time", user(notAfter="2026-12-01"), "spec.notAfter"),
    ("no offset: whose midnight?", user(notAfter="2026-12-01T00:00:00"), "spec.notAfter"),
    ("there is no such day", user(notAfter="2026-02-30T00:00:00Z"), "spec.notAfter"),
    ("Python has no such offset", user(notAfter="2026-12-01T00:00:00+24:00"), "spec.notAfter"),
    ("a typing error is not ignored", user(displayname="Ada"), 'unknown field "spec.displayname"'),
    ("a typing error within is not ignored", user(name={"givenname": "A"}), 'unknown field "spec.name.givenname"'),
    (
        "no @",
        user(emails=[{"value": "ada"}]),
        'spec.emails[0].value: Invalid value: "ada": give an e-mail address alone',
    ),
    ("not a mailbox", user(emails=[{"value": "Ada <a@b.example>"}]), "give an e-mail address alone"),
    ("an e-mail without its value", user(emails=[{"type": "work"}]), "spec.emails[0].value: Required value"),
    (
        "one primary each (RFC 7643 section 2.4)",
        user(emails=[{"value": "a@b", "primary": True}, {"value": "c@d", "primary": True}]),
        "spec.emails: Invalid value: only one entry may have primary: true",
    ),
    (
        "one primary address",
        user(addresses=[{"primary": True}, {"primary": True}]),
        "only one entry may have primary: true",
    ),
    ("not a URL", user(profileUrl="ada"), 'spec.profileUrl: Invalid value: "ada": give an absolute URL'),
    ("a path is not absolute", user(photos=[{"value": "/ada.png"}]), "give an absolute URL"),
    ("ISO 3166 (RFC 7643 section 4.1.2)", user(addresses=[{"country": "Germany"}]), "ISO 3166-1 code of two letters"),
    ("not a language tag", user(locale="en GB"), "give a language tag such as en-GB"),
    ("not a time zone", user(timezone="Europe Berlin"), "give the name of a time zone such as Europe/Berlin"),
    (
        "base64",
        user(x509Certificates=[{"value": "-----BEGIN"}]),
        "spec.x509Certificates[0].value in body must be of type byte",
    ),
    (
        "a number needs quotes",
        user(enterprise={"employeeNumber": 7}),
        "spec.enterprise.employeeNumber in body must be of type",
    ),
    ("an extension's key is a URN", user(extensions={"badge": {}}), "the key of an extension is its schema URN"),
    ("enterprise has its own field", user(extensions={DEPARTMENT.rpartition(":")[0]: {}}), "have fields of their own"),
    (
        "whatever the case of its URN (RFC 7643 section 2.1)",
        user(extensions={"urn:IETF:params:scim:schemas:core:2.0:USER": {"userName": "root"}}),
        "have fields of their own",
    ),
]


@pytest.mark.parametrize(("reason", "wanted", "sentence"), BAD, ids=[row[0] for row in BAD])
def test_it_is_refused_with_a_sentence(admission: Admission, reason: str, wanted: Manifest, sentence: str) -> None:
    assert_refused(admission, reason, wanted, sentence)
