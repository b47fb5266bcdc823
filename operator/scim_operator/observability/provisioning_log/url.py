"""The URL of the store: `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://user:password@host/db`."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 10
"""Seconds that the database may take to answer."""

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+pg8000", "postgres": "postgresql+pg8000"}


def store_url(text: str) -> tuple[URL, dict[str, Any]]:
    """Return SQLAlchemy's URL and the driver's arguments. Raises InvalidSpec, without quoting a password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise InvalidSpec(
            "The log store is no URL; write sqlite:////path/log.db or postgresql://user@host/db."
        ) from None
    backend = url.drivername.split("+")[0]
    if backend not in _DRIVERS or url.drivername not in (backend, _DRIVERS[backend]):
        raise InvalidSpec("The log store's URL must begin with sqlite: or postgresql:.")
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise InvalidSpec("The log store needs a file, as in sqlite:////var/lib/scim-operator/log.db.")
        return url.set(drivername=_DRIVERS[backend]), {"timeout": CONNECT_SECONDS, "check_same_thread": False}
    return _postgres(url.set(drivername=_DRIVERS[backend]))


def shown(url: URL) -> str:
    """Return the URL without its password."""
    return url.render_as_string(hide_password=True)


def _postgres(url: URL) -> tuple[URL, dict[str, Any]]:
    """libpq's options sslmode and sslrootcert, as the driver takes them; host=/directory is a Unix socket."""
    if not url.username:
        raise InvalidSpec("The log store's URL names no user; write postgresql://user@host/db.")
    query = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    arguments: dict[str, Any] = {"timeout": CONNECT_SECONDS, "application_name": "scim-operator"}
    arguments["ssl_context"] = _tls(query.pop("sslmode", "prefer"), query.pop("sslrootcert", None))
    if (directory := query.pop("host", "")).startswith("/"):
        arguments["unix_sock"] = f"{directory}/.s.PGSQL.{url.port or query.pop('port', '5432')}"
    if query:
        raise InvalidSpec(f"The log store's URL has options that are not known: {', '.join(sorted(query))}.")
    return url.set(query={}), arguments


def _tls(mode: str, bundle: str | None) -> ssl.SSLContext | bool | None:
    if mode in _PLAIN_MODES:
        return _PLAIN_MODES[mode]
    if mode not in ("verify-ca", "verify-full"):
        raise InvalidSpec("The log store's sslmode must be disable, prefer, require, verify-ca or verify-full.")
    try:
        context = ssl.create_default_context(cafile=bundle)
    except OSError as error:
        what = type(error).__name__
        raise InvalidSpec(f"The log store's sslrootcert is no file with certificates ({what}); correct it.") from None
    context.check_hostname = mode == "verify-full"
    return context


_PLAIN_MODES: Mapping[str, bool | None] = {"disable": False, "prefer": None, "require": True}
"""The values that pg8000 takes for the modes that verify nothing."""
