"""`python -m tools.site`: builds the site of the docs, and ends with 1 if anything in it is broken."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.cluster.progress import ClusterError, say
from tools.site.building import ROOT, build, sizes


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    made = argparse.ArgumentParser(prog="tools.site", description=__doc__)
    made.add_argument("--into", type=Path, default=ROOT / ".site", help="the folder to build in; default: .site")
    made.add_argument("--version", default="", help="the release that the site is of, such as 0.1.0; default: none")
    return made


def main(words: list[str] | None = None) -> int:
    """Build; return the exit status."""
    given = parser().parse_args(words)
    into = given.into.resolve()
    try:
        found = build(into, given.version)
    except (ClusterError, ValueError) as error:
        say(str(error))
        return 1
    for each in found:
        print(each)
    if found:
        say(f"The site has {len(found)} faults; see above.")
        return 1
    size = sizes(into / "html")
    say(f"{size['pages']} pages, {size['bytes'] / 1e6:.1f} MB: open {into / 'html' / 'index.html'}; for the search,")
    say(f"serve them: python -m http.server --bind 127.0.0.1 --directory {into / 'html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
