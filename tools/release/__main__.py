"""`python -m tools.release STEP`: the steps of a release, as .github/workflows/release.yml calls them."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cluster.progress import ClusterError
from tools.release import changelog, chart, krew, packing, plugin, registry, sbom, site, version
from tools.release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Callable

CHANGELOG = version.ROOT / "CHANGELOG.md"


def check(given: argparse.Namespace) -> None:
    """End with what keeps the tag from being released; without a tag, with the places that say another version."""
    found = version.problems_of_tag(given.tag, given.repository) if given.tag else version.problems()
    if found:
        raise ReleaseError("\n".join(found))
    print(f"version {version.current()}")


def prepare(given: argparse.Namespace) -> None:
    """Write a version where it stands, and cut the changelog."""
    text = changelog.cut(CHANGELOG.read_text(), given.version, datetime.now(UTC).date())
    version.write(given.version)
    CHANGELOG.write_text(text)
    print(f"Now it is {given.version}. Look at `git diff`, commit, and tag v{given.version} once it is on main.")


def notes(_: argparse.Namespace) -> None:
    """Print what the changelog says of the version."""
    print(changelog.notes(CHANGELOG.read_text(), version.current()), end="")


def wheel(given: argparse.Namespace) -> None:
    """Build the wheel and the source archive, and write the list of what is in the image."""
    uv = str(Path(sys.executable).with_name("uv"))
    registry.run(uv, "build", "--offline", "--no-build-isolation", f"--out-dir={given.into.resolve()}")
    (given.into / f"scim-operator-{version.current()}.cdx.json").write_text(sbom.sbom())


def docs(given: argparse.Namespace) -> None:
    """Build the site of the docs, and keep it as an archive."""
    print(site.pack(version.current(), given.into))


def push_docs(given: argparse.Namespace) -> None:
    """Add the docs of the version to the branch that they are served from."""
    current = version.current()
    archive = given.into / f"{site.name(current)}.tar.gz"
    site.push(archive, current, f"https://github.com/{given.repository}.git")


def archive(given: argparse.Namespace) -> None:
    """Build the archive of the kubectl plugin for this platform."""
    print(plugin.build(version.current(), given.into))


def image(given: argparse.Namespace) -> None:
    """Build the image for this machine twice, see that both are the same, and keep it as an archive."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    print(registry.build_twice(given.into / f"image-{machine}.tar"))


def push_image(given: argparse.Namespace) -> None:
    """Push the archives of the image as one, sign it and attach what is in it; print its digest."""
    name = version.image_of(given.repository)
    digest = registry.push_image(list(given.into.glob("image-*.tar")), f"{name}:{version.current()}")
    registry.sign(f"{name}@{digest}")
    registry.attest(f"{name}@{digest}", next(given.into.glob("*.cdx.json")))
    print(digest)


def push_chart(given: argparse.Namespace) -> None:
    """Push the chart that is in the folder and sign it; print its digest."""
    charts = version.charts_of(given.repository)
    digest = registry.push_chart(next(given.into.glob("scim-operator-*.tgz")), charts)
    registry.sign(f"{charts}/scim-operator@{digest}")
    registry.push_hub_metadata(f"{charts}/scim-operator")
    print(digest)


def manifests(given: argparse.Namespace) -> None:
    """Write what names the image's digest or the plugin's archives: the chart, install.yaml and krew's manifest."""
    current, home = version.current(), f"https://github.com/{given.repository}"
    changes = changelog.changes(changelog.notes(CHANGELOG.read_text(), current))
    image = f"{version.image_of(given.repository)}:{current}@{given.digest}"
    with tempfile.TemporaryDirectory() as scratch:
        more = chart.hub_annotations(current, image, changes)
        stamped = chart.stamped(Path(scratch), given.digest, home, more)
        (given.into / "install.yaml").write_text(chart.bundle(stamped))
        print(chart.package(stamped, given.into))
    archives = list(given.into.glob("kubectl-scim_*.tar.gz"))
    (given.into / "scim.yaml").write_text(krew.manifest(current, home, archives))


def checksums(given: argparse.Namespace) -> None:
    """Write the checksums of all that is in the folder, and sign them."""
    listed = given.into / packing.CHECKSUMS
    listed.write_text(packing.checksums(given.into))
    registry.sign_file(listed)


STEPS: dict[str, tuple[Callable[[argparse.Namespace], None], tuple[str, ...]]] = {
    "check": (check, ()),
    "prepare": (prepare, ("version",)),
    "notes": (notes, ()),
    "wheel": (wheel, ("into",)),
    "docs": (docs, ("into",)),
    "plugin": (archive, ("into",)),
    "image": (image, ("into",)),
    "push-image": (push_image, ("into", "--repository")),
    "push-chart": (push_chart, ("into", "--repository")),
    "push-docs": (push_docs, ("into", "--repository")),
    "manifests": (manifests, ("into", "--digest", "--repository")),
    "checksums": (checksums, ("into",)),
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of all steps."""
    whole = argparse.ArgumentParser(prog="tools.release", description=__doc__)
    steps = whole.add_subparsers(dest="step", required=True)
    for name, (step, arguments) in STEPS.items():
        one = steps.add_parser(name, help=step.__doc__)
        for argument in arguments:
            if argument.startswith("--"):
                one.add_argument(argument, required=True)
            else:
                one.add_argument(argument, type=Path if argument == "into" else str)
        if name == "check":
            one.add_argument("--tag", default="")
            one.add_argument("--repository", default="", help="OWNER/NAME at GitHub; with a tag")
    return whole


def main(words: list[str] | None = None) -> int:
    given = parser().parse_args(words)
    step, _ = STEPS[given.step]
    try:
        if "into" in given:
            given.into.mkdir(parents=True, exist_ok=True)
        step(given)
    except (ReleaseError, ClusterError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
