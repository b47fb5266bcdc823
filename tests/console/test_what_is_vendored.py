"""What was taken from others is what they published: by digest, with its licence."""

from __future__ import annotations

import hashlib
from pathlib import Path

STATIC = Path(__file__).parents[2] / "operator" / "scim_operator" / "console" / "static"


def test_htmx_is_as_npm_has_it() -> None:
    digest, name = (STATIC / "vendored.sha256").read_text().split()
    assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest
    assert "Zero-Clause BSD" in (STATIC / "htmx.LICENSE").read_text()


def test_the_browsers_lock_has_hashes_and_names_no_registry() -> None:
    lock = (Path(__file__).parents[2] / "tools" / "browser" / "package-lock.json").read_text()
    assert lock.count('"integrity"') > 10
    assert "resolved" not in lock
