"""What an import is given: saved answers of identity providers, of which anything may be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.sources.assembly import assemble
from scim_operator.sources.entra import read_entra
from scim_operator.sources.keycloak import read_keycloak
from scim_operator.sources.made import Place
from scim_operator.sources.manifests import texts
from scim_operator.sources.okta import read_okta
from scim_operator.sources.report import notes
from scim_operator.sources.rules import ImportRules
from scim_operator.sources.transform import transforms
from verify.fuzzing.target import Broken, Target
from verify.fuzzing.values import bodies, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.sources.people import PeopleSource

_GROUP = "45b7d2e7-b882-4a80-ba97-10b7a63b8fa4"
GRAPH = [
    {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users",
        "@odata.count": 1,
        "value": [
            {
                "id": "1",
                "userPrincipalName": "a@x",
                "accountEnabled": True,
                "businessPhones": ["1"],
                "country": "GB",
                "manager": {"id": "1"},
                "jobTitle": "x",
            }
        ],
    },
    {
        "value": [{"id": _GROUP, "displayName": "G", "groupTypes": [], "members": [{"id": "1"}]}],
        "@odata.nextLink": f"https://graph.microsoft.com/v1.0/groups/{_GROUP}/members?$skiptoken=x",
    },
]
OKTA = [
    [{"id": "1", "status": "ACTIVE", "profile": {"login": "a@x", "managerId": "1", "countryCode": "GB"}}],
    [{"id": "1", "type": "OKTA_GROUP", "profile": {"name": "G", "description": "x"}}],
]
REALM = [
    {
        "realm": "x",
        "users": [{"id": "1", "username": "a", "enabled": True, "attributes": {"title": ["x"]}, "groups": ["/g/h"]}],
        "groups": [{"id": "1", "name": "g", "path": "/g", "subGroups": [{"id": "2", "name": "h", "path": "/g/h"}]}],
    }
]


def _imports(read: Callable[[Iterable[tuple[str, bytes]]], PeopleSource]) -> Callable[[bytes], object]:
    def attempt(body: bytes) -> None:
        source, rules = read([("1.json", body)]), ImportRules()
        done = assemble(source, transforms(rules, source.columns), Place("identity"))
        if not all(each.message.strip() for each in done.refused):
            raise Broken("a row is refused without a reason")
        for parts in texts(done.manifests, rules, "identity").values():
            "".join(parts).encode()
        "".join([*source.notes, *notes(done, at_service=False)])

    return attempt


TARGETS = (
    Target(
        "saved answers of Graph",
        ("sources/entra.py", "sources/pages.py", "sources/people.py"),
        bodies(changed(GRAPH)),
        _imports(read_entra),
        quotes=True,
    ),
    Target("saved answers of Okta", ("sources/okta.py",), bodies(changed(OKTA)), _imports(read_okta), quotes=True),
    Target(
        "the export of a realm", ("sources/keycloak.py",), bodies(changed(REALM)), _imports(read_keycloak), quotes=True
    ),
)
"""All of them. See `Target` for what the fields say."""
