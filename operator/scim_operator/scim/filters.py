"""Filters of the one form that every service knows: `attribute eq "value"` (RFC 7644 section 3.4.2.2).

Nothing wider is sent: real services support little else, and the answer is compared again locally in any case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

from scim_operator.core.attributes.equality import equal

if TYPE_CHECKING:
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.resource import Document

_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')


def equals(path: AttributePath, value: str) -> str:
    """Return the filter for resources whose attribute equals `value`; not percent-encoded yet.

    A path into a multi-valued attribute becomes a value path: `emails[type eq "work"].value` is no attribute path in a
    filter (RFC 7644 figure 1), `emails[type eq "work" and value eq "..."]` is.
    """
    if path.comparisons and path.sub_attribute:
        selector = " and ".join(str(comparison) for comparison in path.comparisons)
        return f"{path.whole}[{selector} and {path.sub_attribute} eq {literal(value)}]"
    return f"{path} eq {literal(value)}"


def matches(document: Document, path: AttributePath, value: str) -> bool:
    """Return whether a resource really has that value: services ignore filters, or compare as they please."""
    found = path.read(document)
    return any(equal(path, value, each) for each in (found if isinstance(found, list) else [found]))


def literal(value: str) -> str:
    """Return a string as a filter writes it: a JSON string, so `\\` and `"` and controls are escaped."""
    return orjson.dumps(value).decode()


def literals_in(filter: str) -> list[str]:
    """Return the strings that a filter compares with: what a service might quote back."""
    return [orjson.loads(text) for text in _LITERAL.findall(filter)]
