"""Whatever JSON a service sends for a resource, it is refused or worked on, and never brings about a traceback."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scim_operator.core.attributes.diff import apply_changes, changes, operations
from scim_operator.core.attributes.equality import canonical
from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.plan.membership import observed_members
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.update import after, member_ids, patches, version_of
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.service.capabilities import MemberRemoval
from scim_operator.job.gather.remote_index import RemoteIndex
from scim_operator.scim.reading import parse as parse_json
from scim_operator.scim.reading import resource
from scim_operator.scim.values import Unreadable

WORDS = """id ID externalId userName USERNAME displayName active name emails Members members value type primary meta
Meta version schemas groups roles givenName display $ref urn:ietf:params:scim:schemas:extension:enterprise:2.0:User
manager department locale"""
NAMES = st.sampled_from(WORDS.split())
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["maybe", "TRUE", "work", "0001-01-01T00:00:00+23:59", "9" * 400, "\r\n", "\x00", "1e99999"])
)
VALUES = st.recursive(
    SCALARS, lambda part: st.lists(part, max_size=4) | st.dictionaries(NAMES | st.text(max_size=4), part, max_size=5)
)
RESOURCES = st.dictionaries(NAMES, VALUES, max_size=10)

DESIRED = {
    parse(path): value
    for path, value in {
        "userName": "ada",
        "externalId": "team/ada",
        "active": True,
        "name.givenName": "Ada",
        'emails[type eq "work"].value': "ada@corp.example",
        'emails[type eq "work" and primary eq true].display': "Ada",
        "roles": [{"value": "a", "primary": True}, {"value": "b"}],
        "locale": "en-GB",
        "meta.created": "2026-01-01T00:00:00Z",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "Research",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value": "7",
    }.items()
}
CLEARED = (parse("title"), parse("phoneNumbers"), parse('addresses[type eq "work"].locality'), parse("displayName"))
MATCHING = (parse("externalId"), parse("userName"), parse("emails.value"))


def everything(document: dict[str, Any], kind: Kind) -> None:
    """All that the job does with a resource of a service."""
    index = RemoteIndex(MATCHING)
    index.put(document)
    index.put(document)
    observed = index.get(document["id"])
    assert observed is not None
    for path in MATCHING:
        canonical(path, path.read(observed))
    found = changes(DESIRED, observed, clear=CLEARED)
    operations(found, observed)
    apply_changes(observed, found)
    version_of(observed)
    member_ids(observed)
    members = sorted(observed_members(observed, ()))
    key = ObjectKey(kind, "team", "ada")
    plan = Plan(
        key,
        Verdict(Reason.PROVISIONED, ""),
        id=document["id"],
        changes=found,
        member_adds=(Member("1", ResourceType.USER),),
        member_removals=tuple(members[:1]),
    )
    for style in MemberRemoval:
        list(patches(plan, observed, style, 100))
    after(observed, plan, copy.deepcopy(observed))
    after(observed, plan, None)
    index.drop(document["id"])


@settings(max_examples=600, deadline=None)
@given(RESOURCES, st.sampled_from(list(Kind)))
@example({"id": "1", "members": {"value": "1"}}, Kind.GROUP)
@example({"id": "1", "emails": "ada", "active": "maybe", "meta": [], "schemas": None}, Kind.USER)
@example(
    {"id": "1", "locale": "0001-01-01T00:00:00+23:59", "meta": {"created": "0001-01-01T00:00:00+23:59"}}, Kind.USER
)
def test_any_resource_is_refused_or_worked_on(content: dict[str, Any], kind: Kind) -> None:
    content.setdefault("id", "1")
    try:
        document = resource(parse_json(orjson.dumps(content)))
    except Unreadable:
        return
    everything(document, kind)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0d8 idID1', max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Unreadable):
        parse_json(body)
