"""scim2-server from PyPI on loopback: an independent SCIM service that checks all it gets against its own schemas."""

from __future__ import annotations

import io
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from scim2_server.testserver.cli import ThreadingWSGIServer

from tests.support.foreign import BY_HAND, TOKEN, Document, ForeignService
from verify.servers import application_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

BASE = "/v2"


@dataclass(frozen=True)
class Entry:
    """One request, as the service got and answered it."""

    method: str
    path: str
    status: int
    document: Document

    @property
    def operations(self) -> list[tuple[str, str]]:
        """Of a PATCH: each operation's verb and path."""
        return [(each["op"], each.get("path", "")) for each in self.document.get("Operations", ())]


@dataclass
class Log:
    """The requests that were not made by hand."""

    entries: list[Entry] = field(default_factory=list)

    @property
    def last(self) -> int:
        return len(self.entries)

    def since(self, sequence: int) -> list[Entry]:
        return self.entries[sequence:]

    @property
    def refused(self) -> list[Entry]:
        """What the service took exception to. That a GET finds nothing is an answer."""
        return [entry for entry in self.entries if entry.status >= 400 and (entry.method, entry.status) != ("GET", 404)]


def _noting(application: Callable[..., Iterable[bytes]], log: Log) -> Callable[..., Iterable[bytes]]:
    """The application, with each request and the status of its answer in the log."""

    def noted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)

        def started(status: str, *rest: Any) -> Any:
            if BY_HAND not in environ.get("HTTP_AUTHORIZATION", ""):
                path = environ["PATH_INFO"].removeprefix(BASE)
                document = json.loads(body) if body else {}
                log.entries.append(Entry(environ["REQUEST_METHOD"], path, int(status[:3]), document))
            return start_response(status, *rest)

        return application(environ, started)

    return noted


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def scim2_service() -> Iterator[ForeignService[Log]]:
    """A service with nothing in it, in threads of its own."""
    log = Log()
    application = _noting(application_of(TOKEN, BY_HAND), log)
    with make_server("127.0.0.1", 0, application, ThreadingWSGIServer, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield ForeignService(f"http://127.0.0.1:{server.server_port}{BASE}", log)
        finally:
            server.shutdown()
            thread.join()
