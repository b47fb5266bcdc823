"""The client's verbs and what they repeat, on a virtual clock below the transport seam."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from scim_operator import errors
from scim_operator.api.enums import AuthScheme
from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import PatchOperation, PatchVerb
from scim_operator.errors import WrongServiceReason
from scim_operator.scim.auth import StaticToken
from scim_operator.scim.budget import Budget
from scim_operator.scim.client import ScimClient
from scim_operator.scim.exchange import Exchange
from scim_operator.scim.profile import GENERIC
from scim_operator.scim.protocol import (
    ERROR,
    Method,
    Request,
    Response,
    create_request,
    delete_request,
    modify_request,
    replace_request,
)
from tests.scim.virtual import (
    Answer,
    ScriptedTransport,
    VirtualClock,
    client_on,
    in_turn,
    json_response,
    page_response,
)

if TYPE_CHECKING:
    from collections.abc import Callable

USER, GROUP = ResourceType.USER, ResourceType.GROUP
TITLE = [PatchOperation(PatchVerb.REPLACE, "title", "Analyst")]
LOST = errors.Unreachable("lost", sent=True)
NEVER_LEFT = errors.Unreachable("refused", sent=False)
DOWN = Response(503, {}, b"")
EMPTY = page_response([], 0)
GONE = Response(204, {}, b"")


VERBS: dict[str, Callable[[ScimClient], object]] = {
    "create": lambda client: client.write(create_request(USER, {"userName": "ada"})),
    "modify": lambda client: client.write(modify_request(USER, "1", TITLE)),
    "replace": lambda client: client.write(replace_request(USER, "1", {"userName": "ada"})),
    "delete": lambda client: client.delete(delete_request(USER, "1")),
    "get": lambda client: client.get(USER, "1"),
    "find": lambda client: client.find(USER, "userName", "ada"),
}
WRITES = ["create", "modify", "replace", "delete"]
READS = ["get", "find"]


async def attempt(verb: str, answer: Answer) -> tuple[object, ScriptedTransport]:
    """What a verb gives or raises, and what it sent."""
    transport = ScriptedTransport(answer)
    try:
        return await transport.clock.run(VERBS[verb](client_on(transport))), transport
    except errors.ScimOperatorError as error:
        return error, transport


class TestRepetition:
    @pytest.mark.parametrize("verb", WRITES)
    @pytest.mark.parametrize("answer", [LOST, DOWN, Response(500, {}, b""), Response(504, {}, b"")], ids=str)
    async def test_a_write_that_may_have_taken_effect_is_sent_once(self, verb, answer) -> None:
        outcome, transport = await attempt(verb, lambda _: answer)
        assert isinstance(outcome, errors.TransientError)
        assert len(transport.requests) == 1

    @pytest.mark.parametrize("verb", WRITES)
    @pytest.mark.parametrize(
        "answer",
        [NEVER_LEFT, Response(429, {}, b""), Response(503, {"retry-after": "2"}, b"")],
        ids=["never left", "429", "503 with Retry-After"],
    )
    async def test_a_write_that_certainly_had_no_effect_is_sent_again(self, verb, answer) -> None:
        _, transport = await attempt(verb, in_turn(answer, GONE))
        assert len(transport.requests) == 2

    @pytest.mark.parametrize("verb", READS)
    @pytest.mark.parametrize("answer", [LOST, NEVER_LEFT, DOWN, Response(500, {}, b"")], ids=str)
    async def test_a_read_is_sent_again_a_few_times(self, verb, answer) -> None:
        outcome, transport = await attempt(verb, lambda _: answer)
        assert isinstance(outcome, errors.TransientError)
        assert len(transport.requests) == 3
        assert transport.times == sorted(set(transport.times)), "with pauses"

    async def test_a_service_that_throttles_for_ever_is_given_up(self) -> None:
        outcome, transport = await attempt("create", lambda _: Response(429, {"retry-after": "10"}, b""))
        assert isinstance(outcome, errors.Throttled)
        assert outcome.retry_after == 10
        assert transport.times == [0, 10, 20, 30, 40]

    async def test_a_long_retry_after_is_the_jobs_to_report(self) -> None:
        outcome, transport = await attempt("create", lambda _: Response(429, {"retry-after": "600"}, b""))
        assert isinstance(outcome, errors.Throttled)
        assert outcome.retry_after == 600
        assert len(transport.requests) == 1

    async def test_nothing_else_is_sent_while_it_runs(self) -> None:
        transport = ScriptedTransport(in_turn(Response(429, {"retry-after": "600"}, b""), EMPTY))
        client = client_on(transport)
        with pytest.raises(errors.Throttled):
            await transport.clock.run(client.write(create_request(USER, {})))
        await transport.clock.run(client.find(USER, "userName", "ada"))
        assert transport.times == [0, 600]

    async def test_the_rate_holds_for_repetitions_too(self) -> None:
        transport = ScriptedTransport(lambda _: NEVER_LEFT)
        with pytest.raises(errors.Unreachable):
            await transport.clock.run(client_on(transport, rate=0.1).get(USER, "1"))
        assert all(later - earlier >= 10 for earlier, later in zip(transport.times, transport.times[1:], strict=False))

    async def test_a_refused_media_type_is_replaced_once_and_for_all(self) -> None:
        transport = ScriptedTransport(
            lambda _: GONE if "scim" not in transport.headers[-1]["Content-Type"] else Response(415, {}, b"")
        )
        client = client_on(transport)
        await transport.clock.run(client.write(create_request(USER, {})))
        await transport.clock.run(client.write(create_request(USER, {})))
        assert [headers["Content-Type"] for headers in transport.headers] == [
            "application/scim+json",
            "application/json",
            "application/json",
        ]


class Rotating:
    """Credentials that read anew only when asked to, as a cached Secret does."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.asked = 0

    async def token(self, *, fresh: bool = False) -> str:
        self.asked += fresh
        if fresh and len(self.tokens) > 1:
            self.tokens.pop(0)
        return self.tokens[0]


