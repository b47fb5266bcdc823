"""How one message leaves: a POST, a mail, or Apprise. Each call is one attempt, and raises ScimOperatorError."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import socket
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import aiohttp
import aiosmtplib
import orjson

from scim_operator.errors import InvalidSpec, SecretNotFound, Unavailable, Unreachable, WrongService
from scim_operator.observability.notifications.rendering import body, cloud_event, title
from scim_operator.scim.transport import GuardedResolver, tls_context
from scim_operator.scim.url import forbidden

if TYPE_CHECKING:
    from datetime import datetime

    from scim_operator.api.notifications import Email, Notification, SigningKeyRef, UrlSecretRef, Webhook
    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.notice import Notice

SECONDS = 20.0
"""What one attempt may take."""


class Secrets(Protocol):
    """Reads what notifications refer to."""

    async def read(self, kind: str, namespace: str, name: str, key: str) -> bytes:
        """The bytes under `key`; raises SecretNotFound."""


@dataclass(frozen=True, slots=True)
class Message:
    """A notice about a config, with the id that it keeps over all attempts."""

    key: ConfigKey
    notice: Notice
    id: str
    at: datetime


async def deliver(target: Notification, message: Message, secrets: Secrets) -> None:
    """Try once.

    Raises SecretNotFound and InvalidSpec for what a person must mend, WrongService for an address that nothing may be
    sent to, Unreachable and Unavailable for what may heal.
    """
    try:
        async with asyncio.timeout(SECONDS):
            if target.webhook is not None:
                await _post(target.webhook, message, secrets)
            elif target.email is not None:
                await _mail(target.email, message, secrets)
            elif target.apprise is not None:
                await _apprise(await _text(secrets, message, target.apprise.url_secret_ref), message)
    except TimeoutError as error:
        raise Unreachable(f"No answer within {SECONDS:.0f} s.") from error


async def _text(secrets: Secrets, message: Message, ref: UrlSecretRef | SigningKeyRef) -> str:
    """The text in a Secret, without the newline at its end."""
    found = await secrets.read("Secret", message.key.namespace, ref.name, ref.key)
    try:
        return found.decode().strip()
    except UnicodeDecodeError:
        raise InvalidSpec(f"Secret {ref.name}, key {ref.key}: this is no UTF-8 text.") from None


async def _post(webhook: Webhook, message: Message, secrets: Secrets) -> None:
    url = await _text(secrets, message, webhook.url_secret_ref)
    _check(url, insecure=webhook.allow_insecure)
    content = orjson.dumps(cloud_event(message.key, message.notice, message.id, message.at))
    headers = {"Content-Type": "application/cloudevents+json; charset=UTF-8", "User-Agent": "scim-operator"}
    if webhook.signing_key_ref is not None:
        key = await _text(secrets, message, webhook.signing_key_ref)
        headers["X-Scim-Operator-Signature"] = "sha256=" + hmac.digest(key.encode(), content, hashlib.sha256).hex()
    resolver = GuardedResolver(allow_loopback=webhook.allow_insecure)
    connector = aiohttp.TCPConnector(ssl=tls_context(), resolver=resolver)
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


def _check(url: str, *, insecure: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidSpec("The webhook's Secret holds no URL such as https://host/path.")
    if parts.scheme == "http" and not insecure:
        raise InvalidSpec("The webhook's URL must begin with https://; for tests, set webhook.allowInsecure.")
    try:
        problem = forbidden(parts.hostname, allow_loopback=insecure)
    except ValueError:
        return  # a name: what it resolves to is judged when connecting
    if problem:
        raise _forbidden("webhook", problem)


def _forbidden(what: str, problem: str) -> WrongService:
    kind = problem.partition(",")[0]
    return WrongService(f"The {what} leads to {kind}: nothing was sent.", reason="AddressForbidden")


async def _mail(email: Email, message: Message, secrets: Secrets) -> None:
    settings = _Smtp(email, message.key.namespace, secrets)
    mode = await settings.get("tls", "starttls")
    if mode not in ("starttls", "tls") and not (mode == "none" and email.allow_insecure):
        raise InvalidSpec(f"Secret {settings.name}, key tls: write starttls or tls; none needs email.allowInsecure.")
    bundle = await settings.get("ca.crt", "")
    host = await settings.get("host")
    user, password = await settings.get("username", ""), await settings.get("password", "")
    sender = email.from_ or await settings.get("from", user)
    port = await settings.port(mode)
    connection = await _connected(host, port, insecure=email.allow_insecure)
    client = aiosmtplib.SMTP(
        hostname=host,
        sock=connection,
        local_hostname="scim-operator",
        username=user or None,
        password=password or None,
        use_tls=mode == "tls",
        start_tls=mode == "starttls",
        tls_context=tls_context(bundle.encode() if bundle else None),
        timeout=SECONDS,
    )
    try:
        await client.connect()
        await client.send_message(_written(email, sender, message), sender=sender, recipients=list(email.to))
        await client.quit()
    except aiosmtplib.SMTPAuthenticationError:
        raise InvalidSpec(f"The mail server refuses username and password of Secret {settings.name}.") from None
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise Unavailable(f"The mail server did not take the mail ({type(error).__name__}).", status=0) from None
    finally:
        client.close()
        connection.close()


class _Smtp:
    """The keys of the Secret of a mail server."""

    def __init__(self, email: Email, namespace: str, secrets: Secrets) -> None:
        self.name = email.smtp_secret_ref.name
        self._namespace = namespace
        self._secrets = secrets

    async def get(self, key: str, default: str | None = None) -> str:
        """The text under a key; raises SecretNotFound where there is no default."""
        try:
            return (await self._secrets.read("Secret", self._namespace, self.name, key)).decode().strip()
        except SecretNotFound:
            if default is None:
                raise
            return default
        except UnicodeDecodeError:
            raise InvalidSpec(f"Secret {self.name}, key {key}: this is no UTF-8 text.") from None

    async def port(self, mode: str) -> int:
        """The port, by default that of the way of encryption (RFC 8314)."""
        text = await self.get("port", "465" if mode == "tls" else "587")
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise InvalidSpec(f"Secret {self.name}, key port: write a number between 1 and 65535.")
        return int(text)


async def _connected(host: str, port: int, *, insecure: bool) -> socket.socket:
    """A connection to an address that was judged, so that no name can lead elsewhere in the meantime."""
    try:
        found = await GuardedResolver(allow_loopback=insecure).resolve(host, port)
    except WrongService:
        raise _forbidden("mail server", "an address that nothing may be sent to") from None
    except OSError:
        raise Unreachable("The mail server's name cannot be resolved.", sent=False) from None
    connection = socket.socket(found[0]["family"], socket.SOCK_STREAM)
    connection.setblocking(False)  # noqa: FBT003 - the name of the parameter is the method's
    try:
        await asyncio.get_running_loop().sock_connect(connection, (found[0]["host"], port))
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


async def _apprise(url: str, message: Message) -> None:
    # In a thread: it imports a hundred modules, and blocks while it sends.
    sent = await asyncio.to_thread(_by_apprise, url, message)
    if not sent:
        raise Unavailable("Apprise could not send it.", status=0)


def _by_apprise(url: str, message: Message) -> bool:
    try:
        import apprise  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise InvalidSpec("apprise is not installed: use an image with that extra, or webhook or email.") from None
    # It logs URLs that it does not know, and they are secrets.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    made = apprise.Apprise()
    if not made.add(url):
        raise InvalidSpec("The Secret of apprise holds no URL that Apprise knows.")
    return bool(made.notify(title=title(message.key, message.notice), body=body(message.key, message.notice)))
