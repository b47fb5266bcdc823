"""The list of what is in the image and in the plugin (CycloneDX): every package of the lock, with its hashes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.release.errors import ReleaseError

ROOT = Path(__file__).resolve().parents[2]
BASE = re.compile(r"^ARG BASE_IMAGE=(?P<name>\S+?):(?P<tag>[^\s@]+)@(?P<digest>sha256:[0-9a-f]{64})$", re.MULTILINE)


def sbom(root: Path = ROOT) -> str:
    """Return the list as JSON; the base image is in it as one component, by digest, and not by its packages."""
    command = [str(Path(sys.executable).with_name("cyclonedx-py")), "requirements", "requirements/run.txt"]
    command += ["--pyproject=pyproject.toml", "--output-reproducible", "--of=JSON"]
    made = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if made.returncode:
        raise ReleaseError(f"cyclonedx-py: {made.stderr.strip()}")
    listed: dict[str, Any] = json.loads(made.stdout)
    listed["components"].append(base(root))
    refs = sorted(one["bom-ref"] for one in listed["components"])
    of_root = {"ref": listed["metadata"]["component"]["bom-ref"], "dependsOn": refs}
    listed["dependencies"] = [of_root, *({"ref": ref} for ref in refs)]
    return json.dumps(listed, indent=2, sort_keys=True) + "\n"


def base(root: Path = ROOT) -> dict[str, Any]:
    """Return the component for the image's base, as the Dockerfile names it."""
    named = BASE.search((root / "Dockerfile").read_text())
    if named is None:
        raise ReleaseError("Dockerfile: name the base in BASE_IMAGE by tag and digest (NAME:TAG@sha256:…)")
    return {
        "bom-ref": "base-image",
        "type": "container",
        "name": named["name"],
        "version": f"{named['tag']}@{named['digest']}",
        "hashes": [{"alg": "SHA-256", "content": named["digest"].removeprefix("sha256:")}],
    }
