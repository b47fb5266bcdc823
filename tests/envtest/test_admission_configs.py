"""What the API server says to ProvisioningConfigs; mappings and filters have a table of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.envtest.admission import SERVICE, admitting, assert_admitted, assert_refused, config, manifest

if TYPE_CHECKING:
    from tests.envtest.admission import Admission, Manifest
    from tools.cluster.controlplane import ControlPlane


@pytest.fixture(scope="module")
def admission(crds: ControlPlane) -> Admission:
    return admitting(crds)


GOOD: list[tuple[str, Manifest]] = [
    ("the least a config can be", config()),
    ("http where it is allowed", config({"url": "http://127.0.0.1:8080/scim/v2", "allowInsecure": True})),
    ("a URL with a query (Entra's flags)", config({"url": "https://a.example/scim?aadOptscim062020"})),
    ("a URL with an IPv6 address", config({"url": "https://[::1]:8443/scim/v2"})),
    ("everything is in scope", config(scope="All")),
    ("nobody is assigned yet", config(scope="Assigned", assignments=[])),
    (
        "who is assigned",
        config(
            assignments=[
                {"userRef": {"name": "a"}},
                {"groupRef": {"name": "b"}},
                {"userSelector": {"matchLabels": {"c": "d"}}},
            ]
        ),
    ),
    ("who is assigned, with roles", config(assignments=[{"userRef": {"name": "a"}, "roles": ["admin", "reader"]}])),
    ("conditions in CEL", config(users={"expression": "user.active"}, groups={"expression": "true"})),
    ("a shorter interval, for tests", config(interval="10s")),
    ("hours and minutes", config(interval="1h30m")),
    ("one bound alone", config(limits={"groupDeletes": {"min": 0}, "disables": {"percent": 100}})),
    ("disabled for ever", config(users={"deleteAfter": "0"})),
    (
        "deleteAfter, where one of the two removals disables",
        config(users={"whenDeleted": "Delete", "deleteAfter": "1h"}),
    ),
    ("nothing but reading", config(users={"actions": []}, mode="Plan")),
    ("a digest as status shows it", config(approvedPlan="sha256:" + "0" * 64)),
    ("no plan approved", config(approvedPlan="")),
    ("a quarantine of one's own", config(quarantine={"minimum": 5, "percent": 20, "retries": ["1h", "6h"]})),
    (
        "who is told",
        config(
            notifications=[
                {"webhook": {"urlSecretRef": {"name": "notify"}}, "topics": ["Failure", "Recovered"]},
                {
                    "email": {
                        "to": ["team@corp.example"],
                        "from": "scim@corp.example",
                        "smtpSecretRef": {"name": "smtp"},
                    }
                },
                {"apprise": {"urlSecretRef": {"name": "chat", "key": "url"}}, "digestInterval": "6h"},
            ]
        ),
    ),
]


@pytest.mark.parametrize(("reason", "wanted"), GOOD, ids=[row[0] for row in GOOD])
def test_it_is_admitted(admission: Admission, reason: str, wanted: Manifest) -> None:
    assert_admitted(admission, reason, wanted)


OAUTH2 = {"tokenUrl": "https://login.example.com/oauth2/token", "secretRef": {"name": "client"}}

BAD: list[tuple[str, Manifest, str]] = [
    ("nothing to provision to", manifest("ProvisioningConfig", {}), "spec.service: Required value"),
    (
        "no token",
        config({"auth": {}}),
        "spec.service.auth: Invalid value: give exactly one of bearer, basic and oauth2",
    ),
    (
        "no Secret",
        config({"auth": {"bearer": {"secretRef": {}}}}),
        "spec.service.auth.bearer.secretRef.name: Required value",
    ),
    (
        "a token in the clear",
        config({"url": "http://vc.example.com/"}),
        "spec.service.url: Invalid value: the URL must begin with",
    ),
    ("not http at all", config({"url": "ldaps://vc.example.com"}), "the URL must begin with https://"),
    (
        "not http, even if insecure",
        config({"url": "ftp://a.example", "allowInsecure": True}),
        "the URL must begin with",
    ),
    ("half a URL", config({"url": "vc.example.com/scim"}), "write the whole URL of the service"),
    ("a path alone", config({"url": "/scim/v2"}), "write the whole URL of the service"),
    ("a secret in Git", config({"url": "https://a:b@vc.example.com/"}), "the URL must not hold credentials"),
    ("a fragment", config({"url": "https://vc.example.com/#/users"}), "the URL must not have a fragment"),
    ("not a scheme", config({"auth": {"bearer": {"secretRef": {"name": "t"}, "scheme": "Basic"}}}), '"Bearer", "HZN"'),
    (
        "not a profile",
        config({"profile": "ping"}),
        'supported values: "vmware-identity-service", "workspace-one-access"',
    ),
    (
        "a standstill",
        config({"budget": {"requestsPerSecond": 0}}),
        "requestsPerSecond in body should be greater than or equal to 1",
    ),
    ("no role", config(assignments=[{"userRef": {"name": "a"}, "roles": [""]}]), "should be at least 1 chars long"),
    (
        "a role twice",
        config(assignments=[{"userRef": {"name": "a"}, "roles": ["x", "x"]}]),
        "spec.assignments[0].roles[1]: Duplicate value",
    ),
    (
        "a role that nobody sees",
        config(assignments=[{"userRef": {"name": "a"}, "roles": [" "]}]),
        "a role must not be blank",
    ),
    (
        "a role that a reviewer reads as another",
        config(assignments=[{"userRef": {"name": "a"}, "roles": ["nimda\u202e"]}]),
        "a role must not contain control characters",
    ),
    (
        "a Secret in another namespace",
        config({"auth": {"bearer": {"secretRef": {"name": "../../b/secrets/t"}}}}),
        'spec.service.auth.bearer.secretRef.name: Invalid value: "../../b/secrets/t": write an object\'s metadata.name',
    ),
    ("a URL with a blank", config({"url": "https://a.example/a b"}), "percent-encode the rest"),
    (
        "a host that is read as another",
        config({"url": "https://\u0430.example/"}),
        "write a host of other letters as xn--",
    ),
    ("no condition", config(users={"expression": ""}), "spec.users.expression in body should be at least 1 chars long"),
    ("no token endpoint", config({"auth": {"oauth2": {}}}), "spec.service.auth.oauth2.tokenUrl: Required value"),
    (
        "a token and credentials",
        config({"auth": {"bearer": {"secretRef": {"name": "t"}}, "oauth2": OAUTH2}}),
        "give exactly one of bearer, basic and oauth2",
    ),
    (
        "credentials in the clear",
        config({"auth": {"oauth2": {**OAUTH2, "tokenUrl": "http://login.example.com/token"}}}),
        "spec.service.auth.oauth2.tokenUrl: Invalid value: the token endpoint's URL must begin with https://",
    ),
    (
        "credentials in Git",
        config({"auth": {"oauth2": {**OAUTH2, "tokenUrl": "https://id:secret@login.example.com/token"}}}),
        "the URL must not hold credentials",
    ),
    (
        "no URL at all",
        config({"auth": {"oauth2": {**OAUTH2, "tokenUrl": "login"}}}),
        "write the whole URL of the token endpoint",
    ),
    (
        "two scopes in one",
        config({"auth": {"oauth2": {**OAUTH2, "scopes": ["a b"]}}}),
        "write several as several entries",
    ),
    (
        "a token and a password",
        config({"auth": {"bearer": {"secretRef": {"name": "t"}}, "basic": {"secretRef": {"name": "t"}}}}),
        "give exactly one of bearer, basic and oauth2",
    ),
    (
        "a header that the operator sets",
        config({"headers": [{"name": "authorization", "secretRef": {"name": "t"}}]}),
        "the operator sets this header itself",
    ),
    (
        "a header of a proxy",
        config({"headers": [{"name": "Proxy-Authorization", "secretRef": {"name": "t"}}]}),
        "the operator sets this header itself",
    ),
    (
        "a header that makes every request a deletion",
        config({"headers": [{"name": "X-HTTP-Method-Override", "secretRef": {"name": "t"}}]}),
        "this header has a request mean something else",
    ),
    (
        "a header that is two",
        config({"headers": [{"name": "X-Key\r\nHost", "secretRef": {"name": "t"}}]}),
        "a header has letters, digits, - and _",
    ),
    (
        "a header twice",
        config({"headers": [{"name": name, "secretRef": {"name": "t"}} for name in ("X-Key", "x-key")]}),
        "two headers of one name, which has no case",
    ),
    ("not a way", config({"auth": {"oauth2": {**OAUTH2, "authentication": "Jwt"}}}), '"Basic", "Post"'),
    (
        "assignments that would be ignored",
        config(scope="All", assignments=[{"userRef": {"name": "a"}}]),
        "spec.assignments: Invalid value: assignments are used by scope: Assigned alone",
    ),
    (
        "nobody assigned in an entry",
        config(assignments=[{}]),
        "spec.assignments[0]: Invalid value: give exactly one of",
    ),
    (
        "words for a time",
        config(interval="40 minutes"),
        'spec.interval: Invalid value: "40 minutes": write a duration as 40m',
    ),
    ("days are not a unit", config(users={"deleteAfter": "30d"}), "write a duration as 40m, 720h"),
    ("an interval for ever", config(interval="0"), "must be between 10s and 24h"),
    ("too often", config(interval="1s"), "must be between 10s and 24h"),
    ("spending is counted by the hour", config(limits={"window": "1m"}), "must be between 1h and 720h"),
    (
        "more than all",
        config(limits={"userDeletes": {"percent": 101}}),
        "percent in body should be less than or equal to 100",
    ),
    (
        "a limit as it was written before",
        config(limits={"disables": {"count": 5}}),
        "spec.limits.disables.count: Invalid value: count is gone: a limit is percent",
    ),
    (
        "deletes of both kinds in one",
        config(limits={"deletes": {"percent": 5}}),
        "spec.limits.deletes: Invalid value: deletes is gone: write userDeletes and groupDeletes",
    ),
    (
        "bounds out of order, one of them by default",
        config(limits={"disables": {"max": 2}}),
        "spec.limits.disables.min: Invalid value: min must not exceed max",
    ),
    (
        "two ways of protecting in one",
        config(protected={"users": [{"userRef": {"name": "ada"}, "expression": "true"}]}),
        "give exactly one of userRef, selector and expression",
    ),
    (
        "no name of a protected object",
        config(approvedProtected=["ada"]),
        "name an object as scimuser/<name> or scimgroup/<name>",
    ),
    ("half a digest", config(approvedPlan="sha256:abc"), "copy the whole digest from status.plan.digest"),
    (
        "a notification that goes nowhere",
        config(notifications=[{"topics": ["Failure"]}]),
        "give exactly one of webhook, email and apprise",
    ),
    (
        "a notification that goes two ways",
        config(
            notifications=[{"webhook": {"urlSecretRef": {"name": "a"}}, "apprise": {"urlSecretRef": {"name": "b"}}}]
        ),
        "give exactly one of webhook, email and apprise",
    ),
    (
        "a webhook's URL in Git",
        config(notifications=[{"webhook": {"url": "https://hooks.example/secret"}}]),
        'unknown field "spec.notifications[0].webhook.url"',
    ),
    (
        "a header in an address",
        config(notifications=[{"email": {"to": ["a@b.example\nBcc: c@d.example"], "smtpSecretRef": {"name": "s"}}}]),
        "spec.notifications[0].email.to[0]: Invalid value",
    ),
    (
        "nothing to tell of",
        config(notifications=[{"webhook": {"urlSecretRef": {"name": "a"}}, "topics": []}]),
        "spec.notifications[0].topics: Invalid value",
    ),
    ("no pause at all", config(quarantine={"retries": []}), "spec.quarantine.retries: Invalid value"),
    ("a pause of seconds", config(quarantine={"retries": ["5s"]}), "must be between 1m and 168h"),
    ("a share that is none", config(quarantine={"percent": 101}), "spec.quarantine.percent: Invalid value"),
    (
        "a Lease has 63 characters",
        manifest("ProvisioningConfig", {"service": SERVICE}, "a" * 64),
        "63 characters at most",
    ),
    (
        "a group cannot be disabled",
        config(groups={"whenDeleted": "Disable"}),
        'supported values: "Empty", "Delete", "Retain"',
    ),
    (
        "nothing is emptied",
        config(groups={"whenDeleted": "Delete", "whenOutOfScope": "Retain", "deleteAfter": "1h"}),
        "spec.groups.deleteAfter: Invalid value: deleteAfter counts from when the group was emptied",
    ),
    (
        "nothing is disabled",
        config(users={"whenDeleted": "Delete", "whenOutOfScope": "Retain", "deleteAfter": "1h"}),
        "spec.users.deleteAfter: Invalid value: deleteAfter counts from a disable",
    ),
    ("nothing to match by", config(users={"matching": []}), "spec.users.matching in body should have at least 1 items"),
    (
        "matched by nothing",
        config(users={"matching": ["login"]}),
        'spec.users.matching[0]: Invalid value: "login": not an attribute',
    ),
    ("matched twice", config(users={"matching": ["userName", "username"]}), "a matching attribute is listed twice"),
    (
        "matched by what is not sent",
        config(users={"matching": ["title"], "mappings": [{"target": "title", "ignore": True}]}),
        "a matching attribute cannot be ignored",
    ),
    (
        "the same action twice",
        config(users={"actions": ["Create", "Create"]}),
        "spec.users.actions[1]: Duplicate value",
    ),
]


@pytest.mark.parametrize(("reason", "wanted", "sentence"), BAD, ids=[row[0] for row in BAD])
def test_it_is_refused_with_a_sentence(admission: Admission, reason: str, wanted: Manifest, sentence: str) -> None:
    assert_refused(admission, reason, wanted, sentence)
