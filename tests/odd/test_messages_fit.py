"""What a status says of a refusal fits the object and the request: the next step is one that helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.rig import Rig

REFUSALS = [
    ("status=403;method=POST;path=/Users", "seat limit", "one who cannot be created blames no token"),
    ("status=401;method=POST;path=/Users", "may not create this one", "nor where the service says 401"),
    ("status=409:uniqueness;method=POST;path=/Users", "hidden from this token", "taken by one who is not shown"),
    ("status=400:invalidPath;method=POST;path=/Users", "if the service does not require it", "an unknown attribute"),
    ("status=402;method=POST;path=/Users", "no seat or license left", "no seat"),
]


@pytest.mark.parametrize(("fault", "said", "why"), REFUSALS, ids=[why for *_, why in REFUSALS])
async def test_a_user_who_cannot_be_created(r: Rig, fault: str, said: str, why: str) -> None:
    r.user("charles")
    await r.start()
    await r.settle()
    r.simulator.faults.add(fault)
    r.user("ada")
    await r.until(lambda: r.reason("ada") == "Rejected")
    message = r.message("ada")
    assert said in message, why
    assert "token has expired" not in message
    assert r.condition("Connected")[0] == "True"


async def test_an_edit_that_is_forbidden_for_one_alone_blames_no_token(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"status=403;method=PATCH;path=/Users/{r.id_of('ada')}")
    r.user("ada", title="New")
    await r.until(lambda: r.reason("ada") == "Rejected")
    assert "this resource is protected at the service" in r.message("ada")


async def test_a_fix_for_an_immutable_name_is_one_that_the_config_takes(r: Rig) -> None:
    """`ignore` on userName, which the service requires, would leave nothing to create users with."""
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"status=400:mutability;method=PATCH;path=/Users/{r.id_of('ada')}")
    r.user("ada", userName="countess@corp.example")
    await r.until(lambda: r.reason("ada") == "Rejected")
    assert "source and apply: OnCreate" in r.message("ada")
    assert "ignore" not in r.message("ada")
    r.simulator.faults.clear()
    await r.configure(users={"mappings": [{"target": "userName", "source": "userName", "apply": "OnCreate"}]})
    await r.until(lambda: r.reason("ada") == "Provisioned")
    assert r.at_service("ada") is not None, "the former name stays"
