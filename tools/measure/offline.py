"""`validate` and `plan` of ten thousand people in one file, beside kubeconform with our CRDs: CPU seconds of each."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tools.cluster.progress import say
from tools.live import programs
from tools.live.kube import API_VERSION
from tools.measure.people import everyone, user
from tools.measure.report import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

PEOPLE = 10_000
ROUNDS = 3
MOST = 1.5
NAMESPACE = "people"
CRDS = Path(__file__).parents[2] / "crds"
DIFFERS = 2
"""The exit status of a plan with changes."""


@dataclass(frozen=True)
class Files:
    """What is read: the people and their group in one file, with their config, and the folder with our schemas."""

    folder: Path
    schemas: Path

    @classmethod
    def written(cls, folder: Path, url: str, people: int) -> Files:
        """Write them all; the config's service is at `url`."""
        files = cls(folder / "manifests", folder / "schemas")
        files.folder.mkdir(parents=True)
        files.schemas.mkdir()
        documents = [*(user(number, NAMESPACE) for number in range(people)), everyone(people, NAMESPACE), config(url)]
        with (files.folder / "people.yaml").open("w") as file:
            yaml.dump_all(documents, file, Dumper=yaml.CSafeDumper)
        for crd in CRDS.glob("*.yaml"):
            write_schema(yaml.safe_load(crd.read_text()), files.schemas)
        return files


def config(url: str) -> dict[str, object]:
    """Return a config whose budget does not matter: CPU is measured."""
    return {
        "apiVersion": API_VERSION,
        "kind": "ProvisioningConfig",
        "metadata": {"name": "target", "namespace": NAMESPACE},
        "spec": {
            "service": {
                "url": url,
                "allowInsecure": True,
                "auth": {"bearer": {"secretRef": {"name": "token", "key": "token"}}},
                "budget": {"requestsPerSecond": 1000, "concurrency": 16},
            },
            "scope": "All",
            "users": {"externalId": "Generated"},
        },
    }


def write_schema(crd: dict[str, object], folder: Path) -> None:
    """Write a CRD's schema as kubeconform wants it."""
    spec = crd["spec"]
    for version in spec["versions"]:  # type: ignore[index]
        name = f"{spec['names']['kind'].lower()}_{version['name']}.json"  # type: ignore[index]
        (folder / name).write_text(json.dumps(version["schema"]["openAPIV3Schema"]))


def measure_offline(folder: Path, *, people: int = PEOPLE, rounds: int = ROUNDS) -> list[Figure]:
    """Return the median CPU seconds of each, in turns, so that noise strikes all."""
    folder.mkdir(parents=True)
    service, url = programs.start_simulator(folder / "service.log")
    with service:
        commands = commands_for(Files.written(folder, url, people), url)
        found: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(rounds):
            for name, command in commands.items():
                found[name].append(cpu_of(command))
            say(f"round {number + 1}: " + ", ".join(f"{name} {each[-1]:.2f} s" for name, each in found.items()))
    return figures({name: statistics.median(each) for name, each in found.items()}, people)


def commands_for(files: Files, url: str) -> dict[str, list[str]]:
    """Return what is run; without kubeconform where that is not installed."""
    program, host = str(programs.PROGRAM), url.split("/")[2]
    commands = {
        "validate": [program, "validate", str(files.folder)],
        "plan": [program, "plan", str(files.folder), f"--token-hosts={host}", "--allow-insecure-services"],
    }
    peer = shutil.which(os.environ.get("KUBECONFORM", "kubeconform"))
    if peer:
        where = f"{files.schemas}/{{{{ .ResourceKind }}}}_{{{{ .ResourceAPIVersion }}}}.json"
        commands["kubeconform"] = [peer, "-strict", "-schema-location", where, "-summary", str(files.folder)]
    return commands


def cpu_of(command: Sequence[str]) -> float:
    """Return the CPU seconds of a command that succeeds, or finds changes."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ | {"SCIM_TOKEN": programs.TOKEN}
    )
    error = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, DIFFERS}:
        raise RuntimeError(f"{command[1]} failed: {error.decode()[-2000:]}")
    return used.ru_utime + used.ru_stime


def figures(seconds: dict[str, float], people: int) -> list[Figure]:
    """Return each one's CPU, and the ratios that count."""
    what = f"{people} people in one file, CPU"
    validate, plan, peer = seconds["validate"], seconds["plan"], seconds.get("kubeconform")
    beside = f" ({validate / peer:.0%} of kubeconform's {peer:.2f} s)" if peer else ""
    return [
        Figure(f"{what} of `validate`", f"{validate:.2f} s{beside}"),
        Figure(f"{what} of `plan`, an empty service", f"{plan:.2f} s"),
        Figure(f"{what}, `plan` / `validate`", f"{plan / validate:.2f}", f"≤ {MOST}", plan <= MOST * validate),
    ]
