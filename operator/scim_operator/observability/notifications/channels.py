"""Sends one message: by POST, mail, or Apprise. Each call is one attempt, and raises ScimOperatorError."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Protocol

import aiohttp
import aiosmtplib
import orjson
from yarl import URL

from scim_operator.core.secrecy.destinations import HOSTS, DataRef, Destination, destination_of, going_to, host_name
from scim_operator.errors import InvalidSpec, Unavailable, Unreachable, WrongService
from scim_operator.observability.notifications import by_apprise
from scim_operator.observability.notifications.rendering import body, cloud_event, title
from scim_operator.scim.egress import STRICT, Egress
from scim_operator.scim.passage import tls_context
from scim_operator.scim.transport import Guard, GuardedResolver

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scim_operator.api.notifications import Apprise, Email, Notification, Webhook
    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.report.notice import Notice
    from scim_operator.core.secrecy.destinations import To, Values

SECONDS = 20.0
"""Seconds that one attempt may take."""


class Secrets(Protocol):
    """Reads what notifications refer to; `job.base.ports.Vault` is the whole of it."""

    async def read(self, ref: DataRef, to: To) -> Values:
        """Return the values of a Secret that names each destination; raises SecretNotFound and HostNotNamed."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The needs of one attempt: the Secrets, and the servers that the operator may talk to."""

    secrets: Secrets
    egress: Egress = STRICT


@dataclass(frozen=True, slots=True)
class Message:
    """A notice about a config, with the id that it keeps over all attempts."""

    key: ConfigKey
    notice: Notice
    id: str
    at: datetime


async def deliver(target: Notification, message: Message, ways: Ways) -> None:
    """Try once.

    Raises SecretNotFound, HostNotNamed and InvalidSpec for what a person must fix, WrongService for an address that
    nothing may be sent to, Unreachable and Unavailable for what may heal.
    """
    try:
        async with asyncio.timeout(SECONDS):
            if target.webhook is not None:
                await _post(target.webhook, message, ways)
            elif target.email is not None:
                await _mail(target.email, message, ways)
            elif target.apprise is not None:
                await _apprise(target.apprise, message, ways)
    except TimeoutError as error:
        raise Unreachable(f"No answer within {SECONDS:.0f} s.") from error


def _text(ref: DataRef, values: Mapping[str, bytes], key: str, default: str = "") -> str:
    """Return the text under a key, without the newline at its end."""
    try:
        return values[key].decode().strip() if key in values else default
    except UnicodeDecodeError:
        raise InvalidSpec(f"Secret {ref.name}, key {key}: this is no UTF-8 text.") from None


