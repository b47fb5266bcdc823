"""SCIM services by others, which can be asked the same things as a `Simulator`, so that a rig runs over either.

One in a process of its own prints "Ready at URL", takes two tokens, and lists at `/log` the requests that were not
made by hand; `/reset` empties it.
"""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN, BY_HAND = "token", "token-of-an-administrator"
BASE = "/scim/v2"
Document = dict[str, Any]
L = TypeVar("L")


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes


@dataclass(frozen=True)
class ForeignService(Generic[L]):
    """A running service at its tenant URL, with the log of its requests."""

    url: str
    log: L
    token: str = TOKEN

    @property
    def users(self) -> dict[str, Document]:
        return self._all("/Users")

    @property
    def groups(self) -> dict[str, Document]:
        return self._all("/Groups")

    def user(self, user_name: str) -> Document | None:
        return next((one for one in self.users.values() if one["userName"] == user_name), None)

    def group(self, display_name: str) -> Document | None:
        return next((one for one in self.groups.values() if one["displayName"] == display_name), None)

    def by_hand(self, method: str, path: str, document: Document | None = None) -> Reply:
        """What an administrator does, past the log."""
        return _asked(self.url + path, method, document)

    def _all(self, path: str) -> dict[str, Document]:
        found: dict[str, Document] = {}
        for page in count():
            listed = json.loads(self.by_hand("GET", f"{path}?startIndex={1 + 100 * page}&count=100").body)
            found |= {one["id"]: one for one in listed.get("Resources", ())}
            if len(found) >= listed["totalResults"]:
                break
        return found


@dataclass(frozen=True)
class Entry:
    """One request, as the service answered it."""

    method: str
    path: str
    status: int


@dataclass(frozen=True)
class Log:
    """The requests to a process that were not made by hand."""

    origin: str

    @property
    def last(self) -> int:
        return len(self.since(0))

    def since(self, sequence: int) -> list[Entry]:
        body = _asked(f"{self.origin}/log").body
        return [Entry(**each) for each in json.loads(body)][sequence:]

    def reset(self) -> None:
        """Forget all resources and requests."""
        assert _asked(f"{self.origin}/reset").status == 200


def _asked(url: str, method: str = "GET", document: Document | None = None) -> Reply:
    headers = {"Authorization": f"Bearer {BY_HAND}", "Content-Type": "application/scim+json"}
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - on loopback
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return Reply(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, error.read())


@contextmanager
def foreign_service(command: list[str], folder: Path) -> Iterator[ForeignService[Log]]:
    """A service with nothing in it, in a process of its own, which ends with the context."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = next((line for line in process.stdout if line.startswith("Ready at ")), "")
            assert ready, f"{command[0]} ended with {process.wait()}"
            origin = ready.split()[-1]
            yield ForeignService(origin + BASE, Log(origin))
        finally:
            process.terminate()
