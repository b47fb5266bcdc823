"""From an older release to this one with users present, and back: nothing changes at the service."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.e2e import images, place, pods, shell
from tools.e2e.checks import edit, left_out, not_ready, require, title_at_service
from tools.e2e.installation import (
    CONFIG,
    CONTROL_TOKEN,
    OPERATOR,
    RELEASE,
    SIMULATOR,
    SIMULATOR_PORT,
    TIMEOUT,
    Installation,
    is_true,
)
from tools.e2e.manifests import users
from tools.e2e.newcomer import ADA, TOKEN
from tools.e2e.place import QUICKSTART
from tools.e2e.shell import kubectl, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.e2e.tenant import Tenant

BEFORE = "E2E_BEFORE"
PEOPLE = 50


def there_and_back(run: Installation) -> str:
    """Install an older commit's chart and image, upgrade to this one's, and roll back."""
    commit = older()
    if not commit:
        return left_out(BEFORE, "there is no tag of a release to begin with")
    with checked_out(commit) as folder:
        image = images.build(images.beside(run, "before"), folder)
        furnish(run, folder, image)
    known = run.tenant()
    upgraded = moved(run, known, "upgrade", RELEASE, "charts/scim-operator", *values(run.image))
    works(run, "upgraded")
    known = run.tenant()
    back = moved(run, known, "rollback", RELEASE, "1")
    works(run, "rolled back")
    said = f"{known.counted()}; from {commit[:8]} upgraded in {upgraded:.1f} s, rolled back in {back:.1f} s"
    place.clean_up(run)
    return f"{said}; no write to the service, everything Ready each time"


def older() -> str:
    """Return the commit to begin with: what E2E_BEFORE names, else the newest tag of a release; empty without one."""
    named = os.environ.get(BEFORE)
    if named:
        return git("rev-parse", "--verify", f"{named}^{{commit}}").strip()
    tags = git("tag", "--list", "v*", "--sort=-version:refname").split()
    return git("rev-parse", f"{tags[0]}^{{commit}}").strip() if tags else ""


def git(*words: str) -> str:
    ended = subprocess.run(["git", *words], cwd=shell.ROOT, capture_output=True, text=True, check=False)
    require(ended.returncode == 0, f"git {' '.join(words)}: {ended.stderr.strip()}")
    return ended.stdout


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Give a folder with the files of a commit."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "archive.tar"
        git("archive", f"--output={archive}", commit)
        subprocess.run(["tar", "--extract", "--file=archive.tar"], cwd=folder, check=True)
        archive.unlink()
        yield Path(folder)


def furnish(run: Installation, folder: Path, image: str) -> None:
    """Install the older release with a simulator that is no part of it, and have it provision people."""
    kubectl("create", "namespace", run.namespace)
    shell.apply(simulator(run))
    kubectl("rollout", "status", f"deployment/{SIMULATOR}", run.scoped, "--timeout=180s")
    shell.helm("install", RELEASE, str(folder / "charts/scim-operator"), run.scoped, "--wait", TIMEOUT, *values(image))
    kubectl("apply", "-k", str(folder / QUICKSTART))
    run.patch_config({"scope": "All", "assignments": None})
    shell.apply(users(run.namespace, "before", PEOPLE))
    settled(run)
    require(len(run.tenant().users) > PEOPLE, f"the older release provisioned {run.tenant().counted()}")


def simulator(run: Installation) -> list[dict[str, Any]]:
    """Return a simulator with the image under test. The chart's own would begin anew, and empty, with each upgrade."""
    tokens = [f"--token={TOKEN}", f"--control-token={CONTROL_TOKEN}"]
    listening = ["--host=0.0.0.0", f"--port={SIMULATOR_PORT}"]
    container = {"image": run.image, "args": ["simulate", *listening, *tokens]}
    return [pods.service(run, SIMULATOR, SIMULATOR_PORT), pods.deployment(run, SIMULATOR, container, {})]


def values(image: str) -> list[str]:
    """Return the chart's values, which an older one must know too."""
    repository, _, tag = image.rpartition(":")
    given = [f"image.repository={repository}", f"image.tag={tag}", "allowInsecureServices=true"]
    return [f"--set={value}" for value in [*given, f"networkPolicy.egressPorts={{{SIMULATOR_PORT}}}"]]


def moved(run: Installation, known: Tenant, verb: str, *words: str) -> float:
    """Run helm; check that nothing became of the service's content; return the seconds until all was Ready again."""
    effects, old, started = run.effects(), run.ready_pod(), time.monotonic()
    shell.helm(verb, *words, run.scoped, "--wait", TIMEOUT)
    until(lambda: run.ready_pod() not in {"", old}, "another pod is Ready", limit=180)
    settled(run)
    seconds = time.monotonic() - started
    require(run.tenant() == known, f"helm {verb} changed something at the service")
    require(run.effects() == effects, f"helm {verb} had writes sent: {effects} became {run.effects()}")
    return seconds


def settled(run: Installation) -> None:
    """Wait until the one pod there is has looked at everything, and all of it is Ready."""
    swept = f"{run.namespace}/{CONFIG}: swept"
    until(lambda: len(shell.objects("pods", run.scoped, f"--selector={OPERATOR}")) == 1, "one pod is left", limit=180)
    until(lambda: swept in kubectl("logs", run.scoped, f"pod/{run.ready_pod()}"), "the pod has swept", limit=300)
    until(lambda: not not_ready(run), "every user and group is Ready", limit=300)
    until(lambda: is_true(run.config(), "Ready"), "the ProvisioningConfig is Ready", limit=180)
    require(run.manifests(), "there are no users and groups")


def works(run: Installation, title: str) -> None:
    """Check that this release provisions."""
    edit(run, "ada", title=title)
    until(lambda: title_at_service(run, ADA) == title, "an edit is at the service", limit=60)
    settled(run)