async def _post(webhook: Webhook, message: Message, ways: Ways) -> None:
    insecure = ways.egress.permit(asked=webhook.allow_insecure, field="webhook.allowInsecure")
    url = await _webhook_url(webhook, message, ways, insecure=insecure)
    content = orjson.dumps(cloud_event(message.key, message.notice, message.id, message.at))
    headers = {"Content-Type": "application/cloudevents+json; charset=UTF-8", "User-Agent": "scim-operator"}
    if webhook.signing_key_ref is not None:
        ref = DataRef("Secret", message.key.namespace, webhook.signing_key_ref.name, (webhook.signing_key_ref.key,))
        values = await ways.secrets.read(ref, going_to(destination_of(url)))
        key = _text(ref, values, webhook.signing_key_ref.key)
        headers["X-Scim-Operator-Signature"] = "sha256=" + hmac.digest(key.encode(), content, hashlib.sha256).hex()
    guard = Guard(ways.egress, "The webhook", allow_loopback=insecure)
    connector = aiohttp.TCPConnector(ssl=tls_context(), resolver=GuardedResolver(guard), socket_factory=guard.socket)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session,
            session.post(url, data=content, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status >= 300:
                raise Unavailable(f"The webhook answered {answer.status}.", status=answer.status)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # The cause is cut off on purpose: aiohttp's text repeats the URL, which is a secret.
        raise Unreachable(f"The webhook was not reached ({type(error).__name__}).") from None


async def _webhook_url(webhook: Webhook, message: Message, ways: Ways, *, insecure: bool) -> str:
    """Return the URL in the Secret, which also names its host."""
    ref = DataRef("Secret", message.key.namespace, webhook.url_secret_ref.name, (webhook.url_secret_ref.key,))

    def url(values: Mapping[str, bytes]) -> str:
        return _text(ref, {ref.keys[0]: values[ref.keys[0]]}, ref.keys[0])

    def to(values: Mapping[str, bytes]) -> tuple[Destination, ...]:
        _check(url(values), ways.egress, insecure=insecure)
        return (destination_of(url(values)),)

    return url(await ways.secrets.read(ref, to))


def _check(url: str, egress: Egress, *, insecure: bool) -> None:
    """Refuse what is no URL of a webhook. Errors: InvalidSpec, WrongService."""
    try:
        destination = _leads_to(url)
    except ValueError:
        raise InvalidSpec("The webhook's Secret holds no URL such as https://host/path.") from None
    if not destination.secure and not insecure:
        raise InvalidSpec("The webhook's URL must begin with https://; for tests, set webhook.allowInsecure.")
    try:
        problem = egress.forbidden(destination.host, allow_loopback=insecure)
    except ValueError:
        return  # a name: what it resolves to is judged when connecting
    if problem:
        raise _forbidden("webhook", problem)


def _leads_to(url: str) -> Destination:
    """Return the destination of a URL, if the HTTP client reads it the same way. Errors: ValueError."""
    destination, seen = destination_of(url), URL(url)
    if (host_name(seen.host or ""), seen.port) != (destination.host, destination.port):
        raise ValueError("read in two ways")
    return destination


def _forbidden(what: str, problem: str) -> WrongService:
    kind = problem.partition(",")[0]
    return WrongService(f"The {what} leads to {kind}: nothing was sent.", reason="AddressForbidden")


async def _mail(email: Email, message: Message, ways: Ways) -> None:
    insecure = ways.egress.permit(asked=email.allow_insecure, field="email.allowInsecure")
    ref = DataRef("Secret", message.key.namespace, email.smtp_secret_ref.name, ("host",), _SMTP_KEYS)
    server = _server(ref, email, await ways.secrets.read(ref, lambda values: (_server(ref, email, values).place,)))
    connection = await _connected(server.place, Guard(ways.egress, "The mail server", allow_loopback=insecure))
    client = aiosmtplib.SMTP(
        hostname=server.place.host,
        sock=connection,
        local_hostname="scim-operator",
        username=server.user or None,
        password=server.password or None,
        use_tls=server.mode == "tls",
        start_tls=server.mode == "starttls",
        tls_context=tls_context(server.bundle.encode() if server.bundle else None, f"Secret {ref.name}, key ca.crt,"),
        timeout=SECONDS,
    )
    written = _written(email, server.sender, message)
    try:
        await client.connect()
        await client.send_message(written, sender=server.sender, recipients=list(email.to))
        await client.quit()
    except aiosmtplib.SMTPAuthenticationError:
        raise InvalidSpec(f"The mail server refuses username and password of Secret {ref.name}.") from None
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise Unavailable(f"The mail server did not take the mail ({type(error).__name__}).", status=0) from None
    finally:
        client.close()
        connection.close()


_PORT_DIGITS = 5
_SMTP_KEYS = ("port", "tls", "ca.crt", "username", "password", "from")


@dataclass(frozen=True, slots=True)
class _Server:
    """The content of a mail server's Secret; not to be shown."""

    place: Destination
    mode: str
    bundle: str = field(repr=False)
    user: str = field(repr=False)
    password: str = field(repr=False)
    sender: str


def _server(ref: DataRef, email: Email, values: Mapping[str, bytes]) -> _Server:
    """Read the Secret's values. Errors: InvalidSpec; KeyError without a host."""
    mode = _text(ref, values, "tls", "starttls")
    if mode not in ("starttls", "tls") and not (mode == "none" and email.allow_insecure):
        raise InvalidSpec(f"Secret {ref.name}, key tls: write starttls or tls; none needs email.allowInsecure.")
    port = _text(ref, values, "port", "465" if mode == "tls" else "587")  # RFC 8314
    if not port.isdecimal() or len(port) > _PORT_DIGITS or not 0 < int(port) < 65536:
        raise InvalidSpec(f"Secret {ref.name}, key port: write a number between 1 and 65535.")
    try:
        host = host_name(_text(ref, {"host": values["host"]}, "host"))
    except ValueError:
        raise InvalidSpec(f"Secret {ref.name}, key host: write the name of the mail server.") from None
    user = _text(ref, values, "username")
    sender = email.from_ or _text(ref, values, "from", user)
    if not sender.isprintable():
        raise InvalidSpec(f"Secret {ref.name}, key {'from' if 'from' in values else 'username'}: write one address.")
    return _Server(
        place=Destination(host, int(port), secure=mode != "none"),
        mode=mode,
        bundle=_text(ref, values, "ca.crt"),
        user=user,
        password=_text(ref, values, "password"),
        sender=sender,
    )


async def _connected(place: Destination, guard: Guard) -> socket.socket:
    """Return a connection to an address that was judged, so that no name can lead elsewhere in the meantime."""
    try:
        found = await GuardedResolver(guard).resolve(place.host, place.port)
    except WrongService:
        raise _forbidden("mail server", "an address that nothing may be sent to") from None
    except OSError:
        raise Unreachable("The mail server's name cannot be resolved.", sent=False) from None
    connection = socket.socket(found[0]["family"], socket.SOCK_STREAM)
    connection.setblocking(False)  # noqa: FBT003 - the name of the parameter is the method's
    try:
        await asyncio.get_running_loop().sock_connect(connection, (found[0]["host"], place.port))
    except BaseException as error:
        connection.close()
        if isinstance(error, OSError):
            raise Unreachable("No connection to the mail server.", sent=False) from None
        raise
    return connection


def _written(email: Email, sender: str, message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = title(message.key, message.notice)
    mail["From"] = sender
    mail["To"] = ", ".join(email.to)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.id}@scim-operator.io>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers
    mail.set_content(body(message.key, message.notice))
    return mail


async def _apprise(target: Apprise, message: Message, ways: Ways) -> None:
    ref = DataRef("Secret", message.key.namespace, target.url_secret_ref.name, (target.url_secret_ref.key, HOSTS))
    # Where the URL leads only Apprise's plugins know: what they connect to is held against the hosts (by_apprise.py).
    values = await ways.secrets.read(ref, going_to())
    url, hosts = (_text(ref, values, key) for key in ref.keys)
    text = title(message.key, message.notice), body(message.key, message.notice)
    # In a thread: it imports a hundred modules, and blocks while it sends.
    await asyncio.to_thread(by_apprise.send, ref.name, url, hosts, ways.egress, text)
