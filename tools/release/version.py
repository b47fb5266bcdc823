"""The version stands in three files; a release needs them, the tag and the changelog to say the same."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import yaml

from tools.release import changelog
from tools.release.errors import ReleaseError

ROOT = Path(__file__).resolve().parents[2]
PROJECT, CHART, VALUES = "pyproject.toml", "charts/scim-operator/Chart.yaml", "charts/scim-operator/values.yaml"
SHAPE = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-rc\.[1-9]\d*)?")
"""A version that is one for Python (PEP 440), for Helm and for OCI tags."""

_LINES = {
    PROJECT: re.compile(r'^(version = ")[^"]+(")$', re.MULTILINE),
    CHART: re.compile(r"^((?:version|appVersion): )\S+()$", re.MULTILINE),
}


def written(root: Path = ROOT) -> dict[str, str]:
    """Return the version by the place that it is written in."""
    chart = yaml.safe_load((root / CHART).read_text())
    project = tomllib.loads((root / PROJECT).read_text())
    return {
        PROJECT: project["project"]["version"],
        f"{CHART}: version": str(chart["version"]),
        f"{CHART}: appVersion": str(chart["appVersion"]),
    }


def current(root: Path = ROOT) -> str:
    """Return the version of pyproject.toml, by which the others are judged."""
    return written(root)[PROJECT]


def problems(root: Path = ROOT) -> list[str]:
    """Return a sentence for each place that says another version than pyproject.toml, or none that can be released."""
    version = current(root)
    found = [] if SHAPE.fullmatch(version) else [f"{PROJECT}: {version} is not of the form 1.2.3 or 1.2.3-rc.1"]
    return found + [f"{place}: {one}, not {version}" for place, one in written(root).items() if one != version]


def problems_of_tag(tag: str, repository: str, root: Path = ROOT) -> list[str]:
    """Return what keeps `tag` of the repository OWNER/NAME from being released, a sentence each."""
    version = current(root)
    found = problems(root)
    if tag != f"v{version}":
        found.append(f"the tag is {tag}, and the version {version}: tag v{version}, or run the step `prepare`")
    image = yaml.safe_load((root / VALUES).read_text())["image"]["repository"]
    if image != image_of(repository):
        found.append(f"{VALUES}: image.repository is {image}, and {image_of(repository)} is what would be published")
    if not changelog.has(version, (root / "CHANGELOG.md").read_text()):
        found.append(f"CHANGELOG.md: there is no section for {version}; run the step `prepare`")
    return found


def image_of(repository: str) -> str:
    """Return the name of the image of a repository OWNER/NAME; registries know no capitals."""
    return f"{_registry()}/{repository.lower()}"


def charts_of(repository: str) -> str:
    """Return where the charts of a repository OWNER/NAME lie."""
    return f"{_registry()}/{repository.lower().partition('/')[0]}/charts"


def _registry() -> str:
    return os.environ.get("RELEASE_REGISTRY", "ghcr.io")


def write(version: str, root: Path = ROOT) -> None:
    """Write the version wherever it stands."""
    if not SHAPE.fullmatch(version):
        raise ReleaseError(f"{version}: give a version such as 1.2.3 or 1.2.3-rc.1")
    for name, line in _LINES.items():
        path = root / name
        path.write_text(line.sub(rf"\g<1>{version}\g<2>", path.read_text()))