class TestCredentials:
    def service(self, good: str) -> ScriptedTransport:
        def answer(_: Request) -> Response:
            ok = transport.headers[-1]["Authorization"] == f"Bearer {good}"
            return EMPTY if ok else json_response({"errors": [{"code": "401", "message": "Unauthorized"}]}, 401)

        transport = ScriptedTransport(answer)
        return transport

    async def test_a_rotated_token_is_taken_up_without_anybody_noticing(self) -> None:
        transport = self.service("new")
        assert await client_on(transport, credentials=Rotating("old", "new")).find(USER, "userName", "ada") == []
        assert len(transport.requests) == 2

    async def test_a_write_as_well_since_a_refused_one_had_no_effect(self) -> None:
        transport = self.service("new")
        client = client_on(transport, credentials=Rotating("old", "new"))
        assert await client.delete(delete_request(USER, "1"))

    async def test_the_same_token_is_not_tried_twice(self) -> None:
        transport = self.service("new")
        credentials = Rotating("old-canary")
        with pytest.raises(errors.Unauthorized) as caught:
            await client_on(transport, credentials=credentials).find(USER, "userName", "ada")
        assert (len(transport.requests), credentials.asked) == (1, 1)
        assert "canary" not in str(caught.value)

    async def test_two_bad_tokens_end_it(self) -> None:
        transport = self.service("new")
        with pytest.raises(errors.Unauthorized):
            await client_on(transport, credentials=Rotating("old", "older", "new")).find(USER, "userName", "ada")
        assert len(transport.requests) == 2

    @pytest.mark.parametrize("token", ["", "  ", "Bearer x", "a\nb", "tökén"])
    async def test_a_token_that_cannot_be_sent_is_not_sent(self, token) -> None:
        transport = self.service("new")
        with pytest.raises(errors.Unauthorized, match="Secret"):
            await client_on(transport, credentials=StaticToken(token)).find(USER, "userName", "ada")
        assert not transport.requests

    async def test_a_newline_at_the_end_is_forgiven(self) -> None:
        assert await client_on(self.service("new"), credentials=StaticToken("new\n")).find(USER, "userName", "a") == []

    async def test_the_scheme_is_the_configs(self) -> None:
        transport = ScriptedTransport(lambda _: EMPTY)
        exchange = Exchange(
            transport, StaticToken("t"), AuthScheme.HZN, Budget(VirtualClock(), concurrency=1), random.Random(1)
        )
        await ScimClient(exchange, profile=GENERIC, random=random.Random(1)).find(USER, "userName", "ada")
        assert transport.headers[0]["Authorization"] == "HZN t"


