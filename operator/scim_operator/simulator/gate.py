"""Faults around the service: some answer in its place, others spoil its answers."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.messages import Effect, Refusal, Reply, Request, refused
from scim_operator.simulator.proofs import unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.simulator.faults import Fault, FaultBook

_LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"


def login_page(status: int = 200) -> Reply:
    """Returns what a login page or a proxy answers instead of the service."""
    return Reply(status, _LOGIN_PAGE, "text/html")


def in_place_of(request: Request, book: FaultBook) -> Reply | None:
    """Returns the answer of a fault that keeps the request from the service, or None."""
    for check in _BEFORE:
        reply = check(request, book)
        if reply is not None:
            return reply
    return None


def _drop(request: Request, _: FaultBook) -> Reply | None:
    return Reply(0, drop=True) if request.suffers(FaultName.DROP_BEFORE) else None


def _throttle(request: Request, book: FaultBook) -> Reply | None:
    return _waiting(FaultName.THROTTLE, 429, request, book)


def _unavailable(request: Request, book: FaultBook) -> Reply | None:
    return _waiting(FaultName.UNAVAILABLE, 503, request, book)


def _waiting(name: FaultName, status: int, request: Request, book: FaultBook) -> Reply | None:
    fault = book.take(name, request.method, request.path)
    if fault is None:
        return None
    request.hits.append(name.value)
    return _please_wait(fault, fault.value, status, book)


def _limit(request: Request, book: FaultBook) -> Reply | None:
    exceeded = book.limited(request.method, request.path)
    if exceeded is None:
        return None
    fault, seconds = exceeded
    request.hits.append(FaultName.RATE_LIMIT.value)
    return _please_wait(fault, str(math.ceil(seconds)), 429, book)


def _please_wait(fault: Fault, value: str, status: int, book: FaultBook) -> Reply:
    """Returns an answer that asks to wait; from now on requests are watched until the time is over."""
    reply = refused(Refusal(status, "Too many requests." if status == 429 else "The service is not available."))
    if value == "none":
        return reply
    seconds = float(value.removeprefix("date:"))
    if value.startswith("date:"):
        until = math.ceil((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp())
        reply.headers["Retry-After"] = format_datetime(datetime.fromtimestamp(until, UTC), usegmt=True)
    else:
        reply.headers["Retry-After"] = value
    book.reported(fault, seconds)
    return reply


def _status(request: Request, _: FaultBook) -> Reply | None:
    value = request.hit(FaultName.STATUS)
    if value is None:
        return None
    status, _mark, kind = value.partition(":")
    return refused(Refusal(int(status), "The request was refused.", kind))


def _html(request: Request, _: FaultBook) -> Reply | None:
    return login_page() if request.suffers(FaultName.HTML) else None


def _redirect(request: Request, _: FaultBook) -> Reply | None:
    if not request.suffers(FaultName.REDIRECT):
        return None
    return Reply(302, headers={"Location": "/login"}, content_type="text/html")


def _slash(request: Request, _: FaultBook) -> Reply | None:
    """Sends to the address with a slash, and takes the slash off where there is one."""
    status, _mark, which = (request.hit(FaultName.SLASH) or "").partition(":")
    if not status or (which == "list" and request.path.strip("/").count("/")):
        return None
    if request.path.endswith("/"):
        request.path = request.path.rstrip("/")
        return None
    if which == "write" and request.method == "GET":
        return None
    query = f"?{urlencode(request.query)}" if request.query else ""
    last = request.path.rpartition("/")[2]  # relative to the address that was asked (RFC 9110 section 10.2.2)
    return Reply(int(status), headers={"Location": f"{last}/{query}"}, content_type="text/html")


def _expired(request: Request, _: FaultBook) -> Reply | None:
    return unauthorized() if request.suffers(FaultName.EXPIRED_TOKEN) else None


def _flag(request: Request, _: FaultBook) -> Reply | None:
    flag = request.hit(FaultName.BASE_QUERY)
    return login_page(404) if flag is not None and flag not in request.query else None


_BEFORE: tuple[Callable[[Request, FaultBook], Reply | None], ...] = (
    _drop,
    _throttle,
    _unavailable,
    _limit,
    _status,
    _redirect,
    _slash,
    _html,
    _flag,
    _expired,
)


def spoilt(request: Request, reply: Reply, book: FaultBook) -> Reply:
    """Returns the reply as spoilt by faults after the service; its effect stays the same."""
    if request.suffers(FaultName.DROP_AFTER):
        reply.drop = True
        return reply
    if reply.effect is not Effect.NONE:
        reply = _throttled_after(request, reply, book)
    if reply.refusal is not None:
        _respell(request, reply, reply.refusal)
    kind = request.hit(FaultName.CONTENT_TYPE) if reply.body else None
    if kind is not None and reply.content_type != "text/html":
        reply.content_type = kind
    return reply


def _throttled_after(request: Request, reply: Reply, book: FaultBook) -> Reply:
    late = _waiting(FaultName.THROTTLE_AFTER, 429, request, book)
    if late is None:
        return reply
    late.effect, late.resource_id, late.notes = reply.effect, reply.resource_id, reply.notes
    return late


def _respell(request: Request, reply: Reply, refusal: Refusal) -> None:
    style = request.hit(FaultName.ERROR_BODY)
    if style is None:
        return
    document = refusal.document()
    if style == "vmware":
        document = {"errors": [{"code": str(refusal.status), "message": refusal.detail}]}
    elif style == "schema":
        document["schema"] = document.pop("schemas")
    elif style == "numeric":
        document["status"] = refusal.status
    reply.body = {"html": _LOGIN_PAGE, "empty": b""}.get(style, orjson.dumps(document))
    if style in {"html", "vmware"}:
        reply.content_type = "text/html" if style == "html" else "application/json"
