"""The page of a commit at GitHub or GitLab, from the address that a checkout fetches from. Pure.

A remote is text of others: it may have a password in it, and it may be no address at all. Only host
and path go into a link, and only where each of their parts is a name.
"""

from __future__ import annotations

import re

_HOST = r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
_PATH = r"(?P<path>[A-Za-z0-9_~.-]+(?:/[A-Za-z0-9_~.-]+)+)/?"
_REMOTES = (
    re.compile(rf"(?:https?|ssh|git)://(?:[^/@\s]*@)?{_HOST}(?::[0-9]{{1,5}})?/{_PATH}"),
    re.compile(rf"(?:[A-Za-z0-9_.-]+@)?{_HOST}:{_PATH}"),
)
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
LONGEST = 1024
"""Characters of a remote: no address of a repository is longer."""


def commit_address(remote: str, commit: str) -> str:
    """Return the https address of a commit's page; "" where the remote is neither GitHub nor GitLab."""
    if len(remote) > LONGEST or not _COMMIT.fullmatch(commit):
        return ""
    found = next(filter(None, (each.fullmatch(remote) for each in _REMOTES)), None)
    if found is None or any(set(part) == {"."} for part in found["path"].split("/")):
        return ""
    first, base = found["host"].partition(".")[0], f"https://{found['host']}/{found['path'].removesuffix('.git')}"
    if found["host"] == "github.com":
        return f"{base}/commit/{commit}"
    return f"{base}/-/commit/{commit}" if first == "gitlab" else ""
