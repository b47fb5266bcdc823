"""The commands without a cluster, over a service that repeats what it must not: no canary is in what they write."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.security.test_canaries import MAPPINGS, SENSITIVE, SOME, TOKEN, check, parrot, person
from tests.support.encodings import ENCODINGS
from tests.support.rig import service_group, service_user

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk


@pytest.mark.parametrize("encoding", SOME)
async def test_the_commands_without_a_cluster(at: Desk, tmp_path: Path, encoding: str) -> None:
    at.configure(users=MAPPINGS)
    for name in SENSITIVE:
        at.user(name, **person(name))
    at.group("all", *SENSITIVE)
    out = tmp_path / "plan.json"
    async with parrot(at.simulator.url.rsplit("/usergroup", 1)[0]) as service:
        service.encode = ENCODINGS[encoding]
        at.spec["service"]["url"] = service.url + "/usergroup" + at.simulator.url.rsplit("/usergroup", 1)[1]
        at.configure()
        at.simulator.settings = replace(at.simulator.settings, token=TOKEN)
        hosts = ("--token-hosts", service.url.removeprefix("http://"))
        texts = {form: (await at.run("plan", "-o", form, "--out", str(out), *hosts)).output for form in FORMS}
        assert all("ada@corp.example" in text for text in texts.values())
        service.choose = lambda request: 400 if request.method != "GET" else 0
        texts["apply"] = (await at.run("apply", "--auto-approve", "--timeout", "0", *hosts)).output
        service.choose = lambda request: 400 if "filter" not in request.query else 0
        texts["plan of a listing that fails"] = (await at.run("plan", *hosts)).output
    check({**texts, "the saved plan": out.read_text()})


FORMS = ("text", "json", "markdown")


async def test_a_plan_that_names_a_member_by_one_of_them(at: Desk) -> None:
    """Who is in a group and has no manifest is called as the service calls them."""
    at.configure(users=MAPPINGS)
    at.user("ada", **person("ada"))
    called = SENSITIVE["ada"].replace(" ", ".")
    reply = at.simulator.by_hand("POST", "/Users", service_user(called, externalId="identity/x"))
    assert reply.status == 201, reply.body
    group = service_group("ops", [json.loads(reply.body)["id"]], externalId="identity/ops")
    assert at.simulator.by_hand("POST", "/Groups", group).status == 201
    at.group("ops", "ada")
    texts = {form: (await at.run("plan", "-o", form)).output for form in FORMS}
    assert "- member" in texts["text"], texts
    check(texts)
