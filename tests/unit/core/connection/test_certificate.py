"""The end of a certificate in PEM, read without a library; whatever else stands there has no end."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scim_operator.core.connection.certificate import end_of

TLS = Path(__file__).parents[3] / "scim" / "tls"
CLIENT = (TLS / "client.pem").read_text()


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    length = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + length + body


def certificate(end: bytes, tag: int = 0x17, *, version: bool = True) -> str:
    """A certificate of RFC 5280 section 4.1 down to its validity; what follows is of no account here."""
    some = der(0x30, b"\x00" * 200)
    validity = der(0x30, der(0x17, b"200101000000Z"), der(tag, end))
    body = der(0x30, *([der(0xA0, der(2, b"\x02"))] if version else []), der(2, b"\x01"), some, some, validity, some)
    return pem(der(0x30, body, some))


def pem(content: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(content).decode()}\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("text", "end", "why"),
    [
        (CLIENT, "2126-11-04T12:58:38+00:00", "a GeneralizedTime, from 2050 on"),
        (certificate(b"271231235959Z"), "2027-12-31T23:59:59+00:00", "a UTCTime"),
        (certificate(b"491231235959Z"), "2049-12-31T23:59:59+00:00", "YY below 50 is of this century"),
        (certificate(b"991231235959Z"), "1999-12-31T23:59:59+00:00", "and above of the last"),
        (certificate(b"20271231235959Z", 0x18), "2027-12-31T23:59:59+00:00", "a GeneralizedTime"),
        (certificate(b"99991231235959Z", 0x18), "9999-12-31T23:59:59+00:00", "no end (section 4.1.2.5)"),
        (certificate(b"271231235959Z", version=False), "2027-12-31T23:59:59+00:00", "version 1"),
        (f"Bag Attributes\n  friendlyName: me\n{CLIENT}", "2126-11-04T12:58:38+00:00", "what openssl writes before it"),
        (CLIENT.replace("\n", "\r\n"), "2126-11-04T12:58:38+00:00", "lines of Windows"),
        (certificate(b"271231235959Z") + CLIENT, "2027-12-31T23:59:59+00:00", "its own, not its chain's"),
        (CLIENT.replace("CERTIFICATE", "TRUSTED CERTIFICATE"), None, "another block"),
        (certificate(b"271331235959Z"), None, "no month"),
        (certificate(b"2712312359Z"), None, "without seconds, which RFC 5280 does not allow"),
        (certificate(b"19691231235959Z", 0x18), None, "before all certificates"),
        (certificate(b"271231235959Z", 0x0C), None, "a text"),
        (pem(b""), None, "empty"),
        (pem(b"\x30\x80\x00\x00"), None, "an indefinite length, which DER does not have"),
        (pem(b"\x30\x84\xff\xff\xff\xff"), None, "a length without end"),
        ("-----BEGIN CERTIFICATE-----\n\u00e4\n-----END CERTIFICATE-----", None, "no base64"),
        ("", None, "nothing"),
    ],
)
def test_when_a_certificate_ends(text: str, end: str | None, why: str) -> None:
    found = end_of(text)
    assert (found and found.isoformat()) == end, why


def test_a_part_of_a_certificate_is_no_surprise() -> None:
    content = base64.b64decode("".join(CLIENT.splitlines()[1:-1]))
    ends = {end_of(pem(content[:length])) for length in range(len(content))}
    assert ends <= {None, datetime(2126, 11, 4, 12, 58, 38, tzinfo=UTC)}


@pytest.mark.parametrize("position", range(0, 260, 3))
def test_a_byte_that_is_another_is_no_surprise(position: int) -> None:
    content = bytearray(base64.b64decode("".join(CLIENT.splitlines()[1:-1])))
    for value in (0, 0x30, 0x7F, 0x80, 0x84, 0xFF):
        content[position] = value
        end_of(pem(bytes(content)))
