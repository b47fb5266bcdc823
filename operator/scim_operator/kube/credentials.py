"""The address of the API server and our identity there: a pod's ServiceAccount, or a kubeconfig as kubectl reads it.

kopf reads kubeconfigs too, but knows neither another context nor exec plugins, and costs a command 200 ms to import.
"""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import yaml

from scim_operator.errors import DependencyNotReady

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TOKEN_LIFE = 60.0
"""Seconds after which a token file or an exec plugin without an expiry is read again, as client-go does."""


class NoCluster(DependencyNotReady):
    """There is no usable kubeconfig or ServiceAccount."""

    reason = "NoCluster"


@dataclass(frozen=True, slots=True)
class ExecPlugin:
    """A credential plugin of a kubeconfig (client.authentication.k8s.io)."""

    api_version: str
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """One API server and one identity there. PEM texts are decoded; secrets do not show in `repr`."""

    server: str
    namespace: str = "default"
    ca: str = field(default="", repr=False)
    insecure: bool = False
    certificate: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    token_file: Path | None = None
    plugin: ExecPlugin | None = None
    proxy: str | None = None

    def ssl_context(self) -> ssl.SSLContext:
        """Return the TLS settings, with the client certificate where there is one; raises NoCluster."""
        try:
            context = ssl.create_default_context(cadata=self.ca or None)
            if self.insecure:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if self.certificate and self.private_key:
                _load_certificate(context, self.certificate + "\n" + self.private_key)
        except (ssl.SSLError, ValueError) as error:
            raise NoCluster(
                "The certificate-authority, client-certificate or client-key for the API server is no PEM; correct it."
            ) from error
        return context


def _load_certificate(context: ssl.SSLContext, pem: str) -> None:
    # Python's ssl reads a client certificate from a file only; ours is unlinked at once.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)


class Authorization:
    """The current Authorization header: from a static token, a token file that rotates, or a plugin."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._token = credentials.token
        self._until = 0.0

    async def header(self) -> dict[str, str]:
        """Return the header to send, {} when the identity is a client certificate."""
        credentials = self._credentials
        if credentials.username:
            pair = f"{credentials.username}:{credentials.password}".encode()
            return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        token = await self.token()
        return {"Authorization": f"Bearer {token}"} if token else {}

    async def token(self) -> str:
        """Return the bearer token, read again once it has expired; "" when there is none."""
        if time.monotonic() >= self._until:
            self._token = await self._read()
            self._until = time.monotonic() + TOKEN_LIFE
        return self._token

    def forget(self) -> None:
        """Read the token again before the next request, because the API server refused it."""
        self._until = 0.0

    async def _read(self) -> str:
        if self._credentials.token_file:
            return _file(self._credentials.token_file).strip()
        if self._credentials.plugin:
            return await _run_plugin(self._credentials.plugin)
        return self._credentials.token


def find_credentials(kubeconfig: Path | None = None, context: str | None = None) -> Credentials:
    """Take `kubeconfig`, else KUBECONFIG, else the pod's ServiceAccount, else ~/.kube/config; raises NoCluster."""
    if kubeconfig:
        return from_kubeconfig([kubeconfig], context)
    if listed := [Path(path).expanduser() for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path]:
        return from_kubeconfig(listed, context)
    if (SERVICE_ACCOUNT / "token").exists() and context is None:
        return from_service_account()
    return from_kubeconfig([Path("~/.kube/config").expanduser()], context)


def from_service_account(folder: Path = SERVICE_ACCOUNT) -> Credentials:
    """Return the identity that Kubernetes mounts into a pod."""
    host = os.environ.get("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc")
    port = os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    return Credentials(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        namespace=_file(folder / "namespace").strip() if (folder / "namespace").exists() else "default",
        ca=_file(folder / "ca.crt"),
        token_file=folder / "token",
    )


