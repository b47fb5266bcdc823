"""Puts a plan into one comment of a pull request, and keeps that up to date. Standard library only."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any


def main(path: str) -> None:
    """Post the file, or update the comment that begins with the same line; an empty file posts nothing."""
    body = Path(path).read_text(encoding="utf-8")
    marker = body.partition("\n")[0]
    if not marker.startswith("<!-- scim-operator plan"):
        print("There is no plan to comment on.")
        return
    base = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/issues"
    comments = f"{base}/{int(os.environ['PULL_REQUEST'])}/comments"
    known = find(comments, marker)
    if known is None:
        call("POST", comments, {"body": body})
    else:
        call("PATCH", f"{base}/comments/{known}", {"body": body})


def find(comments: str, marker: str) -> int | None:
    """The id of the comment that begins with `marker`, over all pages."""
    page = 1
    while found := call("GET", f"{comments}?per_page=100&page={page}"):
        for comment in found:
            if (comment["body"] or "").startswith(marker):
                return int(comment["id"])
        page += 1
    return None


def call(method: str, url: str, body: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    """One call of GitHub's REST API."""
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Authorization", f"Bearer {os.environ['GITHUB_TOKEN']}")
    request.add_header("Accept", "application/vnd.github+json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main(sys.argv[1])
