"""A connection to an LDAP server: over TLS, bounded, and read to the end or not at all."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scim_operator.errors import InvalidSpec, Unauthorized, Unreachable, WrongService, WrongServiceReason
from scim_operator.sources.ldap import ber, messages
from scim_operator.sources.ldap.ber import Malformed
from scim_operator.sources.ldap.messages import Done

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.sources.ldap.messages import Answer

WAIT = 60.0
"""Seconds that a server may say nothing."""
MOST_MESSAGE = 64 * 1024 * 1024
"""Bytes of one entry: a group of 300,000 members."""
_PORTS = {"ldap": 389, "ldaps": 636}
_CODES = {
    1: "an error of the server's own",
    3: "the time limit",
    4: "the size limit",
    8: "it wants a stronger way to sign in: use ldaps:// or --start-tls",
    11: "a limit of the administrator's",
    13: "it wants TLS: use ldaps:// or --start-tls",
    32: "there is no entry of the name --base",
    34: "--base or --bind-dn is no name of an entry",
    48: "it lets no one in without a password: give --bind-dn and --password-file",
    49: "the name or the password is wrong: correct --bind-dn or --password-file",
    50: "it may not be read: give another --bind-dn",
    51: "the server is busy: try again",
    52: "the server is not available: try again",
    53: "the server will not do it: give --bind-dn and --password-file",
}
REFERRED, _TOO_MUCH = 10, (3, 4, 11)
_REFUSED = (8, 13, 48, 49, 50, 53)


def reason_of(code: int) -> str:
    """Return what a result code means and what to do; the server's own words may quote what it was sent."""
    return f"{_CODES.get(code, 'see RFC 4511, appendix A')} (result {code})"


def address_of(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an LDAP server's URL. Errors: InvalidSpec."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in _PORTS or not host or parts.username is not None or parts.path.strip("/") or parts.query:
        raise InvalidSpec("--url is to be that of an LDAP server alone, such as ldaps://dc1.corp.example")
    return parts.scheme, host, port or _PORTS[parts.scheme]


class Connection:
    """One connection. Args: opened, a socket to the server; place, host and port as messages name it."""

    def __init__(self, opened: socket.socket, place: str) -> None:
        self._socket = opened
        self._place = place
        self._buffer = bytearray()
        self._number = 0

    def ask(self, made: bytes) -> Iterator[Answer]:
        """Send a request and yield what answers it, the end included. Errors: Unreachable, WrongService."""
        self._send(made)
        while True:
            number, answer = self._next()
            if number != self._number:
                raise Unreachable(f"{self._place} has ended the connection; try again")
            yield answer
            if isinstance(answer, Done):
                return

    def next_number(self) -> int:
        """Return the number of the next request."""
        self._number += 1
        return self._number

    def bind(self, dn: str, password: bytes) -> None:
        """Sign in. Errors: Unauthorized, and those of `ask`."""
        code = self._code(messages.bind(self.next_number(), dn, password))
        if code in _REFUSED:
            raise Unauthorized(f"{self._place} refuses to be read: {reason_of(code)}")
        if code:
            raise Unreachable(f"{self._place} does not let us sign in: {reason_of(code)}")

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on over TLS (RFC 4511 section 4.14). Errors: WrongService, Unreachable."""
        code = self._code(messages.start_tls(self.next_number()))
        if code:
            raise WrongService(f"{self._place} has no StartTLS: use ldaps:// ({reason_of(code)})")
        if self._buffer:  # what came before TLS may be anyone's
            raise WrongService(f"{self._place} sends more than was asked before TLS begins; use ldaps://")
        self._socket = secured(self._socket, context, host, self._place)

    def close(self) -> None:
        """Say farewell and end it."""
        try:
            self._socket.sendall(messages.unbind(self.next_number()))
        except OSError:
            pass
        finally:
            self._socket.close()

    def _code(self, made: bytes) -> int:
        *_, last = self.ask(made)
        return last.code if isinstance(last, Done) else 0

    def _send(self, made: bytes) -> None:
        with _reachable(self._place):
            self._socket.sendall(made)

    def _next(self) -> tuple[int, Answer]:
        try:
            return messages.read(self._message())
        except (Malformed, ValueError):
            raise WrongService(
                f"{self._place} does not answer as an LDAP server does; correct --url",
                reason=WrongServiceReason.NOT_SCIM,
            ) from None

    def _message(self) -> bytes:
        """Return the bytes of the next message. Errors: Malformed, where it does not begin as one does."""
        while (whole := self._whole()) is None:
            with _reachable(self._place):
                more = self._socket.recv(1 << 18)
            if not more:
                raise Unreachable(f"{self._place} has ended the connection in the middle; try again")
            self._buffer += more
        return whole

    def _whole(self) -> bytes | None:
        """Take the first message from what has come, None where it is not whole yet."""
        if self._buffer and self._buffer[0] != ber.SEQUENCE:
            raise Malformed
        size = sum(ber.size_of(bytes(self._buffer[:8])) or (0,))
        if size > MOST_MESSAGE:
            raise WrongService(f"{self._place} sends an entry of more than {MOST_MESSAGE >> 20} MiB; leave it out")
        if not size or len(self._buffer) < size:
            return None
        whole = bytes(self._buffer[:size])
        del self._buffer[:size]
        return whole


@contextmanager
def _reachable(place: str) -> Iterator[None]:
    """Turn what a socket raises into our errors."""
    try:
        yield
    except TimeoutError:
        raise Unreachable(f"{place} does not answer within {WAIT:.0f} seconds; correct --url, or try again") from None
    except ssl.SSLCertVerificationError as error:
        raise WrongService(
            f"The certificate of {place} is not trusted ({error.verify_message}); give --ca-file with its CA",
            reason=WrongServiceReason.TLS_FAILED,
        ) from None
    except ssl.SSLError:
        raise WrongService(f"{place} does not speak TLS; correct --url", reason=WrongServiceReason.TLS_FAILED) from None
    except OSError as error:
        raise Unreachable(f"{place} cannot be reached ({error.strerror or 'no address'}); correct --url") from None


def opened(host: str, port: int, place: str) -> socket.socket:
    """Return a socket to the server. Errors: Unreachable."""
    with _reachable(place):
        return socket.create_connection((host, port), WAIT)


def secured(plain: socket.socket, context: ssl.SSLContext, host: str, place: str) -> socket.socket:
    """Return the socket with TLS on it. Errors: WrongService, Unreachable."""
    with _reachable(place):
        return context.wrap_socket(plain, server_hostname=host)


def is_own_machine(opened_to: socket.socket) -> bool:
    """Return whether the other end is on this machine, whatever name led there."""
    return ipaddress.ip_address(str(opened_to.getpeername()[0]).partition("%")[0]).is_loopback
