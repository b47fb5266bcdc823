"""Changes in a running directory (RFC 4511 sections 4.6 to 4.9), which the operator's own client cannot make."""

from __future__ import annotations

import itertools
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scim_operator.sources.ldap import ber
from tests.support.directories import ADMIN, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.directories import Directory

_BIND, _MODIFY, _ADD, _DELETE, _RENAME = 0x60, 0x66, 0x68, 0x4A, 0x6C
_ADDED, _DELETED, _REPLACED = 0, 1, 2


class Editor:
    """A connection of who may write. Each method makes one change, or fails."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._numbers = connection, itertools.count(1)

    def bind(self) -> None:
        self._send(ber.element(_BIND, ber.integer(3), ber.text(ADMIN), ber.text(PASSWORD, 0x80)))

    def add(self, dn: str, **attributes: str | list[str]) -> None:
        several = {name: [value] if isinstance(value, str) else value for name, value in attributes.items()}
        listed = [_attribute(name, *values) for name, values in several.items()]
        self._send(ber.element(_ADD, ber.text(dn), ber.element(ber.SEQUENCE, *listed)))

    def replace(self, dn: str, **attributes: str) -> None:
        self._modify(dn, [(_REPLACED, name, value) for name, value in attributes.items()])

    def swap(self, dn: str, name: str, without: str, and_with: str) -> None:
        """Take one value of an attribute away, and add one."""
        self._modify(dn, [(_ADDED, name, and_with), (_DELETED, name, without)])

    def take(self, dn: str, name: str, value: str) -> None:
        """Take one value of an attribute away."""
        self._modify(dn, [(_DELETED, name, value)])

    def rename(self, dn: str, first: str) -> None:
        """Give an entry another first part of its name; the old one is no value of it any more."""
        self._send(ber.element(_RENAME, ber.text(dn), ber.text(first), ber.boolean(value=True)))

    def delete(self, dn: str) -> None:
        self._send(ber.text(dn, _DELETE))

    def _modify(self, dn: str, changes: list[tuple[int, str, str]]) -> None:
        listed = [
            ber.element(ber.SEQUENCE, ber.integer(how, ber.ENUMERATED), _attribute(name, value))
            for how, name, value in changes
        ]
        self._send(ber.element(_MODIFY, ber.text(dn), ber.element(ber.SEQUENCE, *listed)))

    def _send(self, request: bytes) -> None:
        self._connection.sendall(ber.element(ber.SEQUENCE, ber.integer(next(self._numbers)), request))
        answer = b""
        while (sizes := ber.size_of(answer)) is None or len(answer) < sum(sizes):
            got = self._connection.recv(65536)
            assert got, "the server hung up"
            answer += got
        [(_, message)] = ber.elements(answer)
        [_, (_, result)] = list(ber.elements(message))[:2]
        code, *_ = ber.elements(result)
        assert ber.number(code[1]) == 0, answer


def _attribute(name: str, *values: str) -> bytes:
    return ber.element(ber.SEQUENCE, ber.text(name), ber.element(ber.SET, *map(ber.text, values)))


@contextmanager
def editing(server: Directory) -> Iterator[Editor]:
    """Provide a connection to a server of `directory`, signed in."""
    host, _, port = server.url.removeprefix("ldap://").rpartition(":")
    with socket.create_connection((host, int(port))) as connection:
        editor = Editor(connection)
        editor.bind()
        yield editor
