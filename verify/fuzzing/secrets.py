"""What people write into Secrets for TLS and notifications, and what clients may ask the simulator."""

from __future__ import annotations

import ssl
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import orjson
from hypothesis import strategies as st

from scim_operator.api.notifications import Email, Topic
from scim_operator.core.connection.certificate import end_of
from scim_operator.core.keys import ConfigKey
from scim_operator.core.report.notice import Notice
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.core.secrecy.destinations import DataRef
from scim_operator.errors import InvalidSpec
from scim_operator.observability.notifications import channels
from scim_operator.observability.notifications.channels import Message
from scim_operator.scim.egress import STRICT
from scim_operator.scim.passage import ClientCertificate, present, tls_context
from scim_operator.simulator.messages import Request
from scim_operator.simulator.service import service_over
from scim_operator.simulator.settings import Settings
from scim_operator.simulator.store import Store
from verify.fuzzing.service import GROUP, USER
from verify.fuzzing.target import Broken, Target
from verify.fuzzing.values import TEXTS, bodies, changed
from verify.fuzzing.words import URLS
from verify.virtual import EPOCH

if TYPE_CHECKING:
    from collections.abc import Mapping

_TLS = Path(__file__).parents[2] / "tests" / "scim" / "tls"
PEM = {name: (_TLS / name).read_bytes() for name in ("ca.pem", "client.pem", "client.key", "another-client.key")}


@st.composite
def pem(draw: st.DrawFn) -> bytes:
    """Draw a certificate or key in PEM, with something in it that is no longer right."""
    body = PEM[draw(st.sampled_from(sorted(PEM)))]
    for _ in range(draw(st.integers(0, 3))):
        at, size = draw(st.integers(0, len(body))), draw(st.integers(0, 40))
        body = body[:at] + draw(st.binary(max_size=4) | st.just(b"\n")) + body[at + size :]
    return body


def _tls(given: tuple[bytes, bytes]) -> None:
    chain, key = given
    with suppress(InvalidSpec):
        tls_context(chain)
    end_of(chain.decode(errors="replace"))
    present(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ClientCertificate("client", chain, key))


def _mail(values: Mapping[str, bytes]) -> None:
    email = Email.model_validate({"to": ["ops@corp.example"], "smtpSecretRef": {"name": "smtp"}})
    server = channels._server(DataRef("Secret", "identity", "smtp", ("host",)), email, values)  # noqa: SLF001 - before it connects
    notice = Notice(Topic.QUARANTINE, "Quarantined", "It is in quarantine.")
    message = Message(ConfigKey("identity", "vmware"), notice, "1", EPOCH)
    written = channels._written(email, server.sender, message)  # noqa: SLF001
    if written.as_bytes().count(b"\nTo: ") != 1 or not 0 < server.place.port < 65_536:
        raise Broken("a mail to others")


def _webhook(url: str) -> None:
    channels._check(url, STRICT, insecure=False)  # noqa: SLF001


MAIL = st.fixed_dictionaries(
    {"host": st.sampled_from([b"mail.example", b"[fd12::1]"]) | TEXTS.map(lambda text: text.encode(errors="replace"))},
    optional={
        name: st.sampled_from(sound) | TEXTS.map(lambda text: text.encode(errors="replace")) | st.binary(max_size=8)
        for name, sound in {
            "port": [b"587", b"0", b"65536", "٣".encode()],
            "tls": [b"tls", b"starttls", b"none"],
            "username": [b"me"],
            "password": [b"x"],
            "from": [b"a@corp.example", b"a@corp.example\r\nTo: b@corp.example"],
            "ca.crt": [PEM["ca.pem"]],
        }.items()
    },
)


ID, OTHER = (str(UUID(int=number, version=4)) for number in (1, 2))
"""The ids of the user and the group that the simulator holds."""
SEARCHES = [
    {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": 'userName eq "ada"',
        "startIndex": 1,
        "count": 1,
        "attributes": ["userName"],
    }
]
SIMULATOR = tuple(f"simulator/{name}.py" for name in ("documents", "listing", "render", "service", "patch", "names"))


def _simulated(given: tuple[str, str, dict[str, str], bytes, str]) -> None:
    method, path, query, body, version = given
    numbers = count(1)
    store = Store(lambda: 0.0, False, lambda: UUID(int=next(numbers), version=4))  # noqa: FBT003
    service = service_over(store, Settings(etag=True, discovery=True).lenient(), "https://tenant.example/scim/v2")
    for type, document in (("Users", USER), ("Groups", {**GROUP, "members": []})):
        sent = orjson.dumps({name: value for name, value in document.items() if name not in {"id", "meta", "groups"}})
        reply = service.handle(Request("POST", f"/{type}", body=sent, content_type="application/scim+json"))
        if reply.status != 201:
            raise Broken(f"a sound resource is refused: {reply.body!r}")
    reply = service.handle(Request(method, path, query, body, content_type="application/scim+json", if_match=version))
    if reply.status >= 500:
        raise Broken(f"it answers {reply.status}")


PATCHES = [
    {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    for operation in (
        {"op": "replace", "path": "displayName", "value": "x"},
        {"op": "add", "path": "members", "value": [{"value": ID}]},
        {"op": "remove", "path": f'members[value eq "{ID}"]'},
        {"op": "add", "value": {"title": "x", "emails": [{"type": "work", "value": "a@x.example"}]}},
        {"op": "replace", "path": 'emails[type eq "work" and primary eq true].value', "value": "b@x.example"},
        {"op": "remove", "path": f"{ENTERPRISE_USER}:manager"},
    )
]
FILTER = TEXTS | st.lists(
    st.sampled_from(
        [
            "userName",
            " eq ",
            '"ada"',
            " and ",
            " or ",
            "not ",
            "(",
            ")",
            "[",
            "]",
            "emails",
            "type",
            "pr",
            " co ",
            "true",
            "null",
            "1",
        ]
    ),
    max_size=10,
).map("".join)
QUERY = st.fixed_dictionaries(
    {},
    optional={
        "filter": FILTER,
        "startIndex": st.sampled_from(["0", "1", "-1", "²", "1e3"]) | TEXTS,
        "count": st.sampled_from(["0", "1", "-1", "9" * 5_000]) | TEXTS,
        "attributes": FILTER,
        "excludedAttributes": FILTER,
        "sortBy": FILTER,
        "sortOrder": TEXTS,
        "cursor": TEXTS,
    },
)
ASKED = st.tuples(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "PATCH", "DELETE", "OPTIONS"]),
    st.sampled_from(
        [f"/{type}{rest}" for type in ("Users", "Groups") for rest in ("", f"/{ID}", f"/{OTHER}", "/.search")]
    )
    | st.sampled_from(
        ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes/User", "/Me", "/Bulk", "//", "/Users/a/b"]
    ),
    QUERY,
    bodies(changed([*PATCHES, *PATCHES, USER, GROUP, *SEARCHES])),
    st.sampled_from(["", "*", 'W/"1"', 'W/"9"', "x"]),
)

TARGETS = (
    Target(
        "a certificate and its key",
        ("scim/passage.py", "core/connection/certificate.py"),
        st.tuples(pem(), pem()),
        _tls,
    ),
    Target("a Secret for mail", ("observability/notifications/channels.py",), MAIL, _mail, (KeyError,)),
    Target("a Secret for a webhook", ("observability/notifications/channels.py",), URLS, _webhook),
    Target("a request to the simulator", SIMULATOR, ASKED, _simulated, quotes=True),
)
"""All of them. See `Target` for what the fields say."""
