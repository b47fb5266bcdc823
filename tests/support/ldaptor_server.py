"""An LDAP server on ldaptor, which others wrote, with what Active Directory adds, and with what a hostile one does.

Called as a program: FILE PORT TLS-FOLDER [--pages] [--range=N] [--limit=N] [--refer] [--quirk=NAME].
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ldaptor import inmemory, interfaces
from ldaptor.protocols import pureber, pureldap
from ldaptor.protocols.ldap import ldaperrors, ldapserver
from twisted.internet import protocol, reactor, ssl
from twisted.python import components

PAGES = b"1.2.840.113556.1.4.319"
BINARY = (b"objectguid", b"objectsid")


class Server(ldapserver.LDAPServer):
    """The server; `factory.options` say what it does besides."""

    def handle_LDAPSearchRequest(self, request: Any, controls: Any, reply: Any) -> Any:  # noqa: N802
        if self.boundUser is None and self.factory.options.sign_in:
            raise ldaperrors.LDAPInsufficientAccessRights(b"you sent Hush-7c1d9e")
        found: list[Any] = []
        asked = [each.value if hasattr(each, "value") else each for each in request.attributes]
        ranges = [each for each in asked if b";range=" in each]
        request.attributes = [b"*"]
        done = super().handle_LDAPSearchRequest(request, None, found.append)
        done.addCallback(lambda answer: self._answered(answer, found, ranges, controls, reply))
        return done

    def _answered(self, answer: Any, found: list[Any], ranges: list[bytes], controls: Any, reply: Any) -> Any:
        options = self.factory.options
        if options.refer and not ranges:
            reply(pureldap.LDAPSearchResultReference(uris=[pureldap.LDAPString(b"ldap://other.example/dc=x")]))
        if options.limit and len(found) > options.limit:
            found, answer = found[: options.limit], pureldap.LDAPSearchResultDone(resultCode=4)
        cookie = b""
        asked = next((value for name, _, value in controls or () if name == PAGES), None)
        if options.pages and asked is not None:
            found, cookie = self._page(found, asked, options.pages)
        for each in found:
            self._ranged(each, ranges, options.range)
            reply(each)
        return self._closed(answer, cookie, asked, options.quirk)

    def _page(self, found: list[Any], asked: bytes, size: int) -> tuple[list[Any], bytes]:
        [sequence] = pureber.berDecodeMultiple(asked, pureber.BERDecoderContext())
        start = int(sequence[1].value or b"0")
        rest = found[start + size :]
        return found[start : start + size], str(start + size).encode() if rest else b""

    def _ranged(self, entry: Any, ranges: list[bytes], size: int) -> None:
        if not size:
            return
        shown = []
        for name, values in entry.attributes:
            start = next(
                (int(e.split(b"=")[1].split(b"-")[0]) for e in ranges if e.lower().startswith(name.lower())), 0
            )
            part = list(values)[start : start + size]
            if name.lower() != b"member" or (len(list(values)) <= size and not start):
                shown.append((name, values))
                continue
            last = b"*" if start + size >= len(list(values)) else str(start + size - 1).encode()
            shown.append((b"%s;range=%d-%s" % (name, start, last), part))
        entry.attributes = shown

    def _closed(self, answer: Any, cookie: bytes, asked: Any, quirk: str) -> Any:
        if quirk == "endless":
            cookie = b"1"
        if quirk == "drop":
            self.transport.loseConnection()
            return None
        if quirk == "garbage":
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return None
        if quirk == "huge":
            self.transport.write(b"\x30\x84\x7f\xff\xff\xff")
            return None
        if asked is None:
            return answer
        value = pureber.BERSequence([pureber.BERInteger(0), pureber.BEROctetString(cookie)]).toWire()
        message = pureldap.LDAPMessage(answer, controls=[(PAGES, None, value)], id=self.current)
        self.transport.write(message.toWire())
        return None

    def handle(self, msg: Any) -> None:
        self.current = msg.id
        super().handle(msg)

    def extendedRequest_StartTLS(self, _: Any, reply: Any) -> None:  # noqa: N802
        context = ssl.DefaultOpenSSLContextFactory(
            f"{self.factory.tls}/localhost.key", f"{self.factory.tls}/localhost.pem"
        )
        reply(pureldap.LDAPExtendedResponse(resultCode=0, responseName=b"1.3.6.1.4.1.1466.20037"))
        if self.factory.options.quirk == "inject":
            reply(pureldap.LDAPBindResponse(resultCode=0))
        else:
            self.transport.startTLS(context)

    extendedRequest_StartTLS.oid = b"1.3.6.1.4.1.1466.20037"  # type: ignore[attr-defined]


class Factory(protocol.ServerFactory):
    """What makes a server for each connection."""

    protocol = Server

    def __init__(self, root: Any, options: argparse.Namespace) -> None:
        self.root, self.options, self.tls = root, options, options.tls


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("tls")
    parser.add_argument("--pages", type=int, default=0)
    parser.add_argument("--range", type=int, default=0)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--refer", action="store_true")
    parser.add_argument("--sign-in", action="store_true")
    parser.add_argument("--quirk", default="")
    options = parser.parse_args()
    components.registerAdapter(lambda factory: factory.root, Factory, interfaces.IConnectedLDAPEntry)

    def serve(root: Any) -> None:
        reactor.listenTCP(options.port, Factory(root, options), interface="127.0.0.1")

    with options.file.open("rb") as file:
        inmemory.fromLDIFFile(file).addCallback(serve).addErrback(
            lambda failure: (failure.printTraceback(), reactor.stop())
        )
        reactor.run()


if __name__ == "__main__":
    main()
