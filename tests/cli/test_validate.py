"""`scim-operator validate`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.local.forms import how_to_write
from tests.support.fields import all_fields

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


OTHER = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"


@pytest.mark.parametrize("files", [{}, {"readme.txt": "x"}, {"other.yaml": OTHER}, {"empty.yaml": "---\n"}], ids=str)
@pytest.mark.parametrize("form", ["text", "github"])
def test_nothing_to_check_is_an_error_unless_it_is_allowed(tmp_path: Path, files: dict[str, str], form: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    result = CliRunner().invoke(main, ["validate", f"--format={form}", str(tmp_path)])
    assert result.exit_code == 1
    assert "there is no manifest of scim-operator.io" in result.output
    assert "--allow-empty" in result.output
    allowed = CliRunner().invoke(main, ["validate", "--allow-empty", str(tmp_path)])
    assert (allowed.exit_code, allowed.stderr) == (0, "")


def test_what_cannot_be_found_is_an_error_whatever_is_allowed(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["validate", "--allow-empty", str(tmp_path / "none")]).exit_code == 1


@pytest.mark.parametrize("name", ["ada.YAML", "ada.YML", "ada.Yaml", "ada.JSON", "ada.Json"])
def test_a_file_s_ending_is_read_in_any_case(tmp_path: Path, name: str) -> None:
    body = yaml.safe_load(BAD)
    text = json.dumps(body) if name.lower().endswith("json") else BAD
    (tmp_path / name).write_text(text)
    result = CliRunner().invoke(main, ["validate", str(tmp_path)])
    assert result.exit_code == 1
    assert f"{name}:" in result.stderr
    assert "spec.userName: must be a text" in result.stderr


@pytest.mark.parametrize(
    "given", ["2027-03-01", "2027-03-01T09:00", "2027-03-01T09:00:00", "01.03.2027", "2027-02-30T09:00:00Z"]
)
@pytest.mark.parametrize("field", ["notBefore", "notAfter"])
def test_a_date_of_another_form_is_answered_with_an_example(tmp_path: Path, given: str, field: str) -> None:
    (tmp_path / "ada.yaml").write_text(BAD.replace("userName: 7", f"userName: ada, {field}: '{given}'"))
    result = CliRunner().invoke(main, ["validate", str(tmp_path)])
    assert result.exit_code == 1
    assert f"spec.{field}: must be a date that exists" in result.stderr
    assert "2026-12-01T09:00:00+01:00" in result.stderr
    assert given not in result.stderr, "whose date it is stays out of logs"


def test_a_form_is_never_answered_with_a_regular_expression_alone() -> None:
    """Each pattern of a spec has its sentence."""
    patterned = [field for field in all_fields() if "pattern" in field.schema]
    assert patterned
    assert [str(field) for field in patterned if "must match" in how_to_write(field.schema)] == []


def test_it_starts_without_kopf_or_an_http_library() -> None:
    code = "import sys, scim_operator.cli.validate; print({'kopf', 'aiohttp'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
