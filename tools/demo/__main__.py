"""`make demo`: the whole of it on this machine, from an empty control plane to users who come, change and leave.

It needs no cluster and no service, changes nothing outside a temporary folder, and cleans up after itself.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tools.cluster.binaries import ensure_binaries
from tools.cluster.progress import ClusterError
from tools.demo import story
from tools.demo.children import DemoError
from tools.demo.screen import Screen, wants_colour
from tools.demo.stage import SIGNALS, TOKEN, Stage, stage

if TYPE_CHECKING:
    from types import FrameType

    from tools.demo.service import Service

ROOT = Path(__file__).parents[2]
INTRODUCTION = """\
scim-operator keeps the users and groups of a SCIM service equal to manifests in Kubernetes. This shows all of it on
this machine, in less than a minute: a real API server, the operator, and a simulated VMware Identity Service.
Lines that begin with $ are commands as you would type them."""

FURTHER = """\
Look further:
   make demo ARGS=--keep    the same, left running to play with, with the console for a browser
   make cluster             an API server of your own; README.md shows how to install with Helm on a real one
   README.md, docs/         concepts, operations, architecture"""

KEPT = """
Everything keeps running until you press Ctrl-C. In another terminal:
   export KUBECONFIG={kubeconfig}
   export PATH={binaries}:$PATH
   kubectl get scpc,scu,scg
   kubectl edit scimuser ada
   kubectl describe provisioningconfig vmware
   curl -H 'Authorization: Bearer {token}' {url}/Users
   curl {health}/metrics
   tail -f {log}
Or open the console in a browser of this machine, with search, plans and the reasons for everything:
   {console}"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    arguments = parser.parse_args()
    os.chdir(ROOT)  # so that the commands shown are those to type in the checkout
    for number in SIGNALS:
        signal.signal(number, interrupt)
    screen = Screen(sys.stdout, wants_colour(sys.stdout))
    try:
        perform(screen, keep=arguments.keep)
    except (DemoError, ClusterError) as error:
        screen.complain(str(error))
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; everything is cleaned up.", flush=True)
        return 130
    return 0


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def perform(screen: Screen, *, keep: bool) -> None:
    """Run all steps, and end everything that was started."""
    print(INTRODUCTION, flush=True)
    binaries = ensure_binaries()
    began = time.monotonic()
    with stage(binaries, screen) as running:
        target = story.play(running)
        if keep:
            linger(running, target)
    print(f"\nThat took {time.monotonic() - began:.0f} s; every process is ended and the temporary folder removed.")
    print(FURTHER, flush=True)


def linger(running: Stage, target: Service) -> None:
    """Print how to look at what runs, and keep it running until someone interrupts."""
    log = next(child.log for child in running.children.running if child.name == "operator")
    kubeconfig, binaries = running.kubectl.kubeconfig, running.plane.binaries.folder
    console = running.start_console()
    facts = {"kubeconfig": kubeconfig, "binaries": binaries, "url": target.url, "token": TOKEN}
    print(KEPT.format(**facts, health=running.health, log=log, console=console), flush=True)
    while True:
        running.children.check()
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
