"""The default mappings of each profile: exactly what its service documents, and each value at its own place."""

from __future__ import annotations

import pytest

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import ResourceType
from scim_operator.core.mapping.compiler import compile_mappings
from scim_operator.core.mapping.mapping import desired_attributes
from scim_operator.core.resource import ENTERPRISE_USER, WS1B_GROUP, WS1B_USER
from scim_operator.scim.profiles import PROFILES

CORE = (
    "userName active externalId name.givenName name.familyName displayName nickName title profileUrl "
    'emails[type="work"].value phoneNumbers[type="work"].value addresses[type="work"].country '
    'addresses[type="work"].postalCode addresses[type="work"].region addresses[type="work"].locality '
    'addresses[type="work"].streetAddress'
)
ENTERPRISE = "department employeeNumber costCenter division organization"
TUTORIAL = (
    f"{CORE} {' '.join(f'{ENTERPRISE_USER}:{name}' for name in ENTERPRISE.split())} "
    f"{' '.join(f'{WS1B_USER}:customAttribute{n}' for n in range(1, 6))} "
    f"{WS1B_USER}:adSourceAnchor {WS1B_USER}:distinguishedName {WS1B_USER}:domain {WS1B_USER}:userPrincipalName"
)
TUTORIAL_GROUP = f"displayName externalId {WS1B_GROUP}:description {WS1B_GROUP}:distinguishedName {WS1B_GROUP}:domain"
PLAIN = 'userName active externalId name.givenName name.familyName displayName emails[type="work"].value'
CONTACT = f'{PLAIN} nickName title phoneNumbers[type="work"].value'
WITH_MANAGER = " ".join(f"{ENTERPRISE_USER}:{name}" for name in [*ENTERPRISE.split(), "manager"])
NAMED, BOTH = "displayName", "displayName externalId"
DOCUMENTED = [
    ("vmware-identity-service", TUTORIAL, TUTORIAL_GROUP),
    ("workspace-one-access", TUTORIAL, TUTORIAL_GROUP),
    ("generic", f"{CORE} {WITH_MANAGER}", BOTH),
    ("aws-identity-center", f"{CONTACT} profileUrl {WITH_MANAGER}", BOTH),
    ("github-enterprise", PLAIN, BOTH),
    ("gitlab", PLAIN.replace("displayName ", ""), BOTH),
    ("slack", f"{CONTACT} profileUrl {WITH_MANAGER}", NAMED),
    ("atlassian", f"{CONTACT} {ENTERPRISE_USER}:department {ENTERPRISE_USER}:organization", BOTH),
    ("databricks", PLAIN, BOTH),
    ("snowflake", PLAIN, NAMED),
    ("okta", PLAIN, BOTH),
    ("keycloak", PLAIN, NAMED),
]
"""The sources are in docs/profiles.md, and for the first in docs/vmware.md."""


def _split(text: str) -> set[str]:
    return {path.replace('[type="', '[type eq "') for path in text.split()}


@pytest.mark.parametrize(("profile", "user", "group"), DOCUMENTED, ids=[name for name, *_ in DOCUMENTED])
def test_a_profile_maps_what_its_service_documents_and_nothing_else(profile: str, user: str, group: str) -> None:
    attributes = PROFILES[profile].attributes
    assert set(attributes[ResourceType.USER]) == _split(user)
    assert set(attributes[ResourceType.GROUP]) == _split(group)


def test_every_profile_is_in_the_table() -> None:
    assert {name for name, *_ in DOCUMENTED} == set(PROFILES)


def _manifest() -> dict:
    """Return a user of whom every attribute is set, each to another value."""
    enterprise = {name: f"the {name}" for name in ENTERPRISE.split()}
    ws1b = ["adSourceAnchor", "distinguishedName", "domain", "userPrincipalName"]
    parts = ["country", "postalCode", "region", "locality", "streetAddress", "formatted"]
    names = "userName externalId displayName nickName title profileUrl userType preferredLanguage locale timezone"
    return {
        **{name: f"the {name}" for name in names.split()},
        "active": True,
        "name": {part: f"the {part}" for part in ("givenName", "familyName", "middleName", "formatted")},
        "emails": [{"type": "home", "value": "home@x"}, {"type": "work", "value": "the work emails"}],
        "phoneNumbers": [{"type": "mobile", "value": "+1"}, {"type": "work", "value": "the work phoneNumbers"}],
        "addresses": [{"type": "home", "country": "NZ"}, {"type": "work", **{part: f"the {part}" for part in parts}}],
        ENTERPRISE_USER: {**enterprise, "manager": "the manager"},
        WS1B_USER: {name: f"the {name}" for name in [*ws1b, *(f"customAttribute{n}" for n in range(1, 6))]},
    }


def _expected(path: str) -> object:
    """Return the value of a path in that manifest, from its spelling alone."""
    if path == "active":
        return True
    if path.endswith('[type eq "work"].value'):
        return f"the work {path.partition('[')[0]}"
    return f"the {path.rpartition(':')[2].rpartition('.')[2]}"


@pytest.mark.parametrize("profile", PROFILES)
def test_each_target_has_the_value_of_its_own_path(profile: str) -> None:
    targets = PROFILES[profile].attributes[ResourceType.USER]
    mapped = desired_attributes(_manifest(), compile_mappings((), targets), creating=True)
    assert mapped == {parse(path): _expected(path) for path in targets}
