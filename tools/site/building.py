"""Builds the site: stages its pages in a folder, has the generator make HTML of them, and checks what came out."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from scim_operator.api.crd import crds
from scim_operator.cli import main as commands_of
from scim_operator.observability.metrics import Metrics
from tools.cluster.progress import ClusterError, run
from tools.site import check, nav, pages
from tools.site.markdown import title
from tools.site.reference import codes, commands, kinds, metrics, values

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
GENERATOR = Path(sys.executable).with_name("zensical")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_FINDING = re.compile(r"^Warning: (.+)\n\s*╭─\[ (\S+) \]", re.MULTILINE)


def reference() -> dict[str, str]:
    """Return the pages that are made from the code, by their places in the site."""
    registry = metrics.Registry()
    Metrics(registry)
    chart = ROOT / "charts" / "scim-operator"
    return {
        **{f"reference/kinds/{crd['spec']['names']['kind']}.md": kinds.page(crd) for crd in crds()},
        "reference/commands.md": commands.page(commands_of),
        "reference/values.md": values.page(
            (chart / "values.yaml").read_text(), json.loads((chart / "values.schema.json").read_text())
        ),
        "reference/metrics.md": metrics.page(registry),
        "reference/codes.md": codes.page(),
    }


def repository(revision: str) -> pages.Repository:
    """Return the files of the repository as Git knows them, new ones that it would take included."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        found = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise ClusterError(f"The site is made of the files that Git knows: run it in a clone ({error}).") from error
    files = frozenset(name for name in found if (ROOT / name).is_file())
    return pages.Repository(files, frozenset(str(up) for name in files for up in Path(name).parents), revision)


def stage(into: Path, version: str) -> list[str]:
    """Write pages, pictures and settings for the generator into a folder; return what is wrong with them."""
    shutil.rmtree(into, ignore_errors=True)
    whole = repository(f"v{version}" if version else "main")
    there = pages.places(whole.files)
    texts = reference()
    for path, place in there.items():
        if path.endswith(".md"):
            texts[place] = pages.page(path, (ROOT / path).read_text(), whole)
        else:
            write(into / "pages" / place, (ROOT / path).read_bytes())
    for place, text in texts.items():
        write(into / "pages" / place, text.encode())
    write(into / "pages" / "site.css", (HERE / "site.css").read_bytes())
    contents = nav.expanded(yaml.safe_load((HERE / "nav.yaml").read_text()), {k: title(v) for k, v in texts.items()})
    write(into / "mkdocs.yml", settings((HERE / "mkdocs.yml").read_text(), contents, version).encode())
    return nav.problems(contents, texts)


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def settings(text: str, contents: list[nav.Entry], version: str) -> str:
    """Return the generator's settings: those written by hand, the table of contents, and for a release its version."""
    more: dict[str, Any] = {"nav": contents}
    if version:
        more["extra"] = {"version": {"provider": "mike"}}  # the theme's word for a list of versions beside the site
    return text + yaml.safe_dump(more, sort_keys=False, allow_unicode=True)


def build(into: Path, version: str = "") -> list[str]:
    """Build the site into the folder `html` of a folder; return a sentence for each thing that is wrong with it."""
    if not GENERATOR.exists():
        raise ClusterError("The generator of the site is missing (zensical); run `make setup` first.")
    return [*stage(into, version), *generate(into), *check.problems(into / "html", wanted(into / "pages"))]


def generate(into: Path) -> list[str]:
    """Have the generator make `html` of `pages` in a folder; return what it warns of, which is all an error."""
    log = into / "log"
    command = [str(GENERATOR), "build", "--strict", f"--config-file={into / 'mkdocs.yml'}"]
    try:
        run(command, "building the site", log=log, cwd=into, env={**os.environ, "NO_COLOR": "1"})
    except ClusterError:
        found = findings(log.read_text())
        if not found:
            raise
        return found
    return []


def wanted(staged: Path) -> list[str]:
    """Return the pages that the site is to have."""
    return sorted(path.relative_to(staged).with_suffix(".html").as_posix() for path in staged.rglob("*.md"))


def findings(log: str) -> list[str]:
    """Return what the generator warns of, from what it printed: a line of text for each, with its place."""
    return [f"{place}: {said}" for said, place in _FINDING.findall(_COLOURS.sub("", log))]


def sizes(site: Path) -> Mapping[str, int]:
    """Return how many pages a site has, and how many bytes it takes."""
    files = [path for path in site.rglob("*") if path.is_file()]
    return {"pages": sum(path.suffix == ".html" for path in files), "bytes": sum(path.stat().st_size for path in files)}
