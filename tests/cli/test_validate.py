"""`scim-operator validate`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from scim_operator.cli import main

ROOT = Path(__file__).parents[2]
BAD = "apiVersion: scim-operator.io/v1alpha1\nkind: ScimUser\nmetadata: {name: ada}\nspec: {userName: 7}\n"


def test_the_examples_are_valid() -> None:
    for folder in sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir()):
        result = CliRunner().invoke(main, ["validate", str(folder)])
        assert (result.exit_code, result.stderr) == (0, "")


def test_errors_go_to_stderr_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "ada.yaml").write_text(BAD)
    result = CliRunner().invoke(main, ["validate", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr == (
        f"{tmp_path}/ada.yaml:4: ScimUser ada: spec.userName: must be a text, not a number; put quotes around it\n"
    )
    assert result.stdout == "1 manifest in 1 file: 1 error, 0 warnings.\n"


def test_annotations_of_a_pull_request(tmp_path: Path) -> None:
    (tmp_path / "ada.yaml").write_text(BAD)
    result = CliRunner().invoke(main, ["validate", "--format", "github", str(tmp_path)])
    assert result.stdout.startswith(f"::error file={tmp_path}/ada.yaml,line=4::ScimUser ada: spec.userName: must be")


def test_it_starts_without_kopf_or_an_http_library() -> None:
    code = "import sys, scim_operator.cli.validate; print({'kopf', 'aiohttp'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
