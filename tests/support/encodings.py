"""Ways to write a text so that it can still be read: what a hostile service does with what it must not repeat."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def json_escaped(text: str) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in text)


def spread(text: str, between: str) -> str:
    return between.join(text)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in quotes": lambda text: f"'{text}'",
    "in lower case": str.lower,
    "in upper case": str.upper,
    "with its case swapped": str.swapcase,
    "percent-encoded": percent,
    "percent-encoded where needed": lambda text: quote(text, safe=""),
    "percent-encoded twice": lambda text: percent(percent(text)),
    "percent-encoded in lower case": lambda text: percent(text).lower(),
    "as decimal entities": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "as hexadecimal entities": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
    "as entities without semicolons": lambda text: "".join(f"&#{ord(char)} " for char in text).rstrip(),
    "with named entities": html.escape,
    "as JSON escapes": json_escaped,
    "as JSON escapes in upper case": lambda text: "".join(f"\\u{ord(char):04X}" for char in text),
    "as a JSON text in a JSON text": lambda text: json.dumps(json.dumps(json_escaped(text))),
    "as escapes of JavaScript": lambda text: "".join(f"\\x{ord(char):02x}" for char in text),
    "as escapes of ES6": lambda text: "".join(f"\\u{{{ord(char):04x}}}" for char in text),
    "as escapes of ES6 without zeros": lambda text: "".join(f"\\u{{{ord(char):x}}}" for char in text),
    "as escapes of Python": lambda text: "".join(f"\\U{ord(char):08x}" for char in text),
    "its first letters as JSON escapes": lambda text: json_escaped(text[:2]) + text[2:],
    "every other letter as JSON escapes": lambda text: "".join(
        json_escaped(char) if at % 2 else char for at, char in enumerate(text)
    ),
    "every other letter as escapes of JavaScript": lambda text: "".join(
        f"\\x{ord(char):02x}" if at % 2 else char for at, char in enumerate(text)
    ),
    "as escapes of C": lambda text: "".join(f"\\{byte:03o}" for byte in text.encode()),
    "as escapes of CSS": lambda text: "".join(f"\\{ord(char):x} " for char in text),
    "as escape() of JavaScript": lambda text: "".join(f"%u{ord(char):04x}" for char in text),
    "as code points": lambda text: " ".join(f"U+{ord(char):04X}" for char in text),
    "as bytes": lambda text: " ".join(f"0x{byte:02x}" for byte in text.encode()),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "entities of percents": lambda text: "".join(f"&#{ord(char)};" for char in percent(text)),
    "percents of entities": lambda text: percent("".join(f"&#{ord(char)};" for char in text)),
    "with zero-width spaces": lambda text: spread(text, "\u200b"),
    "with soft hyphens": lambda text: spread(text, "\u00ad"),
    "with word joiners": lambda text: spread(text, "\u2060"),
    "with bidirectional marks": lambda text: spread(text, "\u200e"),
    "with variation selectors": lambda text: spread(text, "\ufe0f"),
    "with combining marks": lambda text: spread(text, "\u0301"),
    "with control characters": lambda text: spread(text, "\x08"),
    "with blanks": lambda text: spread(text, " "),
    "with hyphens": lambda text: spread(text, "-"),
    "over lines": lambda text: spread(text, "\r\n "),
    "in tags": lambda text: "".join(f"<b>{char}</b>" for char in text),
    "in wide letters": lambda text: "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text),
    "in mathematical letters": lambda text: "".join(
        chr(0x1D400 + ord(char) - ord("A")) if "A" <= char <= "Z" else char for char in text
    ),
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "in base64 with a name": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "in base64 with a longer name": lambda text: base64.b64encode(f"client:{text}@".encode()).decode(),
    "in hexadecimal": lambda text: text.encode().hex(),
    "as an address": lambda text: f"https://{text}.example/{text}?{text}",
    "glued to words": lambda text: f"token{text}token",
}


def bare(text: str) -> str:
    """Letters and digits alone, in lower case: what an eye still reads of a text."""
    return "".join(char for char in text.lower() if char.isalnum())
