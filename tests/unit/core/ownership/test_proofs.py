"""Proofs of what a status remembers: they hold for exactly the entry that the operator wrote, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scim_operator.core.attributes.paths import EXTERNAL_ID, parse
from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.core.ownership.proofs import Notary, blank
from scim_operator.core.records.status import Reason, Reformatted, ServiceEntry, Verdict, lose
from scim_operator.core.records.tombstones import Tombstone, tombstones_from_json
from scim_operator.core.seal import Seal

ADA, EVE = (ObjectKey(Kind.USER, "identity", name) for name in ("ada", "eve"))
CONFIG = ConfigKey("identity", "vmware")
KNOWN_BY = dict.fromkeys(Kind, (EXTERNAL_ID, parse("userName")))
NOTARY = Notary(Seal(b"k" * 32), CONFIG, "service-mark", {"service-mark"}, KNOWN_BY)
ENTRY = ServiceEntry(
    config="vmware",
    verdict=Verdict(Reason.PROVISIONED, "The service holds it as mapped."),
    generation=3,
    service="service-mark",
    id="2819c223",
    identity="a" * 24,
    applied=("userName", "title"),
    reformatted=(Reformatted("title", "1", "2"),),
    members=("7", "8"),
)
SIGNED = NOTARY.signed(ADA, ENTRY)
RESOURCE = {"id": "2819c223", "externalId": "oid-1", "userName": "Ada@corp.example", "title": "Countess"}


def test_what_the_operator_wrote_is_believed() -> None:
    assert NOTARY.believes(ADA, SIGNED)
    assert NOTARY.signed(ADA, SIGNED) is SIGNED


def test_what_was_concluded_may_be_reported_otherwise() -> None:
    """Conditions cost no one access, and need no proof."""
    said = replace(SIGNED, verdict=Verdict(Reason.HELD, "Held."), generation=9, pending=("scimuser/bob",))
    assert NOTARY.believes(ADA, said)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "other"},
        {"id": ""},
        {"service": "another-service"},
        {"identity": "b" * 24},
        {"creating": "c" * 12},
        {"applied": ("userName",)},
        {"applied": ("userName", "title", "emails")},
        {"members": ("7", "8", "9")},
        {"members": ("7,8",)},
        {"reformatted": ()},
        {"proof": ""},
        {"proof": SIGNED.proof[:-1]},
        {"proof": "\udce4"},
    ],
)
def test_what_someone_changed_is_not_believed(changed: dict[str, object]) -> None:
    assert not NOTARY.believes(ADA, replace(SIGNED, **changed))  # type: ignore[arg-type]


def test_nor_what_someone_changed_of_a_lost_resource() -> None:
    """It holds again once the service has the id: whose that is must be as sure as of any id."""
    gone = NOTARY.signed(ADA, lose(SIGNED))
    assert NOTARY.believes(ADA, gone)
    assert not NOTARY.believes(ADA, replace(gone, lost=None))
    for changed in ({"id": "other"}, {"service": "another"}, {"identity": "b"}, {"members": ()}, {"applied": ()}):
        assert gone.lost is not None
        assert not NOTARY.believes(ADA, replace(gone, lost=replace(gone.lost, **changed)))  # type: ignore[arg-type]
    bare = ServiceEntry("vmware", ENTRY.verdict, 3, service="service-mark", lost=gone.lost)
    assert not NOTARY.believes(ADA, bare), "nothing else needs a proof"
    assert blank(gone).lost is None


def test_a_copy_is_believed_nowhere_else() -> None:
    assert not NOTARY.believes(EVE, SIGNED), "another manifest"
    assert not NOTARY.believes(ADA._replace(kind=Kind.GROUP), SIGNED), "another kind"
    assert not NOTARY.believes(ADA._replace(namespace="other"), SIGNED), "another namespace"
    assert not replace(NOTARY, config=ConfigKey("identity", "second")).believes(ADA, SIGNED), "another config"
    assert not replace(NOTARY, seal=Seal(b"x" * 32)).believes(ADA, SIGNED), "another key"


def test_texts_do_not_run_into_each_other() -> None:
    one = replace(ENTRY, applied=("a", "b"), members=("c",))
    other = replace(ENTRY, applied=("a",), members=("b", "c"))
    assert NOTARY.signed(ADA, one).proof != NOTARY.signed(ADA, other).proof


def test_an_entry_without_anything_to_abuse_needs_no_proof() -> None:
    said = replace(blank(ENTRY), service="service-mark")
    assert NOTARY.signed(ADA, said).proof == ""
    assert NOTARY.believes(ADA, said)
    assert NOTARY.believes(ADA, blank(SIGNED))


def test_a_resource_is_recognised_by_any_attribute_that_is_as_it_was() -> None:
    identity = NOTARY.identity(Kind.USER, RESOURCE)
    assert NOTARY.recognises(Kind.USER, identity, RESOURCE)
    assert NOTARY.recognises(Kind.USER, identity, {**RESOURCE, "externalId": "another"})
    assert NOTARY.recognises(Kind.USER, identity, {**RESOURCE, "userName": "ADA@CORP.example", "externalId": None})
    assert not NOTARY.recognises(Kind.USER, identity, {**RESOURCE, "externalId": "another", "userName": "root"})
    assert not NOTARY.recognises(Kind.USER, "", RESOURCE)
    assert "oid-1" not in identity


def test_what_was_about_to_be_created_is_recognised_as_a_whole() -> None:
    identity = NOTARY.identity(Kind.USER, RESOURCE)
    assert NOTARY.is_exactly(Kind.USER, identity, {**RESOURCE, "title": "Lady"})
    assert not NOTARY.is_exactly(Kind.USER, identity, {**RESOURCE, "userName": "ada@other.example"})
    assert not NOTARY.is_exactly(Kind.USER, "", RESOURCE)


def test_a_command_that_sends_nothing_takes_a_status_as_it_stands() -> None:
    offline = replace(NOTARY, checks=False)
    assert offline.believes(EVE, SIGNED)
    assert offline.recognises(Kind.USER, "", RESOURCE)


def test_a_tombstone_that_the_operator_did_not_write_is_dropped() -> None:
    due = datetime(2026, 6, 1, tzinfo=UTC)
    ours = NOTARY.engraved(Tombstone(ADA, "1", due))
    listed = [
        {"id": "1", "kind": "ScimUser", "name": "ada", "deleteAt": "2026-06-01T00:00:00Z", "proof": ours.proof},
        {"id": "2", "kind": "ScimUser", "name": "ada", "deleteAt": "2026-06-01T00:00:00Z", "proof": ours.proof},
        {"id": "1", "kind": "ScimUser", "name": "eve", "deleteAt": "2026-06-01T00:00:00Z", "proof": ours.proof},
        {"id": "1", "kind": "ScimGroup", "name": "ada", "deleteAt": "2026-06-01T00:00:00Z", "proof": ours.proof},
        {"id": "1", "kind": "ScimUser", "name": "ada", "deleteAt": "2026-01-01T00:00:00Z", "proof": ours.proof},
        {"id": "3", "kind": "ScimUser", "name": "ada", "deleteAt": "2026-06-01T00:00:00Z"},
        {"id": "4", "kind": "Nonsense", "name": "ada", "deleteAt": "soon", "proof": ours.proof},
        {},
    ]
    tombstones = tombstones_from_json("identity", listed, NOTARY.certifies)
    assert tombstones.due(due + timedelta(days=1)) == [ours]
    assert tombstones_from_json("identity", tombstones.to_json(), NOTARY.certifies).due(due) == [ours]
