"""Texts and objects that may be shown to strangers: only words that are known to be the operator's own stay. Pure.

A secret or a person's name is not looked for, since it may be spelt in any way. Instead, all is masked but what the
operator could have said by itself: words of its own messages and fields, short numbers, times, and names that are
given as harmless. A mask tells equal words from others within one set of texts, and nothing more.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOKEN = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)"  # a time
    r"|(?<!\w)\d{1,3}(?:\W{1,12}\d{1,3}){2,}(?!\w)"  # numbers in a row: an address, or the codes of letters
    r"|[^\W_](?:[\w@+%.-]*[^\W_])?%?"
)
_MARKUP = re.compile(r"<[^<>]*>")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT.*")
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})?(?:ms|s|m|h|d|Ki|Mi|Gi|KiB|MiB|GiB|%)?")
_PARTS = re.compile(r"[._-]")
_LETTERS = frozenset("aist")
"""Letters that stand alone in a sentence. Others do where a word is spelt out."""
OPEN = frozenset({"constant", "default", "value", "values", "expression", "where"})
"""Fields of a config that hold what people chose: nothing below them stays."""


class Masks:
    """Masks of one set of texts. `words` may be shown, `names` are shown as they are, `hidden` words never are."""

    def __init__(self, words: Iterable[str], names: Iterable[str], hidden: Iterable[str], salt: bytes) -> None:
        self._hidden = {word for text in hidden for word in words_of(text)}
        self._words = {word.casefold() for word in words} - self._hidden
        self._names = frozenset(names)
        self._salt = salt

    def mask(self, text: str) -> str:
        """Return the mask of a word, which is another in each set of texts."""
        return "#" + hmac.new(self._salt, text.casefold().encode(errors="replace"), hashlib.sha256).hexdigest()[:8]

    def text(self, text: str) -> str:
        """Return a text without markup, and with masks for what is not the operator's own."""
        return _TOKEN.sub(lambda found: self._token(found[0]), _MARKUP.sub("", text))

    def value(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return a JSON value with masks in its texts and keys; below `OPEN` keys nothing but true and false stays."""
        if isinstance(value, dict):
            return {self.text(key): self._below(key, each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.value(each) for each in value]
        return self.text(value) if isinstance(value, str) else value

    def _below(self, key: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if key not in OPEN or isinstance(value, bool) or value is None:
            return self.value(value)
        return self.mask(repr(value))

    def _token(self, token: str) -> str:
        if token in self._names or token.casefold() in _LETTERS or _TIME.fullmatch(token) or _NUMBER.fullmatch(token):
            return token
        own = all(len(part) > 1 and part.casefold() in self._words for part in _PARTS.split(token))
        return token if own else self.mask(token)


def words_of(text: str) -> set[str]:
    """Return the words of a text, without case: runs of letters."""
    return {word.casefold() for word in re.findall(r"[^\W\d_]+", text)}
