"""Tries a built plugin before it is packed: what was left out of it would be missed only by the person who types it."""

from __future__ import annotations

import contextlib
import subprocess
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

from scim_operator.cli import COMMANDS
from scim_operator.console.server import STATIC
from tools.release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from urllib.request import OpenerDirector

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "vmware"
PAGES = ("/", "/people", "/access", "/plan", "/log")
NOWHERE = """\
apiVersion: v1
kind: Config
current-context: nowhere
clusters: [{name: nowhere, cluster: {server: "https://127.0.0.1:9"}}]
users: [{name: nobody, user: {token: none}}]
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody, namespace: identity}}]
"""
ASKED = (("status",), ("explain", "scimuser/ada"), ("access", "--from-cluster", "--all"), ("logs",))
"""What asks a cluster, and has to come as far as to find none."""
SECONDS = 60.0


def try_out(program: Path, work: Path) -> None:
    """Start each command of a built program, and its console with all pages. Raises ReleaseError naming what fails."""
    every_command(program, sorted(COMMANDS))
    the_cluster(program, work)
    the_console(program)


def every_command(program: Path, names: Iterable[str]) -> None:
    """See that each command is there, and the package's data. Raises ReleaseError."""
    for name in names:
        if f"scim {name}" not in _said(program, name, "--help"):
            raise ReleaseError(f"{program.name} {name} --help does not show its usage.")
    if "kind: CustomResourceDefinition" not in _said(program, "crds"):
        raise ReleaseError(f"{program.name} crds prints none: the package's data is missing.")


def _said(program: Path, *words: str) -> str:
    ended = subprocess.run([program, *words], capture_output=True, text=True, check=False, timeout=SECONDS)
    if ended.returncode != 0:
        raise ReleaseError(f"{program.name} {' '.join(words)} fails: {ended.stderr.strip()[-2000:]}")
    return ended.stdout


def the_cluster(program: Path, work: Path, asked: Iterable[tuple[str, ...]] = ASKED) -> None:
    """See that what asks a cluster does so. Raises ReleaseError."""
    kubeconfig = work / "nowhere.yaml"
    kubeconfig.write_text(NOWHERE)
    for words in asked:
        command = [str(program), *words, f"--kubeconfig={kubeconfig}"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        if ended.returncode != 1 or "127.0.0.1:9" not in ended.stderr or "unexpected" in ended.stderr:
            raise ReleaseError(f"{program.name} {words[0]} does not ask the cluster: {ended.stderr.strip()[-2000:]}")


def the_console(program: Path) -> None:
    """See that the console gives all its pages and files. Raises ReleaseError."""
    with _console(program) as (browser, base):
        for path in (*PAGES, *(f"/static/{name}" for name in STATIC)):
            _get(browser, f"{base}{path}")


@contextlib.contextmanager
def _console(program: Path) -> Iterator[tuple[OpenerDirector, str]]:
    """Give a browser that has entered the console over our example, and the console's address."""
    process = subprocess.Popen([program, "ui", EXAMPLE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    browser = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))
    try:
        address = process.stdout.readline().strip()
        if not address.startswith("http://127.0.0.1:"):
            raise ReleaseError(f"{program.name} ui prints no address, but: {address or 'nothing'}")
        _get(browser, address)
        yield browser, address.partition("/?")[0]
    finally:
        process.terminate()
        process.communicate()


def _get(browser: OpenerDirector, address: str) -> None:
    shown = address.partition("?")[0]
    try:
        with browser.open(address, timeout=SECONDS) as answer:
            if not answer.read():
                raise ReleaseError(f"The console's {shown} is empty.")
    except URLError as error:
        raise ReleaseError(f"The console does not give {shown}: {error}") from error
