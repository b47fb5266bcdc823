"""Directories for tests: a slapd where the machine has one, and everywhere an LDAP server from PyPI."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.postgres import free_port
from tests.support.waiting import HANG, wait_until
from tools import slapd

if TYPE_CHECKING:
    from collections.abc import Iterator

TLS = Path(__file__).parents[1] / "scim" / "tls"
BASE, ADMIN, PASSWORD = "dc=corp,dc=example", "cn=admin,dc=corp,dc=example", "Hush-7c1d9e"
SLAPD = slapd.found()
KINDS = ["ldaptor", *(["slapd"] if SLAPD else [])]
"""The servers that are there; no test needs more than the first."""
TOP = (
    f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Corp\ndc: corp\n\n"
    f"dn: {ADMIN}\nobjectClass: simpleSecurityObject\nobjectClass: organizationalRole\ncn: admin\n"
    f"userPassword: {PASSWORD}\n\n"
    f"dn: ou=people,{BASE}\nobjectClass: organizationalUnit\nou: people\n\n"
    f"dn: ou=groups,{BASE}\nobjectClass: organizationalUnit\nou: groups\n\n"
)
_CONFIG = """
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
include {schema}/dyngroup.schema
include {schema}/nis.schema
include {schema}/msuser.schema
modulepath {modules}
moduleload back_mdb
moduleload memberof
TLSCertificateFile {tls}/localhost.pem
TLSCertificateKeyFile {tls}/localhost.key
TLSVerifyClient never
{extra}
database mdb
suffix "{base}"
rootdn "cn=root,{base}"
directory {data}
maxsize 1073741824
dbnosync
access to * by dn.exact="{admin}" write by * read
limits dn.exact="{admin}" size=unlimited size.prtotal=unlimited
limits * size={limit}
overlay memberof
"""


@dataclass(frozen=True, slots=True)
class Directory:
    """A running server. `tls` is its URL for TLS, "" for none."""

    url: str
    tls: str = ""


@contextlib.contextmanager
def directory(kind: str, ldif: str, *options: str, limit: int = 500) -> Iterator[Directory]:
    """A server with these entries below the base; `options` are the PyPI one's, `limit` is slapd's for others."""
    folder = Path(tempfile.mkdtemp(prefix="scim-ldap-", dir="/tmp"))
    try:
        if kind == "slapd":
            with _slapd(folder, TOP + ldif, limit) as found:
                yield found
        else:
            with _ldaptor(folder, TOP + ldif, options) as found:
                yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _slapd(folder: Path, ldif: str, limit: int) -> Iterator[Directory]:
    assert SLAPD is not None
    (folder / "data").mkdir()
    (folder / "seed.ldif").write_text(ldif)
    [modules] = [*SLAPD.glob("usr/lib/ldap"), *SLAPD.glob("usr/lib/*/ldap")][:1]
    config = folder / "slapd.conf"
    fields = {"schema": SLAPD / "etc/ldap/schema", "modules": modules, "tls": TLS, "base": BASE, "admin": ADMIN}
    config.write_text(_CONFIG.format(**fields, data=folder / "data", limit=limit, extra=""))
    binary, environment = SLAPD / "usr/sbin/slapd", slapd.environment(SLAPD)
    load = [str(binary), "-T", "add", "-q", "-f", str(config), "-l", str(folder / "seed.ldif")]
    done = subprocess.run(load, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    plain, secure = f"ldap://127.0.0.1:{free_port()}", f"ldaps://localhost:{free_port()}"
    command = [str(binary), "-f", str(config), "-h", f"{plain} {secure}", "-d", "0"]
    with _running(command, folder / "log", environment):
        port = int(plain.rpartition(":")[2])
        wait_until(lambda: _answers(port), "that slapd answers")
        yield Directory(plain, secure)


@contextlib.contextmanager
def _ldaptor(folder: Path, ldif: str, options: tuple[str, ...]) -> Iterator[Directory]:
    (folder / "seed.ldif").write_text(ldif)
    port = free_port()
    module = Path(__file__).with_name("ldaptor_server.py")
    command = [sys.executable, "-W", "ignore", str(module), str(folder / "seed.ldif"), str(port), str(TLS), *options]
    with _running(command, folder / "log", None):
        wait_until(lambda: _answers(port), "that ldaptor answers")
        yield Directory(f"ldap://127.0.0.1:{port}")


@contextlib.contextmanager
def _running(command: list[str], log: Path, environment: dict[str, str] | None) -> Iterator[None]:
    with log.open("wb") as opened:
        process = subprocess.Popen(command, stdout=opened, stderr=opened, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(HANG)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
