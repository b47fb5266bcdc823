"""Links to commits: GitHub's and GitLab's, and nothing of a remote that is no host or path."""

from __future__ import annotations

import pytest

from scim_operator.review.access.forge import commit_address
from tests.support.hostile import HOSTILE

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("remote", "base"),
    [
        ("https://github.com/corp/access.git", "https://github.com/corp/access/commit/"),
        ("https://github.com/corp/access", "https://github.com/corp/access/commit/"),
        ("https://ada:secret@github.com/corp/access.git/", "https://github.com/corp/access/commit/"),
        ("git@github.com:corp/access.git", "https://github.com/corp/access/commit/"),
        ("ssh://git@github.com:22/corp/access.git", "https://github.com/corp/access/commit/"),
        ("git@gitlab.com:corp/it/access.git", "https://gitlab.com/corp/it/access/-/commit/"),
        ("https://gitlab.corp.example/it/access.git", "https://gitlab.corp.example/it/access/-/commit/"),
    ],
)
def test_a_commit_at_github_or_gitlab_has_a_page(remote: str, base: str) -> None:
    assert commit_address(remote, COMMIT) == f"{base}{COMMIT}"


@pytest.mark.parametrize(
    "remote",
    [
        "", "/srv/git/access.git", "../access", "https://example.com/corp/access.git", "javascript:alert(1)",
        "https://github.com.evil.example/corp/access", "https://evil.example/github.com/access", "https://github.com",
        "https://github.com/../../x", "https://github.com/corp/..", "https://github.com/corp/a b", "file:///etc/passwd",
        "https://github.com/corp/access?x=1", "https://github.com/corp/access#x", 'https://github.com/"><script>/x',
        "https://evil.example@@github.com/a/b", "https://notgithub.com/a/b", "https://github.com/a/" + "b" * 2000,
        "https://github.com/corp/access\n",
    ],
)  # fmt: skip
def test_anything_else_has_none(remote: str) -> None:
    assert commit_address(remote, COMMIT) == ""


@pytest.mark.parametrize("text", [*HOSTILE.values(), "", "HEAD", "main", "0123", "../" + COMMIT])
def test_what_is_no_commit_has_no_page_and_a_hostile_text_is_in_no_address(text: str) -> None:
    assert commit_address("https://github.com/corp/access", text) == ""
    for remote in (text, f"https://github.com/corp/{text}", f"https://{text}/corp/access", f"git@{text}:a/b"):
        address = commit_address(remote, COMMIT)
        assert address == "" or (address.isascii() and address.isprintable() and address.startswith("https://git"))
