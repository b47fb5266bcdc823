"""Somebody who reads a status, a saved plan or an approval, and tries values until a digest fits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson
import pytest

from scim_operator.core.approval.digest import digest_of, exact_digest_of
from scim_operator.core.approval.effects import effects_of
from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.equality import canonical, digest
from scim_operator.core.attributes.paths import CLEARED, MISSING, parse
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.seal import Seal
from tests.support.explaining import explained, step
from tests.support.rig import rig

if TYPE_CHECKING:
    from tests.support.desk import Desk

NUMBER = parse("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber")
KEY = ObjectKey(Kind.USER, "identity", "ada")


def plan(value: object, *, creates: bool = False, sensitive: bool = True) -> Plan:
    document = {}
    NUMBER.write(document, value)
    change = AttributeChange(NUMBER, MISSING, value)
    return Plan(
        KEY,
        Verdict(Reason.PROVISIONED, ""),
        Verb.CREATE if creates else Verb.UPDATE,
        id="1",
        document=document if creates else None,
        changes=() if creates else (change,),
        sensitive=frozenset([NUMBER]) if sensitive else frozenset(),
    )


@pytest.mark.parametrize("creates", [True, False])
def test_digests_and_marks_of_an_approval_do_not_depend_on_what_is_sensitive(creates: bool) -> None:
    one, other = plan("1", creates=creates), plan("2", creates=creates)
    assert digest_of([one]) == digest_of([other])
    assert effects_of(one, everything=True) == effects_of(other, everything=True)
    assert exact_digest_of(one) != exact_digest_of(other), "what was refused is tried again once it is corrected"
    open_one, open_other = (plan(value, creates=creates, sensitive=False) for value in "12")
    assert digest_of([open_one]) != digest_of([open_other])


def test_that_a_sensitive_value_goes_is_another_change() -> None:
    assert digest_of([plan("1")]) != digest_of([plan(CLEARED)])
    assert effects_of(plan("1"), everything=True) != effects_of(plan(CLEARED), everything=True)


@pytest.mark.parametrize(
    "mapping",
    [
        {"source": str(NUMBER), "sensitive": True},
        {"expression": "Redact(user.enterprise.employeeNumber)"},
        {"expression": "Redact(user['enterprise'].employeeNumber)"},
        {"expression": "user.enterprise.employeeNumber", "sensitive": True},
    ],
)
async def test_a_saved_plan_has_no_digest_of_what_is_sensitive(at: Desk, mapping: dict[str, object]) -> None:
    at.configure(users={"mappings": [{"target": str(NUMBER), **mapping}]})
    saved = []
    for number in ("number 1000", "number 2000"):  # a digest may have 1000 in it by chance
        at.user("ada", enterprise={"employeeNumber": number})
        saved.append(await at.plan())
    assert orjson.dumps(saved[0]) == orjson.dumps(saved[1])
    assert b"number 1000" not in orjson.dumps(saved[0])
    at.user("ada", enterprise={"employeeNumber": "number 2000"}, title="Countess")
    assert (await at.plan())["digest"] != saved[1]["digest"]


def guesses(value: str) -> set[str]:
    """What somebody makes of a value who knows how digests are made, and not the operator's key."""
    path = parse("title")
    plain = digest(path, value)
    parts = ("sent", "ScimUser", "identity", "ada", "title", plain)
    keyless = {Seal(key).of(*parts) for key in (b"", b"vmware", b"uid-of-vmware")}
    bodies = (value, repr(value), plain, repr(canonical(path, value)))
    return {plain, *keyless, *(hashlib.sha256(body.encode()).hexdigest() for body in bodies)}


async def test_a_value_that_a_service_keeps_otherwise_is_not_found_by_trying() -> None:
    """A national id was found in an hour on one core."""
    async with rig() as r:
        r.simulator.faults.add("reformat=trim")
        for name in ("ada", "bob"):
            r.user(name, title=" 070412-1234 ")
        await r.start()
        await r.settle()
        kept = [r.entry(name)["reformatted"][0] for name in ("ada", "bob")]
        assert [each["path"] for each in kept] == ["title", "title"]
        for value in (" 070412-1234 ", "070412-1234"):
            found = {each[name][:length] for each in kept for name in ("sent", "got") for length in (8, 16, 22, 64)}
            assert not any(guess[:length] in found for guess in guesses(value) for length in (8, 16, 22, 64))
        assert kept[0]["sent"] != kept[1]["sent"], "that two have the same value is not shown either"
        await r.check_quiet()
        assert "070412" not in str(r.cluster.get(Kind.USER, "ada")["status"])


async def test_a_command_without_the_key_believes_what_the_operator_found() -> None:
    async with rig() as r:
        r.simulator.faults.add("reformat=trim")
        r.user("ada", title=" Analyst ")
        await r.start()
        await r.settle()
        await r.stop()
        reported = await explained(r, Kind.USER, "ada")
        assert step(reported, "Plan").outcome == "nothing to send (Provisioned)"
        r.user("ada", title=" Engineer ")
        reported = await explained(r, Kind.USER, "ada")
        assert step(reported, "Plan").outcome.startswith("Update")
