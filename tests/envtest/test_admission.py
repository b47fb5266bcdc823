"""What the API server makes of manifests: defaults, budgets, the contract's example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from tests.envtest.admission import SERVICE, admitting, config, group, user

if TYPE_CHECKING:
    from tests.envtest.admission import Admission
    from tools.cluster.controlplane import ControlPlane

DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"


@pytest.fixture(scope="module")
def admission(crds: ControlPlane) -> Admission:
    return admitting(crds)


def test_the_api_server_fills_in_the_defaults(admission: Admission) -> None:
    spec = admission.admit(config())[1]["spec"]
    assert spec["service"] == {
        **SERVICE,
        "auth": {"bearer": {"secretRef": {"name": "t", "key": "token"}, "scheme": "Bearer"}},
        "profile": "vmware-identity-service",
        "budget": {"requestsPerSecond": 25, "concurrency": 8},
        "allowInsecure": False,
    }
    del spec["service"]
    rules = {"enabled": True, "actions": ["Create", "Update", "Delete"], "adoption": "Approve"}
    users = {"matching": ["externalId", "userName"], "whenOutOfScope": "Disable", "whenDeleted": "Disable"}
    groups = {"matching": ["externalId", "displayName"], "whenOutOfScope": "Empty", "whenDeleted": "Empty"}
    quarantine = spec.pop("quarantine")
    assert (quarantine["retries"], quarantine["disableAfter"]) == (["6h", "12h", "24h"], "672h"), "Entra's"
    assert spec == {
        "suspend": False,
        "mode": "Apply",
        "scope": "Assigned",
        "reportOutOfScope": True,
        "users": rules | users,
        "groups": rules | groups,
        "interval": "40m",
        "limits": {
            "window": "24h",
            "disables": {"percent": 10, "min": 3, "max": 500},
            "userDeletes": {"percent": 5, "min": 3, "max": 100},
            "groupDeletes": {"percent": 5, "min": 1, "max": 20},
            "memberRemovals": {"percent": 25, "min": 10, "max": 2000},
            "renames": {"percent": 10, "min": 5, "max": 500},
            "adoptions": {"percent": 10, "min": 50, "max": 500},
            "recreations": {"percent": 5, "min": 5, "max": 100},
        },
        "approval": {"policy": "OnLimit", "separation": False},
    }
    assert admission.admit(user())[1]["spec"]["active"] is True
    assert admission.admit(group())[1]["spec"]["membershipPolicy"] == "Exclusive"


def test_no_default_is_filled_into_a_list(admission: Admission) -> None:
    """Tools that compare whole lists, as Argo CD does, would see a difference for ever."""
    mappings = [{"target": "title", "source": "title"}]
    assert admission.admit(config(users={"mappings": mappings}))[1]["spec"]["users"]["mappings"] == mappings


def test_the_largest_group_is_within_the_budget(admission: Admission) -> None:
    """20,000 members with their rules: under etcd's 1.5 MiB and under the cost that CEL may take at run time."""
    members = [{"userRef": {"name": f"user-{number:05}"}} for number in range(20_000)]
    status, answer = admission.admit(group(members=members))
    assert status == 201, answer.get("message")


def test_the_largest_config_is_within_the_budget(admission: Admission) -> None:
    mappings = [
        {"target": f"urn:example:{'x' * 200}:2.0:User:attribute{number}", "source": 'emails[type eq "work"].value'}
        for number in range(100)
    ]
    clauses = [{"attribute": DEPARTMENT, "operator": "REGEX MATCH", "value": "a|" * 511 + "b"}] * 20
    filters = [{"title": f"{number}", "clauses": clauses} for number in range(20)]
    status, answer = admission.admit(config(users={"mappings": mappings, "filters": filters}))
    assert status == 201, answer.get("message")


@pytest.mark.parametrize("name", ["ada", "engineering", "vmware"])
def test_the_contract_s_example_is_admitted(admission: Admission, name: str) -> None:
    status, answer = admission.admit(CONTRACT[name])
    assert status == 201, answer.get("message")


CONTRACT = {
    document["metadata"]["name"]: document
    for document in yaml.safe_load_all("""
apiVersion: scim-operator.io/v1alpha1
kind: ProvisioningConfig
metadata: {name: vmware}
spec:
  service:
    url: https://vc.example.com/usergroup/t/CUSTOMER/scim/v2
    profile: vmware-identity-service
    auth: {bearer: {secretRef: {name: vmware-scim, key: token}, scheme: Bearer}}
    tls: {caBundleRef: {kind: ConfigMap, name: vc-ca, key: ca.crt}}
    budget: {requestsPerSecond: 25, concurrency: 8}
    capabilities: {patch: true, pageSize: 100, memberChunk: 100}
  suspend: false
  mode: Apply
  scope: Assigned
  assignments:
  - userRef: {name: ada}
  - groupRef: {name: engineering}
  - userSelector: {matchLabels: {tier: prod}}
  users:
    enabled: true
    actions: [Create, Update, Delete]
    matching: [externalId, userName]
    filters:
    - title: Engineers in Berlin
      clauses:
      - attribute: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department
        operator: EQUALS
        value: Engineering
      - {attribute: 'addresses[type eq "work"].locality', operator: EQUALS, value: Berlin}
    mappings:
    - {target: title, source: title, default: Member, apply: OnCreate}
    - {target: userType, constant: Employee}
    - {target: nickName, ignore: true}
    - target: urn:ietf:params:scim:schemas:extension:ws1b:2.0:User:customAttribute1
      source: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter
      sensitive: true
    adoption: IfUnowned
    whenOutOfScope: Disable
    whenDeleted: Disable
    deleteAfter: 720h
  groups: {matching: [externalId, displayName]}
  interval: 40m
  limits:
    window: 24h
    disables: {percent: 10, min: 3, max: 500}
    groupDeletes: {percent: 5, min: 1, max: 20}
  approval: {policy: OnLimit}
  approvedPlan: ''
---
apiVersion: scim-operator.io/v1alpha1
kind: ScimUser
metadata: {name: ada, labels: {tier: prod}}
spec:
  userName: ada@corp.example
  externalId: 4b6f
  active: true
  name: {givenName: Ada, familyName: Lovelace}
  displayName: Ada Lovelace
  emails: [{type: work, value: ada@corp.example, primary: true}]
  phoneNumbers: [{type: work, value: '+44 20 0000 0000'}]
  addresses: [{type: work, streetAddress: 1 Way, locality: Berlin, region: Berlin, postalCode: '10115', country: DE}]
  title: Analyst
  enterprise: {department: Engineering, employeeNumber: '7', costCenter: CC1, division: d, organization: o}
  ws1b: {domain: corp.example, userPrincipalName: u, distinguishedName: d, adSourceAnchor: a, customAttribute1: c}
  extensions: {'urn:example:2.0:User': {badge: 'B-17'}}
---
apiVersion: scim-operator.io/v1alpha1
kind: ScimGroup
metadata: {name: engineering}
spec:
  displayName: Engineering
  externalId: e1
  ws1b: {description: d, domain: corp.example, distinguishedName: d}
  membershipPolicy: Exclusive
  members:
  - userRef: {name: ada}
  - groupRef: {name: compilers}
  - userSelector: {matchLabels: {team: compiler}}
""")
}
