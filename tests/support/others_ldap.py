"""What others make of filters and entries: ldaptor, whose imports and calls warn of what they will have to change."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from ldaptor.ldapfilter import parseFilter
    from ldaptor.protocols.ldap.ldif import asLDIF


def filter_of(text: str) -> bytes:
    """The filter as ldaptor sends it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bytes(parseFilter(text).toWire())


def ldif_of(dn: str, attributes: dict[str, list[str]]) -> bytes:
    """An entry as ldaptor writes it."""
    listed = [(name.encode(), [value.encode() for value in values]) for name, values in attributes.items()]
    return bytes(asLDIF(dn.encode(), listed))
