"""A service or a token endpoint that repeats what it must not: in its errors, in any encoding, about anyone."""

from __future__ import annotations

import base64
import string
from datetime import UTC, datetime

import orjson
import pytest

from scim_operator.api.auth import OAuth2Auth
from scim_operator.api.enums import AuthScheme
from scim_operator.core.keys import ResourceType
from scim_operator.core.secrecy.veil import Veil, decoded
from scim_operator.errors import ScimOperatorError
from scim_operator.scim.auth import authorization
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.failures import error_of
from scim_operator.scim.oauth2 import ClientCredentials, ClientSecret
from scim_operator.scim.protocol import Method, Request, Response, list_request
from scim_operator.scim.redact import LIMIT, excerpt
from tests.support.encodings import ENCODINGS, bare

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TOKEN = "Canary_Kestrel-Marlin.Quokka"
SENSITIVE = "Canary Wombat Ibex"
LISTING = list_request(ResourceType.USER, start=1, count=100)
each_encoding = pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())


def reported(text: str, veil: Veil, request: Request = LISTING) -> str:
    body = orjson.dumps({"detail": f"Odd: {text} was sent.", "scimType": text})
    return str(error_of(request, Response(400, {}, body), NOW, veil=veil))


@each_encoding
def test_a_secret_is_cut_out_however_it_is_written(encode) -> None:
    veil = Veil()
    veil.cover_secret(TOKEN)
    shown = reported(encode(TOKEN), veil)
    for part in ("kestrel", "marlin", "quokka"):
        assert part not in bare(decoded(shown)), shown
    assert bare(encode(TOKEN)) not in bare(shown), shown


@pytest.mark.parametrize("name", ENCODINGS)
def test_what_is_sensitive_of_others_is_cut_out(name: str) -> None:
    """A listing's error has no value of its request: whatever it quotes is of others."""
    veil = Veil()
    veil.cover([SENSITIVE])
    shown = reported(ENCODINGS[name](SENSITIVE), veil)
    assert "wombat" not in bare(decoded(shown)), shown


CODES = {
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 with a name": lambda value: base64.urlsafe_b64encode(f"id={value}&x=1".encode()).decode().rstrip("="),
    "base32": lambda value: base64.b32encode(value.encode()).decode().rstrip("="),
    "hexadecimal": lambda value: value.encode().hex(),
}


@pytest.mark.parametrize("code", CODES)
def test_what_is_sensitive_is_cut_out_in_code_as_a_text_and_as_an_id(code: str) -> None:
    """Services make ids of attributes, and base64 is not read by eye alone."""
    veil = Veil()
    veil.cover([SENSITIVE, "79 12 31 14"])
    for value in (SENSITIVE, "79 12 31 14"):
        for encoded in (CODES[code](value), CODES[code](f"{value}.")):
            assert encoded[:10] not in reported(encoded, veil)
            assert encoded[:10] not in reported(f"id:x{encoded}y", veil)
            assert veil.hides(encoded)
    assert not veil.hides("3f0c9a52-1d1f-4c59-a6a0-7d5b2f8f1a11")
    assert "attribute externalId" in reported("attribute externalId", veil)


@pytest.mark.parametrize("part", [slice(0, 14), slice(7, 20), slice(-12, None)])
def test_a_part_of_a_secret_is_cut_out(part: slice) -> None:
    veil = Veil()
    veil.cover_secret("kestrelmarlinquokkaheron")
    echoed = "kestrelmarlinquokkaheron"[part]
    shown = reported(f"{echoed}...", veil)
    assert echoed[:8] not in shown
    assert echoed[-8:] not in shown


def test_parts_of_old_secrets_take_no_room_for_ever() -> None:
    veil = Veil()
    for number in range(50):
        veil.cover_secret(f"kestrel-marlin-{number:04}-quokka")
    assert veil.room < 500


def test_a_value_of_the_request_is_cut_out_decoded_too() -> None:
    request = Request(Method.POST, "/Users", body={"title": SENSITIVE})
    for name in ("percent-encoded", "as decimal entities", "as JSON escapes", "with soft hyphens", "in upper case"):
        assert "wombat" not in bare(reported(ENCODINGS[name](SENSITIVE), Veil(), request))