class TestProbe:
    async def probe(self, answer: Answer, **overrides: object) -> ScriptedTransport:
        transport = ScriptedTransport(answer)
        await transport.clock.run(client_on(transport, overrides=overrides).probe())
        return transport

    async def test_an_empty_list_is_a_service(self) -> None:
        transport = await self.probe(lambda _: EMPTY)
        assert transport.requests[0].filter.startswith('userName eq "scim-operator-probe-')
        assert len(transport.requests) == 1

    @pytest.mark.parametrize(
        ("answer", "reason", "why"),
        [
            (page_response([{"id": "1", "userName": "x"}], 1), WrongServiceReason.FILTER_IGNORED, "somebody is found"),
            (json_response({"totalResults": 7, "Resources": []}), WrongServiceReason.FILTER_IGNORED, "or counted"),
            (Response(200, {"content-type": "text/html"}, b"<html>"), WrongServiceReason.NOT_SCIM, "a login page"),
            (json_response({"hello": "world"}), WrongServiceReason.NOT_SCIM, "another API"),
            (Response(404, {}, b""), WrongServiceReason.WRONG_URL, "another path"),
            (Response(301, {"location": "https://elsewhere.example"}, b""), WrongServiceReason.REDIRECTED, "moved"),
        ],
    )
    async def test_what_else_answers_is_kept_apart(self, answer, reason, why) -> None:
        with pytest.raises(errors.WrongService) as caught:
            await self.probe(lambda _: answer)
        assert caught.value.reason == reason, why

    async def test_a_service_without_filters_is_listed(self) -> None:
        transport = await self.probe(
            lambda request: (
                json_response({"scimType": "invalidFilter"}, 400) if request.filter else page_response([{"id": "1"}], 9)
            )
        )
        assert [bool(request.filter) for request in transport.requests] == [True, False]

    async def test_what_refuses_everything_in_scims_words_is_a_service_without_lists(self) -> None:
        refusal = json_response({"schemas": [ERROR], "detail": "no lists", "status": "400"}, 400)
        await self.probe(lambda _: refusal)

    @pytest.mark.parametrize("status", [400, 405, 422, 501])
    async def test_what_refuses_everything_in_other_words_is_none(self, status: int) -> None:
        with pytest.raises(errors.Rejected):
            await self.probe(lambda _: json_response({"detail": "no"}, status))

    async def test_known_not_to_filter_it_is_only_listed(self) -> None:
        transport = await self.probe(lambda _: page_response([{"id": "1"}], 9), filter=False)
        assert [bool(request.filter) for request in transport.requests] == [False]


class TestFind:
    async def test_hits_are_compared_again(self) -> None:
        transport = ScriptedTransport(lambda _: page_response([{"id": "1", "externalId": "ADA"}], 1))
        assert await client_on(transport).find(USER, "externalId", "ada") == []

    @pytest.mark.parametrize(
        ("refusal", "attribute", "filters_later", "why"),
        [
            (json_response({"scimType": "invalidFilter"}, 400), "externalId", True, "another attribute may do"),
            (json_response({"scimType": "invalidFilter"}, 400), "userName", True, "another attribute may do"),
            (Response(501, {}, b""), "externalId", False, "no filters at all"),
        ],
    )
    async def test_a_refused_filter_becomes_a_search(self, refusal, attribute, filters_later, why) -> None:
        everybody = [{"id": str(n), attribute: f"user{n}"} for n in range(250)]

        def answer(request: Request) -> Response:
            if request.filter:
                return refusal
            start = int(dict(request.query)["startIndex"])
            return page_response(everybody[start - 1 :][:100], 250)

        transport = ScriptedTransport(answer)
        client = client_on(transport)
        for _ in range(2):
            assert [hit["id"] for hit in await client.find(USER, attribute, "user249")] == ["249"]
        assert sum(bool(request.filter) for request in transport.requests) == 1, "it is refused only once"
        assert client.capabilities.of(USER).filter is filters_later, why

    @pytest.mark.parametrize("status", [400, 501])
    async def test_a_refused_natural_key_says_nothing_of_the_other_type(self, status: int) -> None:
        """Nor of another attribute: that one refused alike says that the type has no filters."""
        refusal = json_response({"scimType": "invalidFilter"}, status)
        transport = ScriptedTransport(lambda request: refusal if request.filter else page_response([], 0))
        client = client_on(transport)
        await client.find(USER, "userName", "ada")
        assert client.capabilities.of(GROUP).filter is True
        assert client.capabilities.of(USER).filter is (status == 400)
        await client.find(USER, "externalId", "ada")
        assert (client.capabilities.of(USER).filter, client.capabilities.of(GROUP).filter) == (False, True)
        await client.find(GROUP, "displayName", "engineering")
        await client.find(GROUP, "externalId", "engineering")
        assert client.capabilities.filter is False

    async def test_an_attribute_that_filters_is_asked_although_the_natural_key_is_refused(self) -> None:
        transport = ScriptedTransport(
            lambda request: (
                json_response({"scimType": "invalidFilter"}, 400)
                if "userName" in request.filter
                else page_response([{"id": "1", "externalId": "ada"}], 1)
            )
        )
        client = client_on(transport)
        await client.find(USER, "userName", "ada")
        assert [hit["id"] for hit in await client.find(USER, "externalId", "ada")] == ["1"]
        assert transport.requests[-1].filter

    async def test_an_ignored_filter_still_finds_and_is_not_asked_again(self) -> None:
        everybody = [{"id": str(n), "userName": f"user{n}"} for n in range(50)]
        transport = ScriptedTransport(lambda _: page_response(everybody, 50))
        client = client_on(transport)
        for _ in range(2):
            assert [hit["id"] for hit in await client.find(USER, "userName", "user49")] == ["49"]
        assert [bool(request.filter) for request in transport.requests] == [True, False]

    async def test_another_refusal_is_no_answer(self) -> None:
        transport = ScriptedTransport(lambda _: json_response({"detail": "no"}, 422))
        with pytest.raises(errors.Rejected):
            await client_on(transport).find(USER, "userName", "ada")

    async def test_the_spec_may_insist_on_filters(self) -> None:
        transport = ScriptedTransport(lambda _: Response(501, {}, b""))
        with pytest.raises(errors.Rejected, match=r"spec\.service\.capabilities\.filter"):
            await client_on(transport, overrides={"filter": True}).find(USER, "userName", "ada")


