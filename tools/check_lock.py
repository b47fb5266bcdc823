"""Checks that the lock files match pyproject.toml, without asking an index; `make lock` updates them."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)")
_HASH = "--hash=sha256:"


class Pin(NamedTuple):
    """One entry of a lock file: whether it carries hashes, and whether the project itself asks for it."""

    version: str
    hashed: bool
    direct: bool


def parse_lock(text: str) -> dict[str, Pin]:
    """Return the entries of a lock file, by canonical name."""
    return dict(_entry(block) for block in re.split(r"\n(?=[A-Za-z0-9])", text) if _PIN.match(block))


def _entry(block: str) -> tuple[str, Pin]:
    pin = _PIN.match(block)
    if pin is None:
        raise ValueError(block)
    return canonicalize_name(pin["name"]), Pin(pin["version"], _HASH in block, "(pyproject.toml" in block)


def problems(wanted: list[str], lock: Mapping[str, Pin]) -> Iterator[str]:
    """Yield one sentence for each difference between a lock and these requirements."""
    requirements = {canonicalize_name(r.name): r for r in map(Requirement, wanted)}
    for name, requirement in requirements.items():
        if name not in lock:
            yield f"{name} is not locked"
        elif not requirement.specifier.contains(lock[name].version, prereleases=True):
            yield f"{name} is locked at {lock[name].version}, but {requirement} is asked for"
    yield from (f"{name} is locked but no longer asked for" for name in directs(lock) - requirements.keys())
    yield from (f"{name} has no hash" for name, pin in lock.items() if not pin.hashed)


def directs(lock: Mapping[str, Pin]) -> set[str]:
    return {name for name, pin in lock.items() if pin.direct}


def group(project: Mapping[str, Any], name: str) -> list[str]:
    """Return a dependency group with the groups that it includes (PEP 735)."""
    entries = project["dependency-groups"][name]
    return [r for e in entries for r in (group(project, e["include-group"]) if isinstance(e, dict) else [e])]


def disagreements(locks: Mapping[str, Mapping[str, Pin]]) -> Iterator[str]:
    """Yield one sentence for each version that differs between the image and the tests."""
    tested = locks["dev"]
    for lock, pins in locks.items():
        for name, pin in pins.items():
            if name not in tested or tested[name].version != pin.version:
                yield f"requirements/{lock}.txt: {name} {pin.version} is not what requirements/dev.txt has"


def all_problems(root: Path) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    runtime = project["project"]["dependencies"]
    image = [*runtime, *project["project"]["optional-dependencies"]["otel"]]
    wanted = {
        "dev": [*runtime, *group(project, "dev")],
        "run": image,
        "build": group(project, "build"),
        "plugin": [*runtime, *group(project, "plugin")],
    }
    locks = {name: parse_lock((root / "requirements" / f"{name}.txt").read_text()) for name in wanted}
    found = [f"requirements/{name}.txt: {p}" for name in wanted for p in problems(wanted[name], locks[name])]
    return [*found, *disagreements(locks)]


def main() -> int:
    found = all_problems(ROOT)
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        print("The lock is not in step with pyproject.toml; run `make lock`.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
