"""Sends by Apprise. Its hundred plugins connect as they like, so a fence checks each of their connections."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

from scim_operator.core.secrecy.destinations import HOSTS, Destination, host_name, may_go
from scim_operator.errors import HostNotNamed, InvalidSpec, Unavailable

if TYPE_CHECKING:
    from scim_operator.scim.egress import Egress

_FENCE: ContextVar[Fence | None] = ContextVar("fence", default=None)
_EVENTS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto"})
"""Audit events of Python before it resolves a name and before it connects to an address (PEP 578)."""


class Fence:
    """Lets only what `hosts` names be resolved, and only addresses that `egress` allows be connected to."""

    def __init__(self, hosts: str, egress: Egress) -> None:
        self._hosts = hosts
        self._egress = egress
        self.problem = ""

    def judge(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raise PermissionError for what is not allowed, and remember why: plugins swallow errors."""
        if event in {"socket.connect", "socket.sendto"}:
            problem = self._address(arguments[1])
        else:
            problem = self._name(arguments[0], arguments[1] if len(arguments) > 1 else None)
        if problem:
            self.problem = self.problem or problem
            raise PermissionError(problem)

    def _name(self, host: object, port: object) -> str:
        text = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
        try:
            destination = Destination(host_name(text), int(str(port)))
        except ValueError:
            return f"its key {HOSTS} does not name the server that it leads to"
        # Which scheme a plugin speaks is not seen here; an entry without a port stands for 443, which is https.
        return may_go(self._hosts, destination)

    def _address(self, address: object) -> str:
        if not isinstance(address, tuple):
            return "it leads to a socket of this machine"
        try:
            problem = self._egress.forbidden(str(address[0]))
        except ValueError:
            problem = "what is no IP address"
        return f"it leads to {problem.partition(',')[0]}" if problem else ""


def send(name: str, url: str, hosts: str, egress: Egress, text: tuple[str, str]) -> None:
    """Send title and body to all that `url` of Secret `name` names; blocks. Call it in a thread.

    Raises InvalidSpec for a URL that Apprise does not know, HostNotNamed where it leads to what `hosts` does not name
    or `egress` forbids, Unavailable where Apprise could not send it.
    """
    try:
        import apprise  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise InvalidSpec("apprise is not installed: use an image with that extra, or webhook or email.") from None
    # It logs URLs that it does not know, and they are secrets.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    made = apprise.Apprise()
    if not made.add(url):
        raise InvalidSpec("The Secret of apprise holds no URL that Apprise knows.")
    _watch()
    fence = Fence(hosts, egress)
    _FENCE.set(fence)
    # One by one: several at once would go to threads that have no fence.
    sent = [bool(server.notify(title=text[0], body=text[1])) for server in made]
    if fence.problem:
        raise HostNotNamed(f"Secret {name}: {fence.problem}: nothing was sent there.")
    if not all(sent):
        raise Unavailable("Apprise could not send it.", status=0)


@cache
def _watch() -> None:
    """Have Python ask the fence, from now on; it cannot be taken away, and costs nothing where no fence is set."""
    sys.addaudithook(_asked)


def _asked(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _EVENTS and (fence := _FENCE.get()) is not None:
        fence.judge(event, arguments)