class TestVerbs:
    @pytest.mark.parametrize("verb", ["create", "modify", "replace"])
    async def test_the_returned_resource_or_nothing(self, verb) -> None:
        outcome, _ = await attempt(verb, lambda _: json_response({"id": "1"}, 201))
        assert outcome == {"id": "1"}
        outcome, _ = await attempt(verb, lambda _: GONE)
        assert outcome is None

    async def test_a_deletion_says_whether_it_did_it(self) -> None:
        assert (await attempt("delete", lambda _: GONE))[0] is True
        assert (await attempt("delete", lambda _: Response(404, {}, b"")))[0] is False

    async def test_a_deletion_answered_by_a_login_page_is_none(self) -> None:
        outcome, _ = await attempt("delete", lambda _: Response(200, {"content-type": "text/html"}, b"<html>"))
        assert isinstance(outcome, errors.WrongService)

    async def test_a_read_of_an_unknown_id_is_none(self) -> None:
        assert (await attempt("get", lambda _: Response(404, {}, b"")))[0] is None

    async def test_a_read_without_a_body_is_no_absence(self) -> None:
        assert isinstance((await attempt("get", lambda _: GONE))[0], errors.Unavailable)

    @pytest.mark.parametrize("verb", ["modify", "replace"])
    async def test_a_write_to_an_id_that_is_gone(self, verb) -> None:
        assert isinstance((await attempt(verb, lambda _: Response(404, {}, b"")))[0], errors.ResourceGone)

    @pytest.mark.parametrize(("etag", "sent"), [(True, 'W/"3"'), (False, None)])
    async def test_versions_are_insisted_on_where_they_are_kept(self, etag, sent) -> None:
        transport = ScriptedTransport(lambda _: GONE)
        client = client_on(transport, overrides={"etag": etag})
        await client.write(modify_request(USER, "1", TITLE), 'W/"3"')
        await client.write(replace_request(USER, "1", {}), 'W/"3"')
        assert [headers.get("If-Match") for headers in transport.headers] == [sent, sent]

    async def test_reads_and_writes_are_counted_as_they_leave(self) -> None:
        transport = ScriptedTransport(lambda request: EMPTY if request.method is Method.GET else LOST)
        client = client_on(transport)
        await client.find(USER, "userName", "ada")
        with pytest.raises(errors.Unreachable):
            await client.write(create_request(USER, {}))
        assert (client.reads, client.writes) == (1, 1)

    async def test_requests_are_observed(self) -> None:
        client = client_on(ScriptedTransport(in_turn(EMPTY, LOST)))
        seen: list[tuple[Method, int]] = []
        client.exchange.observe = lambda sent: seen.append((sent.method, sent.status))
        await client.find(USER, "userName", "ada")
        with pytest.raises(errors.Unreachable):
            await client.delete(delete_request(USER, "1"))
        assert seen == [(Method.GET, 200), (Method.DELETE, 0)]
