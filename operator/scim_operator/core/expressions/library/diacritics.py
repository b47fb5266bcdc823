"""Letters without their diacritics, as the table in Entra's reference has them.

The table lists 400 forms; they follow one rule and eight exceptions. The rule: decompose (NFD) and drop the marks on a
Latin letter. Marks on other scripts stay, because there they make another letter (й is not и).
"""

from __future__ import annotations

import unicodedata

_EXCEPTIONS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "oe", "Ø": "OE", "ł": "l", "Ł": "L", "ı": "i"}  # noqa: RUF001
)
"""What Unicode does not decompose, and ø, which the table writes oe."""


def without_diacritics(text: str) -> str:
    """Return the text with its Latin letters bare; composed (NFC) where anything else carries marks."""
    if text.isascii():
        return text
    kept: list[str] = []
    latin = False
    for character in unicodedata.normalize("NFD", text):
        if unicodedata.combining(character):
            if not latin:
                kept.append(character)
            continue
        latin = character.isascii() or character in "ßæÆœŒøØłŁı"
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_EXCEPTIONS)
