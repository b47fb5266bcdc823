"""Search for secrets in texts of others, however they are written: encoded, in another case, taken apart. Pure.

Texts are decoded first, then compared letter by letter without case, marks, and what stands between letters. Every
text is gone through once, whatever number of values is known: a value is looked up by how it begins and by its length.
"""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote

from scim_operator.core.printing import blanked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

GAP = "…"
"""The placeholder for what was cut out."""

_SHORTEST = 3
"""Characters of a value that is looked for: "de" or "7" would be cut out of every word."""
_TELLING = 6
"""Letters and digits that identify a value, whatever is between them."""
_OWN = 8
"""Letters and digits of a value that is not in an id by chance."""
_FEW = 32
_ENCODED = re.compile(r"[%&\\=]|U\+|0x")
_ROUNDS = 4
"""How many layers of encoding are taken off; no one reads a text with more."""
_PIECE = 8
"""Letters and digits of a secret that are never shown, wherever they are in it."""
_SECRETS = 24
"""Secrets of which pieces are looked for: the latest, since tokens change by the hour."""
_RUN = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_MARKUP = re.compile(r"<[^<>]*>")
_HEX = "[0-9a-fA-F]"
_ESCAPE = re.compile(
    rf"[\\%]u({_HEX}{{4}})|\bU\+({_HEX}{{4,6}})|\\u\{{({_HEX}{{1,6}})\}}|\\U({_HEX}{{8}})"
    rf"|\\x({_HEX}{{2}})|\b0x({_HEX}{{2}})(?!{_HEX})|\\({_HEX}{{2}})\s"
)
"""A character by its number: of JSON, JavaScript, Unicode, Python, C and CSS."""
_OCTAL = re.compile(r"\\([0-3][0-7]{2})")
_QUOTED = re.compile(rf"(?:={_HEX}{{2}}){{3,}}")
"""Quoted-printable (RFC 2045 section 6.7)."""


class Veil:
    """Everything secret or sensitive that a config knows. Values are added as they become known, and stay.

    `complete` False: there is more than what was added yet, and so no words of others may be shown at all.
    """

    def __init__(self, *, complete: bool = True) -> None:
        self.complete = complete
        self._values = _Needles()
        self._personal = False
        self._pieces: dict[str, frozenset[str]] = {}
        self._known_pieces = frozenset[str]()

    @property
    def room(self) -> int:
        """Return how many parts of secrets are kept, to find them in a text."""
        return sum(map(len, self._pieces.values()))

    def cover(self, values: Iterable[str]) -> None:
        """Never show these values of persons."""
        for value in values:
            self._personal = True
            self._values.add(value)

    def cover_secret(self, *secrets: str) -> None:
        """Never show these credentials, nor what encodes them."""
        for secret in filter(None, map(str.strip, secrets)):
            body = secret.encode(errors="replace")
            for value in (secret, body.hex(), *_in_base64(body)):
                self._values.add(value)
            self._pieces.pop(secret, None)
            self._pieces[secret] = _pieces_of(secret)
            if len(self._pieces) > _SECRETS:
                del self._pieces[next(iter(self._pieces))]
            self._known_pieces = frozenset[str]().union(*self._pieces.values())

    def cut(self, text: str, more: Iterable[str] = ()) -> str:
        """Return the text decoded, on one line, with gaps for all that is covered, and for the values `more`."""
        text = decoded(text)
        others = _Needles()
        for value in more:
            others.add(value)
        found = [*self._spans_of_pieces(text), *self._values.spans(text), *others.spans(text)]
        # The codes of a secret are known, wherever it was in a longer text.
        found += _spans_in_code(text, [others, *([self._values] if self._personal else [])])
        return _without(text, found)

    def conceal(self, text: str) -> str:
        """Return a text of our own, with gaps for what is covered and long enough not to be there by chance."""
        if not self._values.may_be_in(text):
            return text
        letters = [(letter, at) for at, each in enumerate(text) for letter in folds(each)]
        return _without(text, [*self._values.spans_taken_apart(letters)])

    def conceal_value(self, value: str) -> str:
        """Return a value of the service's, with gaps for what is covered; a gap alone where it says that in code."""
        shown = self.conceal(value)
        return GAP if shown == value and self.hides(value) else shown

    def hides(self, id: str) -> bool:
        """Return whether an id, such as a resource's, is or holds a value that must not be shown; not by chance."""
        if self._personal and any(self._values.tells(said) for run in _RUN.findall(id) for said in _readings(run)):
            return True
        return self._values.may_be_in(id, taken_apart=False) and self._values.tells(decoded(id))

    def _spans_of_pieces(self, text: str) -> Iterator[tuple[int, int]]:
        if self._known_pieces:
            letters = [(letter, at) for at, each in enumerate(text) for letter in folds(each) if letter.isalnum()]
            bare = "".join(letter for letter, _ in letters)
            for start in range(len(bare) - _PIECE + 1):
                if bare[start : start + _PIECE] in self._known_pieces:
                    yield letters[start][1], letters[start + _PIECE - 1][1] + 1


