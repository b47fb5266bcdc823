"""Puts a plan into one comment of a pull request, and keeps that up to date. Standard library only."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ACTIONS = "github-actions[bot]"
"""Who comments with the token that every workflow has, for where GitHub does not say."""


def main(path: str) -> None:
    """Post the file, or update our comment that begins with the same line; an empty file posts nothing."""
    body = Path(path).read_text(encoding="utf-8")
    marker = body.partition("\n")[0]
    if not marker.startswith("<!-- scim-operator plan"):
        print("There is no plan to comment on.")
        return
    base = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/issues"
    comments = f"{base}/{int(os.environ['PULL_REQUEST'])}/comments"
    known = find(comments, marker, author())
    if known is None:
        call("POST", comments, {"body": body})
    else:
        call("PATCH", f"{base}/comments/{known}", {"body": body})


def author() -> str:
    """The login of the token's owner: the one question that GitHub answers for every kind of token."""
    url = os.environ.get("GITHUB_GRAPHQL_URL") or f"{os.environ['GITHUB_API_URL']}/graphql"
    try:
        answer = call("POST", url, {"query": "{ viewer { login } }"})
        return str(answer["data"]["viewer"]["login"])
    except (urllib.error.HTTPError, json.JSONDecodeError, KeyError, TypeError):
        return ACTIONS


def find(comments: str, marker: str, author: str) -> int | None:
    """The id of the author's comment that begins with `marker`, over all pages.

    Anyone may write a comment with the marker; whoever wrote it may also change it after the plan was put there.
    """
    page = 1
    while found := call("GET", f"{comments}?per_page=100&page={page}"):
        for comment in found:
            if is_by(comment.get("user") or {}, author) and (comment["body"] or "").startswith(marker):
                return int(comment["id"])
        page += 1
    return None


def is_by(user: dict[str, Any], author: str) -> bool:
    """Whether a comment's user is the author; GitHub writes the login of an app with and without its suffix."""
    login = str(user.get("login", ""))
    return login == author or (user.get("type") == "Bot" and login == f"{author}[bot]")


def call(method: str, url: str, body: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    """One call of GitHub's API."""
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Authorization", f"Bearer {os.environ['GITHUB_TOKEN']}")
    request.add_header("Accept", "application/vnd.github+json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main(sys.argv[1])
