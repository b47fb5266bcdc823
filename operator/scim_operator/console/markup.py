"""HTML as values: every text is escaped, by its type, and no attribute can run or load anything. Pure.

A text is one of others until it is escaped: names, addresses and messages come from manifests and services. `Html` is
what is escaped already; only `tag` and `joined` make it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, TypeAlias

from scim_operator.core.printing import blanked

if TYPE_CHECKING:
    from collections.abc import Iterable

_VOID = frozenset({"meta", "link", "input", "br", "hr"})
_ADDRESSES = frozenset({"href", "src", "action", "hx-get", "hx-post"})
_UNSEEN = "\N{REPLACEMENT CHARACTER}"


class Html:
    """A piece of HTML, as it goes into a page."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


Content: TypeAlias = "Html | str | int | Iterable[Content] | None"
"""A piece of a page: texts and numbers are escaped, None is nothing."""
Attribute: TypeAlias = "str | int | bool | None"


def tag(name: str, *content: Content, **attributes: Attribute) -> Html:
    """Return an element. `class_` is the attribute class, `hx_get` is hx-get; True stands alone, None is left out.

    Raises ValueError for an address that does not begin with a slash, a question mark, a number sign or https://.
    """
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(opening if name in _VOID else f"{opening}{joined(content)}</{name}>")


def joined(content: Content) -> Html:
    """Return all content as one piece."""
    return Html("".join(_texts(content)))


def _texts(content: Content) -> Iterable[str]:
    if content is None:
        return
    if isinstance(content, Html):
        yield content.text
    elif isinstance(content, str | int):
        yield _escaped(str(content))
    else:
        for each in content:
            yield from _texts(each)


def _escaped(text: str) -> str:
    """Return a text that shows itself and nothing else: no element, and no character that hides or reverses others."""
    return escape("\n".join(blanked(line, _UNSEEN) for line in text.split("\n")), quote=True)


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    text = str(value)
    if name in _ADDRESSES and not _is_harmless(text):
        raise ValueError(f"{name} of a page is no address within it.")
    return f' {name}="{_escaped(text)}"'


def _is_harmless(address: str) -> bool:
    return address.startswith(("/", "?", "#", "https://")) and not address.startswith("//")