class _Needles:
    """Values to look for, by their first characters and their lengths."""

    def __init__(self) -> None:
        self._bare: dict[str, dict[int, set[str]]] = {}
        self._short: dict[str, dict[int, set[str]]] = {}

    def __bool__(self) -> bool:
        return bool(self._bare or self._short)

    def may_be_in(self, text: str, *, taken_apart: bool = True) -> bool:
        """Return False early where no secret can be inside. Most configs know one token; encoded texts may hold any."""
        if len(self._bare) > _FEW or (not taken_apart and (self._short or _ENCODED.search(text))):
            return True
        bare = _letters_of(folds(text))
        return any(head in bare for head in self._bare)

    def add(self, value: str) -> None:
        folded = folds(value)
        bare = _letters_of(folded)
        if len(bare) >= _TELLING:
            self._bare.setdefault(bare[:_SHORTEST], {}).setdefault(len(bare), set()).add(bare)
        elif len(folded) >= _SHORTEST:
            self._short.setdefault(folded[:_SHORTEST], {}).setdefault(len(folded), set()).add(folded)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Return where in the text they stand."""
        if not self:
            return
        letters = [(letter, at) for at, each in enumerate(text) for letter in folds(each)]
        yield from _found(letters, self._short)
        yield from self.spans_taken_apart(letters)

    def spans_taken_apart(self, letters: list[tuple[str, int]]) -> Iterator[tuple[int, int]]:
        """Return where secrets known by letters and digits alone are; each letter comes with its place."""
        yield from _found([pair for pair in letters if pair[0].isalnum()], self._bare)

    def tells(self, text: str) -> bool:
        """Return whether the text is one of them, or holds one that is long enough not to be there by chance."""
        folded = folds(text)
        bare = _letters_of(folded)
        if _knows(self._short, folded) or _knows(self._bare, bare):
            return True
        letters = [(letter, at) for at, letter in enumerate(bare)]
        return any(end - start >= _OWN for start, end in _found(letters, self._bare))


def folds(text: str) -> str:
    """Return a text as it is compared: without case, marks and compatibility forms."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def _letters_of(folded: str) -> str:
    """Return the letters and digits of a text without what stands between them."""
    if folded.isascii():  # as most statuses and ids are: bytes take a third of the time
        return folded.encode().translate(None, _BETWEEN).decode()
    return "".join(filter(str.isalnum, folded))


_BETWEEN = bytes(code for code in range(128) if not chr(code).isalnum())


def decoded(text: str) -> str:
    """Return the text on one line, without escapes (percent, entity, JSON), markup and invisible characters."""
    for _ in range(_ROUNDS):
        before, text = text, _decoded_once(text)
        if text == before:
            return " ".join(blanked(" ".join(_MARKUP.sub(" ", text).split()), "").split())
    return GAP


def _decoded_once(text: str) -> str:
    text = _ESCAPE.sub(_character, text)
    if "\\" in text:
        text = _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
    if "=" in text:
        text = _QUOTED.sub(lambda match: match[0].replace("=", "%"), text)
    if "&" in text:
        text = html.unescape(text)
    return unquote(text, errors="replace") if "%" in text else text


def _character(match: re.Match[str]) -> str:
    number = int(next(filter(None, match.groups())), 16)
    return chr(number) if number <= 0x10FFFF else ""


def _spans_in_code(text: str, known: list[_Needles]) -> Iterator[tuple[int, int]]:
    """Return where runs of letters and digits stand that say one of them in hexadecimal, base32 or base64."""
    known = [needles for needles in known if needles]
    for run in _RUN.finditer(text) if known else ():
        said = [each for start in range(4) for each in _readings(run.group()[start:])]
        if any(any(needles.spans(each)) for needles in known for each in said):
            yield run.span()


def _readings(run: str) -> Iterator[str]:
    """Yield what a run of letters and digits says, where it is a text in hexadecimal, base32 or base64."""
    run = run.rstrip("=")
    if len(run) < _PIECE or not run.isascii():
        return
    for letters, read in _CODES:
        if letters.fullmatch(run):
            with suppress(ValueError):
                said = read(run).decode(errors="replace")
                if said.count("\ufffd") <= max(2, len(said) // 4):  # else it is no text
                    yield said


def _base32(run: str) -> bytes:
    return base64.b32decode(run.upper() + "=" * (-len(run) % 8))


def _base64(run: str) -> bytes:
    whole = run[: len(run) - (len(run) % 4 == 1)]  # one more letter is not part of it
    return base64.b64decode(whole + "=" * (-len(whole) % 4), altchars="-_" if set("-_") & set(whole) else None)


_CODES: list[tuple[re.Pattern[str], Callable[[str], bytes]]] = [
    (re.compile(r"(?:[0-9a-fA-F]{2})+"), bytes.fromhex),
    (re.compile(r"[A-Za-z2-7]+"), _base32),
    (_RUN, _base64),
]
"""The letters of a code, and how it is read."""


def _pieces_of(secret: str) -> frozenset[str]:
    bare = _letters_of(folds(secret))
    return frozenset(bare[start : start + _PIECE] for start in range(len(bare) - _PIECE + 1))


def _found(letters: list[tuple[str, int]], known: dict[str, dict[int, set[str]]]) -> Iterator[tuple[int, int]]:
    text = "".join(letter for letter, _ in letters)
    for start in range(len(text) - _SHORTEST + 1):
        for length, values in known.get(text[start : start + _SHORTEST], {}).items():
            if text[start : start + length] in values:
                yield letters[start][1], letters[start + length - 1][1] + 1


def _knows(known: dict[str, dict[int, set[str]]], text: str) -> bool:
    return text in known.get(text[:_SHORTEST], {}).get(len(text), ())


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept, end = [], 0
    for start, stop in sorted(spans):
        if start >= end:
            kept += [text[end:start], GAP]
        end = max(end, stop)
    return "".join([*kept, text[end:]])


def _in_base64(secret: bytes) -> Iterator[str]:
    """Yield what stands in the base64 of any text that holds the secret, wherever in it."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret).decode().rstrip("=")
        partial = (before + len(secret)) % 3 != 0
        yield encoded[(0, 2, 3)[before] : len(encoded) - partial]
