"""What a newcomer types, as README.md has it, and how long it takes until the first user is at the service."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tools.e2e import place, shell
from tools.e2e.checks import active, require
from tools.e2e.installation import CONTROL, RELEASE, TIMEOUT, Installation
from tools.e2e.shell import E2EError, kubectl, until

if TYPE_CHECKING:
    from collections.abc import Iterable

README = shell.ROOT / "README.md"
ADA = "ada@corp.example"
STARTED, PROVISIONED = "1. A Kubernetes API server", "everything that is in scope is at the service"
TOKEN = "quickstart-token"  # noqa: S105 - the simulator's, and public
PATIENCE = "--timeout=300s"


def by_clone(_: Installation) -> str:
    """Clone what is committed and run `make demo`, with the binaries that this machine has already."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        clone = Path(folder) / "scim-operator"
        subprocess.run(["git", "clone", "--quiet", shell.ROOT, clone], check=True, capture_output=True)
        seconds = {word: after - began for word, after in demo(clone)}
        missing = {STARTED, PROVISIONED} - set(seconds)
        require(not missing, f"make demo did not come to: {', '.join(missing)}")
        return (
            f"first users at the service after {seconds[PROVISIONED]:.0f} s, of which {seconds[STARTED]:.0f} s "
            f"for clone and make setup; the demo ended after {time.monotonic() - began:.0f} s"
        )


def demo(clone: Path) -> Iterable[tuple[str, float]]:
    """Run `make demo`; return when it came to each of the two sentences."""
    words: list[str] = []
    with subprocess.Popen(
        ["make", "demo"], cwd=clone, env=plain(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as made:
        for line in made.stdout or ():
            words.append(line)
            yield from ((known, time.monotonic()) for known in (STARTED, PROVISIONED) if known in line)
    if made.returncode:
        raise E2EError(f"make demo:\n{''.join(words)[-4000:]}")


def plain() -> dict[str, str]:
    """Return the environment without what the `make` around us tells its children."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}


def by_helm(run: Installation) -> str:
    """Type README.md's commands for Helm, with the simulator as the service and the image under test."""
    with tempfile.TemporaryDirectory() as folder:
        token = Path(folder) / "vmware.token"
        token.write_text(TOKEN)
        began = time.monotonic()
        for words in commands("Install"):
            typed(run, words, token)
        installed = time.monotonic() - began
        create, *look, switch, wait = commands("The first configuration")
        typed(run, create, token)
        kubectl("apply", "-f", "-", input=manifests(run))
        for words in (*look, switch, [*wait, PATIENCE]):
            typed(run, words, token)
        until(lambda: active(run, ADA), "Ada is active at the service", limit=60)
        seconds = time.monotonic() - began
    tested = helm_test(run)
    place.clean_up(run)
    return f"helm is done after {installed:.1f} s, the first user is active after {seconds:.1f} s; {tested}"


def commands(section: str) -> list[list[str]]:
    """Return the commands of helm and kubectl in a section of README.md, in words."""
    lines = [line for body in fences(section, "sh") for line in body.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith(("helm ", "kubectl "))]


def fences(section: str, language: str) -> list[str]:
    """Return the fenced blocks of one language in a section of README.md."""
    found = re.search(rf"^## {section}$(.*?)(?=^## )", README.read_text(), re.MULTILINE | re.DOTALL)
    require(found, f"README.md has no section {section!r}")
    return re.findall(rf"^```{language}\n(.*?)^```$", found[1] if found else "", re.MULTILINE | re.DOTALL)


def typed(run: Installation, words: list[str], token: Path) -> str:
    """Run one command of README.md, with the names of this run in place of its examples."""
    program, *rest = [replaced(run, token).get(word, word) for word in words]
    if program == "kubectl":
        return kubectl(*rest)
    return shell.helm(*rest, "--set=simulator.enabled=true", f"--set={CONTROL}")


def replaced(run: Installation, token: Path) -> dict[str, str]:
    """Return what stands in README.md's commands for something that everyone has a name of their own for."""
    repository, _, tag = run.image.rpartition(":")
    return {
        "image.repository=registry.example.com/scim-operator": f"image.repository={repository}",
        "image.tag=0.1.0": f"image.tag={tag}",
        "--from-file=token=vmware.token": f"--from-file=token={token}",
        "--from-literal=hosts=vc.example.com": f"--from-literal=hosts={run.simulator}",
        "identity": run.namespace,
    }


def manifests(run: Installation) -> str:
    """Return README.md's manifests, for the simulator."""
    (text,) = fences("The first configuration", "yaml")
    service = "https://vc.example.com/"
    require(text.count(service) == 1, "README.md has another service than vc.example.com")
    return text.replace(service, f"http://{run.simulator}/").replace("    auth:", "    allowInsecure: true\n    auth:")


def helm_test(run: Installation) -> str:
    """Run the chart's own test, as a person would after an install."""
    said = shell.helm("test", RELEASE, run.scoped, TIMEOUT)
    require("Phase:          Succeeded" in said, f"helm test:\n{said}")
    return "helm test passes"
