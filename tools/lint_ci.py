"""Checks .github with actionlint, shellcheck and zizmor, and the files that GitHub reads by GitHub's own schemas.

The templates of deploy/import, which others copy, are checked alike, and GitLab's by GitLab's schema.

`make lint-ci` calls it; nothing is asked of the network, but that Go builds actionlint the first time.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cluster.binaries import ensure_tool
from tools.cluster.progress import ClusterError, say

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SCHEMAS = {
    "github-workflows": ".github/workflows/*.yml",
    "github-actions": ".github/actions/*/action.yml",
    "github-issue-forms": ".github/ISSUE_TEMPLATE/[!c]*.yml",
    "github-issue-config": ".github/ISSUE_TEMPLATE/config.yml",
    "dependabot": ".github/dependabot.yml",
    "gitlab-ci": "deploy/import/gitlab.yml",
}
"""The schemas that check-jsonschema brings, and the files that each is for."""


def commands(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the programs that check the .github of a repository, by name and with their arguments."""
    templates = sorted(map(str, root.glob("deploy/import/github.yml")))
    workflows = [*sorted(map(str, root.glob(".github/workflows/*.yml"))), *templates]
    shellcheck = f"-shellcheck={BIN / 'shellcheck'}"
    yield "actionlint", [str(ensure_tool("actionlint")), "-no-color", shellcheck, "-pyflakes=", *workflows]
    options = ["--offline", "--no-progress", "--quiet", "--persona=pedantic"]
    yield "zizmor", [str(BIN / "zizmor"), *options, str(root / ".github"), *templates]
    if scripts := sorted(map(str, root.glob("deploy/import/*.sh"))):
        yield "shellcheck", [str(BIN / "shellcheck"), *scripts]
    for schema, pattern in SCHEMAS.items():
        files = sorted(map(str, root.glob(pattern)))
        if files:
            yield schema, [str(BIN / "check-jsonschema"), f"--builtin-schema=vendor.{schema}", *files]


def findings(root: Path = ROOT, only: str = "") -> list[str]:
    """Return what each program that is not content says; of all of them, or of `only` one."""
    found = []
    for name, command in commands(root):
        if only in ("", name):
            ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
            found += [f"{name}:\n{ended.stdout}{ended.stderr}"] if ended.returncode else []
    return found


def main() -> int:
    try:
        found = findings()
    except ClusterError as error:
        say(str(error))
        return 1
    for one in found:
        print(one)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
