"""What a SCIM service, a token endpoint, and whatever stands in their place may answer."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from scim_operator.api.auth import OAuth2Auth
from scim_operator.core.attributes.diff import apply_changes, changes, operations
from scim_operator.core.attributes.equality import canonical
from scim_operator.core.attributes.paths import parse
from scim_operator.core.connection.expiry import expires
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.plan.membership import observed_members
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.update import after, member_ids, patches, version_of
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from scim_operator.core.secrecy.veil import Veil
from scim_operator.core.service.capabilities import MemberRemoval
from scim_operator.job.gather.remote_index import RemoteIndex
from scim_operator.scim.auth import StaticToken
from scim_operator.scim.budget import Budget
from scim_operator.scim.capabilities import pages_by_cursor, read_provider_config
from scim_operator.scim.client import ScimClient
from scim_operator.scim.exchange import Exchange
from scim_operator.scim.failures import LONGEST_WAIT, error_of, wait_of
from scim_operator.scim.oauth2 import ClientCredentials, ClientSecret
from scim_operator.scim.profile import GENERIC
from scim_operator.scim.protocol import (
    ERROR,
    LIST_RESPONSE,
    Method,
    Request,
    Response,
    create_request,
    delete_request,
    get_request,
)
from scim_operator.scim.reading import note, read_page, read_resource, resource
from scim_operator.scim.reading import parse as parse_json
from scim_operator.scim.values import MOST, Unreadable, count, lifetime
from verify.fuzzing.target import CANARY, Broken, Target
from verify.fuzzing.values import ANYTHING, TEXTS, bodies, changed
from verify.virtual import EPOCH, VirtualClock, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from scim_operator.core.resource import Document

USER = {
    "schemas": [CORE_USER, ENTERPRISE_USER],
    "id": "2819c223",
    "externalId": "identity/ada",
    "userName": "ada@corp.example",
    "active": True,
    "locale": "en-GB",
    "name": {"givenName": "Ada", "familyName": CANARY},
    "emails": [{"type": "work", "value": "ada@corp.example", "primary": True}, {"type": "home", "value": CANARY}],
    "roles": [{"value": "a", "primary": "True"}],
    "groups": [{"value": "g1", "$ref": "https://tenant.example/Groups/g1"}],
    ENTERPRISE_USER: {"department": "Research", "manager": {"value": "7", "displayName": CANARY}},
    "meta": {"resourceType": "User", "version": 'W/"3"', "created": "2026-01-01T00:00:00Z"},
}
GROUP = {
    "schemas": [CORE_GROUP],
    "id": "e9e30dba",
    "displayName": "all",
    "members": [{"value": "2819c223", "type": "User", "display": CANARY}, {"value": "g2", "type": "Group"}],
    "meta": {"version": 'W/"1"'},
}
BY_REFERENCE = GROUP | {"members": [{"$ref": "https://tenant.example/Users/2819c223"}, {"$ref": "../Groups/g2"}]}
PAGES = [
    {
        "schemas": [LIST_RESPONSE],
        "totalResults": 2,
        "startIndex": 1,
        "itemsPerPage": 2,
        "Resources": [USER, {**USER, "id": "4711"}],
    },
    {"schemas": [LIST_RESPONSE], "totalResults": 1, "Resources": [GROUP], "nextCursor": "c2"},
    {"schemas": [LIST_RESPONSE], "totalResults": 0},
    [USER],
]
ERRORS = [
    {"schemas": [ERROR], "status": "400", "scimType": "invalidValue", "detail": f"userName {CANARY} is taken"},
    {"errors": [{"code": "user.invalid", "message": f"'{CANARY}' is no name", "parameters": {"a": [CANARY]}}]},
    {"detail": [{"loc": ["body", "userName"], "msg": f'Value "{CANARY}" is wrong', "type": "value_error"}]},
    {"error": "invalid_client", "error_description": CANARY},
    {"userName": [f"{CANARY} is taken"], "message": {"detail": CANARY}},
]
CONFIGS = [
    {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": 50},
        "etag": {"supported": "true"},
        "pagination": {"cursor": True, "index": False, "maxPageSize": 10},
        "authenticationSchemes": [{"type": "oauthbearertoken", "primary": True}],
    }
]
TOKENS = [{"access_token": CANARY, "token_type": "Bearer", "expires_in": 3600, "scope": "scim"}]
STATUSES = (
    st.sampled_from([200, 200, 200, 201, 204, 202, 206, 299]) | st.integers(300, 599) | st.sampled_from([999, 100])
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(["application/scim+json", "application/json; charset=utf-16", "text/html"])
        | TEXTS,
        "retry-after": st.sampled_from(["1", "-5", "1e9", "inf", "nan", "Wed, 21 Oct 2026 07:28:00 GMT", "²"]) | TEXTS,
        "location": st.sampled_from(["/Users/", "/Users/1/", "https://[", "//", "http://x:99999/Users/"]) | TEXTS,
        "etag": TEXTS,
        "link": TEXTS,
    },
)


@st.composite
def answers(draw: st.DrawFn, documents: st.SearchStrategy[Any], status: st.SearchStrategy[int] = STATUSES) -> Response:
    """Draw an answer that holds one of these documents, more or less."""
    return Response(draw(status), draw(HEADERS), draw(bodies(documents)))


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
        f"{ENTERPRISE_USER}:department": "Research",
        f"{ENTERPRISE_USER}:manager.value": "7",
    }.items()
}
CLEARED = (parse("title"), parse("phoneNumbers"), parse('addresses[type eq "work"].locality'), parse("displayName"))
MATCHING = (parse("externalId"), parse("userName"), parse("emails.value"))


def everything(document: Document, kind: Kind) -> None:
    """Do all that the job does with a resource of a service."""
    index = RemoteIndex(MATCHING)
    index.put(document)
    index.put(document)
    observed = index.get(document["id"])
    if observed is None:
        raise Broken("what was put into the index is not there")
    for path in MATCHING:
        canonical(path, path.read(observed))
    found = changes(DESIRED, observed, clear=CLEARED)
    operations(found, observed)
    apply_changes(observed, found)
    version_of(observed)
    member_ids(observed)
    members = sorted(observed_members(observed, ()))
    plan = Plan(
        ObjectKey(kind, "team", "ada"),
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


def _page(response: Response) -> None:
    page = read_page(response, 2)
    if len(page.resources) > 2 or (page.total is not None and not 0 <= page.total <= MOST):
        raise Broken("more was read than was asked for")
    for each in page.resources:
        everything(each, Kind.USER if "userName" in each else Kind.GROUP)


def _one(response: Response) -> None:
    document = read_resource(response)
    if document is not None:
        everything({"id": "1", **document}, Kind.GROUP if "members" in document else Kind.USER)


def _values(body: bytes) -> None:
    note(body)
    value = parse_json(body)
    for each in value.values() if isinstance(value, dict) else [value]:
        number, life = count(each), lifetime(each)
        if not (number is None or 0 <= number <= MOST) or not (life is None or life > 0):
            raise Broken("a number that is none")
    if isinstance(value, dict):
        again = resource(copy.deepcopy(resource(value)))
        if again != resource(copy.deepcopy(again)):
            raise Broken("reading twice changes what was read")


def _refusal(given: tuple[Request, Response]) -> None:
    request, response = given
    veil = Veil()
    veil.cover_secret(CANARY)
    raise error_of(request, response, EPOCH, veil=veil)


REQUESTS = st.sampled_from(
    [
        create_request(ResourceType.USER, USER),
        get_request(ResourceType.GROUP, "a/b %"),
        Request(Method.GET, "/Users", (("filter", f'userName eq "{CANARY}"'), ("startIndex", "1"), ("count", "2"))),
        Request(
            Method.PATCH,
            "/Groups/1",
            body={"Operations": [{"op": "add", "path": "members", "value": [{"value": CANARY}]}]},
        ),
        Request(Method.DELETE, "/Users/1"),
        Request(Method.PUT, "/Users/1", body=USER, slash=True),
    ]
)


def _wait(headers: Mapping[str, str]) -> None:
    wait = wait_of(headers, EPOCH)
    if wait is not None and not 0 <= wait <= LONGEST_WAIT:
        raise Broken(f"it waits {wait} seconds")


def _config(document: object) -> None:
    found = read_provider_config(document, page_size=100)
    if not 0 < found.get("page_size", 1) < 100:
        raise Broken("a page of no size")
    pages_by_cursor(document)


class Answering:
    """A transport that gives the answers of a list in turn, from the beginning again where they are used up."""

    def __init__(self, answers: list[Response]) -> None:
        self._answers = answers
        self.asked = 0

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        """See `scim.transport.Transport.send`."""
        self.asked += 1
        if self.asked > MOST_REQUESTS:
            raise Broken("it asks without end")
        return self._answers[(self.asked - 1) % len(self._answers)]

    async def close(self) -> None:
        """Give nothing back."""


MOST_REQUESTS = 3_000
"""Requests that one call may lead to where each is answered at once: smaller pages, other forms, once more."""


def _token(answer: Response) -> None:
    async def ask() -> None:
        async def read() -> ClientSecret:
            return ClientSecret("me", CANARY)

        auth = OAuth2Auth.model_validate({"tokenUrl": "https://x.example/t", "secretRef": {"name": "s"}})
        source = ClientCredentials(auth, Answering([answer]), read, VirtualClock())
        token = await source.token()
        if not token:
            raise Broken("an empty token")
        await source.token(fresh=True)

    run(ask())


def _client(given: tuple[str, list[Response]]) -> None:
    call, answers = given
    run(_called(call, Answering(answers)))


async def _called(call: str, transport: Answering) -> None:
    budget = Budget(VirtualClock(), concurrency=2, rate=None)
    exchange = Exchange(transport, StaticToken(CANARY), "Bearer", budget, random.Random(1))  # noqa: S311 - a simulation
    client = ScimClient(exchange, profile=GENERIC, random=random.Random(2))  # noqa: S311
    await CALLS[call](client)


async def _listed(client: ScimClient) -> None:
    async for page in client.pages(ResourceType.USER):
        for each in page.resources:
            everything(each, Kind.USER)


CALLS: dict[str, Callable[[ScimClient], Awaitable[object]]] = {
    "probe": lambda client: client.probe(),
    "discover": lambda client: client.discover(),
    "list": _listed,
    "find": lambda client: client.find(ResourceType.USER, "userName", "ada@corp.example"),
    "get": lambda client: client.get(ResourceType.USER, "2819c223"),
    "delete": lambda client: client.delete(delete_request(ResourceType.USER, "2819c223")),
    "write": lambda client: client.write(create_request(ResourceType.GROUP, GROUP)),
}
"""What the operator asks a client for."""
DOCUMENTS = changed([*PAGES, USER, GROUP, *ERRORS, *CONFIGS])

TARGETS = (
    Target("a page of a listing", ("scim/reading.py", "core/resource.py"), answers(changed(PAGES)), _page),
    Target(
        "a resource",
        ("scim/reading.py", "job/gather/remote_index.py", "core/attributes/equality.py", "core/attributes/schema.py"),
        answers(changed([USER, GROUP])),
        _one,
    ),
    Target(
        "any JSON of a service",
        ("scim/reading.py", "scim/values.py"),
        bodies(ANYTHING | changed([USER, GROUP, BY_REFERENCE])),
        _values,
        (Unreadable,),
    ),
    Target(
        "a refusal",
        ("scim/failures.py", "scim/reasons.py", "scim/redact.py", "scim/filters.py", "core/secrecy/veil.py"),
        st.tuples(REQUESTS, answers(changed(ERRORS), st.integers(300, 999))),
        _refusal,
    ),
    Target("a Retry-After", ("scim/failures.py",), HEADERS, _wait),
    Target("a ServiceProviderConfig", ("scim/capabilities.py",), ANYTHING | changed(CONFIGS), _config),
    Target("the answer of a token endpoint", ("scim/oauth2.py",), answers(changed([*TOKENS, *ERRORS])), _token),
    Target(
        "a service that answers anything",
        ("scim/client.py", "scim/pager.py", "scim/listing.py", "scim/exchange.py"),
        st.tuples(st.sampled_from(list(CALLS)), st.lists(answers(DOCUMENTS), min_size=1, max_size=4)),
        _client,
    ),
    Target(
        "the end of a token",
        ("core/connection/expiry.py", "core/connection/certificate.py"),
        st.tuples(TEXTS, st.just("") | TEXTS),
        lambda given: expires(*given),
    ),
)
"""All of them. The fields of a target say what it tries, and what may come of it."""
