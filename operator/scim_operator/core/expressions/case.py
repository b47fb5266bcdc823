"""Upper and lower case as .NET has them: character by character, so that no text grows (ß stays ß)."""

from __future__ import annotations

import string
import unicodedata

_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_ASCII_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_TURKIC_LOWER = str.maketrans("Iİ", "ıi")  # noqa: RUF001 - that is the letter
_TURKIC_UPPER = str.maketrans("iı", "İI")  # noqa: RUF001
_TURKIC = frozenset({"tr", "az"})


def ascii_lower(text: str) -> str:
    """Return the text with A to Z in lower case and all else as it is."""
    return text.translate(_ASCII_LOWER)


def ascii_upper(text: str) -> str:
    """Return the text with a to z in upper case and all else as it is."""
    return text.translate(_ASCII_UPPER)


def lower(text: str, culture: str = "") -> str:
    """Return the text in lower case by the rules of the culture (an RFC 4646 name; "" is the invariant one)."""
    if _turkic(culture):
        text = text.translate(_TURKIC_LOWER)
    return text.lower() if text.isascii() else "".join(map(_lower, text))


def upper(text: str, culture: str = "") -> str:
    """Return the text in upper case by the rules of the culture (an RFC 4646 name; "" is the invariant one)."""
    if _turkic(culture):
        text = text.translate(_TURKIC_UPPER)
    return text.upper() if text.isascii() else "".join(map(_upper, text))


def title(character: str) -> str:
    """Return the character as it begins a word."""
    changed = character.title()
    return changed if len(changed) == 1 else character


def _turkic(culture: str) -> bool:
    return culture.partition("-")[0].lower() in _TURKIC


def _lower(character: str) -> str:
    changed = character.lower()
    return changed if len(changed) == 1 else character


def _upper(character: str) -> str:
    changed = character.upper()
    return changed if len(changed) == 1 else character


_WORD = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Cs", "Co", "Cn"})
"""The Unicode categories whose characters do not part words for .NET's ToTitleCase."""


def title_case(text: str) -> str:
    """.NET's TextInfo.ToTitleCase of the text in lower case: a letter after anything that parts words begins one.

    An apostrophe inside a word does not part it (o'neil gives O'neil), and letters after digits begin a word.
    """
    result, inside = [], False
    for character in lower(text):
        letter = character.isalpha()
        result.append(title(character) if letter and not inside else character)
        inside = _stays_inside(character, inside=inside) or letter
    return "".join(result)


def _stays_inside(character: str, *, inside: bool) -> bool:
    return inside and (character == "'" or unicodedata.category(character) in _WORD)


def proper_case(text: str, separators: str) -> str:
    """Return the text in lower case, with the first character and each after one of the separators in title case."""
    result, inside = [], False
    for character in lower(text):
        result.append(character if inside else title(character))
        inside = character not in separators
    return "".join(result)
