"""What the client learns and discovers, on a virtual clock below the transport seam."""

from __future__ import annotations

import pytest

from scim_operator import errors
from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import PatchOperation, PatchVerb
from scim_operator.core.service.capabilities import Source
from scim_operator.scim.profile import GENERIC, VMWARE_IDENTITY_SERVICE
from scim_operator.scim.protocol import Request, Response, modify_request, replace_request
from tests.scim.virtual import (
    ScriptedTransport,
    client_on,
    json_response,
)

USER, GROUP = ResourceType.USER, ResourceType.GROUP
TITLE = [PatchOperation(PatchVerb.REPLACE, "title", "Analyst")]
LOST = errors.Unreachable("lost", sent=True)
GONE = Response(204, {}, b"")


def members(count: int) -> list[PatchOperation]:
    return [PatchOperation(PatchVerb.ADD, "members", [{"value": str(n)} for n in range(count)])]


class TestLearning:
    @pytest.mark.parametrize("status", [405, 501])
    async def test_patch_refused_teaches_nothing_before_put_has_worked(self, status) -> None:
        client = client_on(ScriptedTransport(lambda _: Response(status, {}, b"")))
        with pytest.raises(errors.PatchUnsupported):
            await client.write(modify_request(USER, "1", TITLE))
        assert client.capabilities.of(USER).patch
        client.learn("patch", False, USER)
        assert not client.capabilities.of(USER).patch
        assert client.capabilities.of(USER).sources["patch"] is Source.LEARNED
        assert client.capabilities.of(GROUP).patch, "what users teach says nothing about groups"
        client.unlearn("patch", USER)
        assert client.capabilities.of(USER).patch

    async def test_what_both_types_teach_holds_for_the_service(self) -> None:
        client = client_on(ScriptedTransport(lambda _: Response(405, {}, b"")))
        client.learn("patch", False, USER)
        client.learn("patch", False, GROUP)
        assert not client.capabilities.patch
        assert client.capabilities.sources["patch"] is Source.LEARNED
        assert not client.capabilities.users
        assert not client.capabilities.groups

    @pytest.mark.parametrize("overrides", [{"patch": True}, {"groups": {"patch": True}}])
    async def test_the_spec_is_not_overruled(self, overrides) -> None:
        client = client_on(ScriptedTransport(lambda _: GONE), overrides=overrides)
        assert not client.learn("patch", False, GROUP)
        assert client.capabilities.of(GROUP).patch

    async def test_the_spec_may_say_it_of_one_type(self) -> None:
        client = client_on(ScriptedTransport(lambda _: GONE), overrides={"groups": {"patch": False}})
        assert not client.capabilities.of(GROUP).patch
        assert client.capabilities.of(GROUP).sources["patch"] is Source.SPEC
        assert client.capabilities.of(USER).patch

    async def test_unless_the_spec_insists(self) -> None:
        client = client_on(ScriptedTransport(lambda _: Response(405, {}, b"")), overrides={"patch": True})
        with pytest.raises(errors.Rejected, match=r"remove spec\.service\.capabilities\.patch"):
            await client.write(modify_request(USER, "1", TITLE))
        assert client.capabilities.patch

    async def test_what_is_too_large_is_halved_until_it_fits(self) -> None:
        def answer(request: Request) -> Response:
            assert request.body is not None
            return GONE if len(request.body["Operations"][0]["value"]) <= 30 else Response(413, {}, b"")

        client = client_on(ScriptedTransport(answer))
        while client.capabilities.member_chunk > 30:
            with pytest.raises(errors.RequestTooLarge):
                await client.write(modify_request(GROUP, "1", members(client.capabilities.member_chunk)))
        await client.write(modify_request(GROUP, "1", members(client.capabilities.member_chunk)))
        assert client.capabilities.member_chunk == 25

    async def test_one_member_is_as_small_as_it_gets(self) -> None:
        client = client_on(ScriptedTransport(lambda _: Response(413, {}, b"")))
        with pytest.raises(errors.Rejected):
            await client.write(modify_request(GROUP, "1", members(1)))
        with pytest.raises(errors.Rejected):
            await client.write(replace_request(GROUP, "1", {"members": [{"value": "1"}, {"value": "2"}]}))

    async def test_a_full_group_does_not_make_all_other_requests_small(self) -> None:
        client = client_on(ScriptedTransport(lambda _: json_response({"scimType": "tooMany"}, 400)))
        while client.capabilities.member_chunk > 1:
            with pytest.raises(errors.RequestTooLarge):
                await client.write(modify_request(GROUP, "1", members(client.capabilities.member_chunk)))
        with pytest.raises(errors.Rejected):
            await client.write(modify_request(GROUP, "1", members(1)))
        assert client.capabilities.member_chunk == 100

    async def test_late_answers_do_not_halve_twice(self) -> None:
        client = client_on(ScriptedTransport(lambda _: Response(413, {}, b"")))
        for _ in range(3):
            with pytest.raises(errors.RequestTooLarge):
                await client.write(modify_request(GROUP, "1", members(100)))
        assert client.capabilities.member_chunk == 50


class TestDiscovery:
    async def test_a_profile_without_discovery_does_not_ask(self) -> None:
        transport = ScriptedTransport(lambda _: Response(404, {}, b""))
        await client_on(transport, profile=VMWARE_IDENTITY_SERVICE).discover()
        assert not transport.requests

    async def test_what_is_discovered_holds(self) -> None:
        transport = ScriptedTransport(lambda _: json_response({"patch": {"supported": False}}))
        client = client_on(transport)
        await client.discover()
        assert not client.capabilities.patch
        assert client.capabilities.sources["patch"] is Source.DISCOVERED

    @pytest.mark.parametrize(
        "answer",
        [
            Response(404, {}, b""),
            Response(403, {}, b""),
            Response(501, {}, b""),
            Response(500, {}, b""),
            Response(200, {"content-type": "text/html"}, b"<html>"),
            Response(200, {}, b""),
            json_response(None),
        ],
    )
    async def test_none_or_an_odd_one_means_nothing(self, answer) -> None:
        transport = ScriptedTransport(lambda _: answer)
        client = client_on(transport)
        await transport.clock.run(client.discover())
        assert client.capabilities.patch == GENERIC.capabilities.patch

    @pytest.mark.parametrize("answer", [LOST, Response(429, {"retry-after": "1"}, b"")])
    async def test_no_answer_means_nothing_either_but_is_asked_for_again(self, answer) -> None:
        transport = ScriptedTransport(lambda _: answer)
        client = client_on(transport)
        await transport.clock.run(client.discover())
        assert client.capabilities.patch == GENERIC.capabilities.patch
        assert len(transport.requests) > 1

    async def test_an_answer_that_comes_late_counts(self) -> None:
        answers = iter([LOST, json_response({"patch": {"supported": False}})])
        transport = ScriptedTransport(lambda _: next(answers))
        client = client_on(transport)
        await transport.clock.run(client.discover())
        assert not client.capabilities.patch
