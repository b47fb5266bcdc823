"""Everything that the demo runs, in a folder of its own: started here, and always ended here."""

from __future__ import annotations

import secrets
import shlex
import shutil
import signal
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cluster.controlplane import ControlPlane, free_ports, start
from tools.cluster.kubeconfig import write_kubeconfig
from tools.demo import rights
from tools.demo.children import Child, Children
from tools.demo.kubectl import Kubectl
from tools.demo.service import Service, answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.cluster.binaries import Binaries
    from tools.demo.screen import Screen

NAMESPACE = "identity"
TOKEN = "quickstart-token"  # noqa: S105 - the example's, and public
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Stage:
    """The running parts. `kubeconfig` is the administrator's, in the demo's namespace."""

    folder: Path
    plane: ControlPlane
    children: Children
    kubectl: Kubectl
    screen: Screen
    health: str = ""

    def start_simulator(self) -> Service:
        """Start the service to provision to."""
        control = secrets.token_urlsafe(16)
        tokens = (f"--token={TOKEN}", f"--control-token={control}")
        child = self._start("simulator", "simulate", "--port=0", *tokens)
        self.children.until(lambda: "Ready at " in child.log.read_text(), "the simulator serves")
        url = child.log.read_text().rpartition("Ready at ")[2].split()[0]
        return Service(url, TOKEN, control)

    def start_operator(self) -> None:
        """Start the operator with a token of the chart's ServiceAccount, and wait until it is ready."""
        kubeconfig = self.plane.service_account_kubeconfig(rights.NAME, NAMESPACE)
        (port,) = free_ports(1)
        self.health = f"http://127.0.0.1:{port}"
        options = [
            f"--namespace={NAMESPACE}",
            f"--listen=127.0.0.1:{port}",
            "--log-format=text",
            "--allow-insecure-services",
        ]
        self._start("operator", "run", *options, f"--kubeconfig={kubeconfig}", "--provisioning-log=off")
        self.children.until(lambda: answers(f"{self.health}/readyz"), "the operator is ready")

    def start_console(self) -> str:
        """Start the console over the demo's cluster; return the address that lets a browser in."""
        options = [f"--namespace={NAMESPACE}", f"--kubeconfig={self.kubectl.kubeconfig}", "--allow-insecure-services"]
        child = self._start("console", "ui", *options)
        self.children.until(lambda: "?token=" in child.log.read_text(), "the console serves")
        return next(word for word in child.log.read_text().split() if "?token=" in word)

    def _start(self, name: str, *args: str) -> Child:
        """Start our own command, of this checkout: it is beside the Python that runs the demo."""
        self.screen.command(shlex.join(["scim-operator", *args]))
        return self.children.start(name, [str(Path(sys.executable).with_name("scim-operator")), *args])


@contextmanager
def stage(binaries: Binaries, screen: Screen) -> Iterator[Stage]:
    """Provide a control plane, ready for the rest. At the end every process is ended and the folder removed."""
    folder = Path(tempfile.mkdtemp(prefix="scim-operator-demo-")).resolve()
    children = Children(folder)
    plane: ControlPlane | None = None
    try:
        plane = start(folder / "plane", binaries, die_with_parent=True)
        yield Stage(folder, plane, children, Kubectl(plane, admin(plane), screen), screen)
    finally:
        with undisturbed():
            children.end()
            if plane is not None:
                plane.stop()
            shutil.rmtree(folder, ignore_errors=True)


def admin(plane: ControlPlane) -> Path:
    """Return a kubeconfig of the administrator in the demo's namespace, so that commands stay short."""
    path = plane.folder / "admin.kubeconfig"
    write_kubeconfig(path, plane.url, plane.certificate, plane.admin_token, namespace=NAMESPACE)
    return path


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore an impatient second Ctrl-C, which would leave half of it behind; ending takes seconds at most."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