def test_a_text_that_is_encoded_again_and_again_says_nothing() -> None:
    text = "Kestrel"
    for _ in range(8):
        text = ENCODINGS["percent-encoded"](text)[:3000]
    assert excerpt(text) == "…"


def test_what_was_not_looked_at_is_not_shown() -> None:
    veil = Veil()
    veil.cover_secret(TOKEN)
    text = f"{TOKEN} " * 400
    assert "Kestrel" not in excerpt(text[: len(text) - 20], veil=veil)
    assert excerpt(f"{'<b>' * 1600}{TOKEN}") == "…"


@pytest.mark.parametrize("helps", ["Attribute 'userName' is required", "100% of members & more", "a < b", "50%"])
def test_what_helps_is_kept(helps: str) -> None:
    veil = Veil()
    veil.cover_secret(TOKEN)
    assert helps.replace(" < ", " ") in reported(helps, veil).replace(" < ", " ")


class Once(str):
    """A value that counts how often it is gone through."""

    __slots__ = ()
    gone_through = 0

    def isascii(self) -> bool:
        type(self).gone_through += 1
        return super().isascii()


def test_each_value_is_gone_through_once() -> None:
    """A group of 20,000 members, and a service that answers with something like each of their ids."""
    for number in (100, 20_000):
        Once.gone_through = 0
        values = [Once(f"00000000-0000-4000-8000-{n:012}") for n in range(number)]
        text = " ".join(values[:100]) + " 00000000-0000-4000-8000" * 100
        assert len(excerpt(text, values)) <= LIMIT
        assert Once.gone_through == number


def test_known_values_are_not_gone_through_at_all() -> None:
    veil = Veil()
    veil.cover(Once(f"person-{n:08}") for n in range(10_000))
    Once.gone_through = 0
    assert "person" not in veil.cut("person-00000007 and Person_00009999")
    assert Once.gone_through == 0


PATTERNS = [
    "<",
    '"',
    "'",
    "\u201c",
    "\u2018",
    "a",
    "a@",
    "a-",
    "1 ",
    "bearer ",
    "eyJ",
    "name.",
    "&#",
    "%",
    "\\u",
    "&",
    "[",
    "token:",
]


@pytest.mark.parametrize("part", PATTERNS)
def test_hostile_texts_end(part: str) -> None:
    """Each of these took time that grew with the square of its length where a pattern began anywhere."""
    assert len(excerpt(part * 1_000_000)) <= LIMIT


SECRET = "correct_horse_battery_staple"


class Endpoint:
    """A token endpoint that answers with what it was sent."""

    def __init__(self, body: object, status: int = 400) -> None:
        self.answer = Response(status, {}, orjson.dumps(body))

    async def send(self, request: Request, headers: object) -> Response:
        return self.answer

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "body",
    [
        {"error": SECRET},
        {"error": SECRET.upper()},
        {"error": "invalid_client", "error_description": SECRET},
        [SECRET],
        SECRET,
    ],
)
@pytest.mark.parametrize("status", [200, 400, 401, 302, 500])
async def test_a_token_endpoint_s_own_words_are_not_repeated(body: object, status: int) -> None:

    async def read() -> ClientSecret:
        return ClientSecret("client", SECRET)

    auth = OAuth2Auth.model_validate({"tokenUrl": "https://login.example/token", "secretRef": {"name": "s"}})
    source = ClientCredentials(auth, Endpoint(body, status), read, SystemClock())
    with pytest.raises(ScimOperatorError) as refused:
        authorization(AuthScheme.BEARER, await source.token())
    assert "horse" not in str(refused.value).lower()
    assert set(str(refused.value)) <= set(string.printable)


@pytest.mark.parametrize("encode", [str, str.upper, ENCODINGS["with hyphens"], ENCODINGS["percent-encoded"]])
def test_an_id_that_is_a_value_is_recognised(encode) -> None:
    veil = Veil()
    veil.cover(["07 1234 5678", "ada"])
    veil.cover_secret(TOKEN)
    assert veil.hides(encode("0712345678"))
    assert veil.hides(encode(TOKEN))
    assert veil.hides("ADA")
    assert veil.hides(encode("user-0712345678-a"))
    assert not veil.hides("2819c223-ada7-453a-919d-413861904646")