def from_kubeconfig(paths: list[Path], context: str | None = None) -> Credentials:
    """Read and merge kubeconfigs as kubectl does: the first file that has an entry wins."""
    documents = [(path.parent, _parsed(path)) for path in paths if path.exists()]
    if not documents:
        raise NoCluster(
            f"No cluster: {', '.join(map(str, paths))} does not exist. Set KUBECONFIG, or pass --kubeconfig."
        )
    name = context or next((d["current-context"] for _, d in documents if d.get("current-context")), "")
    if not name:
        raise NoCluster("The kubeconfig has no current-context. Choose one with --context.")
    if not isinstance(name, str):
        raise NoCluster("The kubeconfig's current-context is no text: write the name of a context there.")
    try:
        _, chosen = _entry(documents, "contexts", name)
        return _credentials(
            _entry(documents, "clusters", chosen.get("cluster", "")),
            _entry(documents, "users", chosen.get("user", "")),
            _text(chosen, "namespace") or "default",
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # What was read may be a token, and is not quoted.
        raise NoCluster(
            f"The context {str(name)[:100]!r} of the kubeconfig leads to an entry with something else than kubectl "
            "writes there: `kubectl config view` shows it; correct it."
        ) from error


Located = tuple[Path, dict[str, Any]]


def _credentials(cluster_entry: Located, user_entry: Located, namespace: str) -> Credentials:
    (_, cluster), (folder, user) = cluster_entry, user_entry
    server = _text(cluster, "server").rstrip("/")
    if not server.startswith(("http://", "https://")) or not urlsplit(server).hostname:
        raise NoCluster("The kubeconfig's cluster has no server, or one that is no URL such as https://host:6443.")
    return Credentials(
        server=server,
        namespace=namespace,
        ca=_pem(cluster_entry, "certificate-authority"),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        certificate=_pem(user_entry, "client-certificate"),
        private_key=_pem(user_entry, "client-key"),
        username=_text(user, "username"),
        password=_text(user, "password"),
        token=_text(user, "token"),
        token_file=folder / user["tokenFile"] if user.get("tokenFile") else None,
        plugin=_plugin(user["exec"]) if user.get("exec") else None,
        proxy=_text(cluster, "proxy-url") or None,
    )


def _entry(documents: list[Located], section: str, name: object) -> Located:
    if not isinstance(name, str):
        raise TypeError
    for folder, document in documents:
        for item in document.get(section) or ():
            if item.get("name") == name:
                return folder, item.get(section[:-1]) or {}
    raise NoCluster(
        f"The kubeconfig has no entry {str(name)[:100]!r} under {section}. `kubectl config get-contexts` lists them."
    )


def _text(section: dict[str, Any], name: str) -> str:
    """Return a text of an entry, "" where there is none. Raises TypeError for what is no text."""
    value = section.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(name)
    return value or ""


def _pem(entry: Located, name: str) -> str:
    folder, section = entry
    if section.get(f"{name}-data"):
        return base64.b64decode(section[f"{name}-data"]).decode()
    return _file(folder / section[name]) if section.get(name) else ""


def _plugin(section: dict[str, Any]) -> ExecPlugin:
    return ExecPlugin(
        api_version=_text(section, "apiVersion") or "client.authentication.k8s.io/v1",
        argv=(section["command"], *(section.get("args") or ())),
        env=tuple((item["name"], item["value"]) for item in section.get("env") or ()),
    )


async def _run_plugin(plugin: ExecPlugin) -> str:
    info = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": {"interactive": False}}
    environment = {**os.environ, **dict(plugin.env), "KUBERNETES_EXEC_INFO": orjson.dumps(info).decode()}
    try:
        process = await asyncio.create_subprocess_exec(
            *plugin.argv, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        return str(orjson.loads(output)["status"]["token"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        command = plugin.argv[0]
        raise NoCluster(f"The credential plugin {command} of the kubeconfig gave no token. Run it by hand.") from error


def _parsed(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(_file(path))
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # a date such as 2026-02-30 is a ValueError
        raise NoCluster(f"The kubeconfig {path} is not YAML.") from error
    return document if isinstance(document, dict) else {}


def _file(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError as error:
        raise NoCluster(f"Cannot read {path}: it is no text in UTF-8.") from error
    except OSError as error:
        raise NoCluster(f"Cannot read {path}: {error.strerror}.") from error
