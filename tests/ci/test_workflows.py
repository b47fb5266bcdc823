"""The workflows: content for those who know them (actionlint, shellcheck, zizmor, GitHub's schemas), and our rules."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tools import lint_ci
from tools.cluster.__main__ import COMMANDS
from tools.release.__main__ import parser

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
TEMPLATES = ROOT / "deploy" / "import"
WORKFLOWS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text()) for path in sorted(GITHUB.glob("workflows/*.yml"))
}
FILES = [*GITHUB.rglob("*.yml"), TEMPLATES / "github.yml"]
JOBS = [pytest.param(job, id=f"{name} {key}") for name, flow in WORKFLOWS.items() for key, job in flow["jobs"].items()]
SIGNED_AS = {("release", "publish"), ("release", "docs"), ("release", "pypi")}
"""The jobs that may sign or publish; no other has a right to write, or to an identity."""


def scripts() -> Iterator[str]:
    for flow in WORKFLOWS.values():
        for job in flow["jobs"].values():
            yield from (step["run"] for step in job["steps"] if "run" in step)


def copy(folder: Path) -> Path:
    """The files of .github and the templates in a folder that is a repository, as actionlint wants it."""
    shutil.copytree(GITHUB, folder / ".github")
    shutil.copytree(TEMPLATES, folder / "deploy" / "import")
    (folder / ".git").mkdir()
    return folder


def test_nothing_is_found(actionlint: Path) -> None:
    assert lint_ci.findings() == []


MISTAKES = [
    ("actionlint", "workflows/ci.yml", "runs-on: ubuntu", "runs-in: ubuntu", "unexpected key"),
    ("actionlint", "workflows/ci.yml", "bash .ci/run", "bash .ci/$(cat x)", "SC2046"),
    (
        "zizmor",
        "workflows/release.yml",
        '"$GITHUB_REF_NAME" --rep',
        '"${{ github.ref_name }}" --rep',
        "template-injection",
    ),
    ("zizmor", "workflows/ci.yml", "persist-credentials: false", "clean: true", "artipacked"),
    ("zizmor", "workflows/ci.yml", "permissions: {}", "permissions: write-all", "excessive-permissions"),
    (
        "zizmor",
        "actions/plan/action.yml",
        '"$DIRECTORY" --name',
        '"${{ inputs.directory }}" --name',
        "template-injection",
    ),
    ("github-issue-forms", "ISSUE_TEMPLATE/bug.yml", "type: textarea", "type: text", "bug.yml"),
    ("dependabot", "dependabot.yml", "interval: weekly", "interval: hourly", "hourly"),
    ("actionlint", "../deploy/import/github.yml", "runs-on: ubuntu", "runs-in: ubuntu", "unexpected key"),
    ("zizmor", "../deploy/import/github.yml", "permissions: {}", "permissions: write-all", "excessive-permissions"),
    ("gitlab-ci", "../deploy/import/gitlab.yml", "script:", "scripts:", "gitlab.yml"),
    ("shellcheck", "../deploy/import/refresh.sh", '"$directory"', "$directory", "SC2086"),
]


@pytest.mark.parametrize(("program", "file", "old", "new", "said"), MISTAKES)
def test_what_is_wrong_would_be_found(tmp_path: Path, program: str, file: str, old: str, new: str, said: str) -> None:
    path = copy(tmp_path) / ".github" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert said in "".join(lint_ci.findings(tmp_path, only=program))


def test_actions_of_others_are_pinned_by_commit_with_their_version() -> None:
    used = re.findall(r"uses: (.+)", "\n".join(path.read_text() for path in FILES))
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_one_action_has_one_commit() -> None:
    text = "\n".join(path.read_text() for path in FILES)
    used = set(re.findall(r"uses: (\S+)", text))
    assert len({one.partition("@")[0] for one in used}) == len(used)


def test_images_are_pinned_by_digest() -> None:
    named = re.findall(r"kindest/node:\S+", (GITHUB / "workflows/ci.yml").read_text())
    assert len(named) >= 3
    assert all(re.search(r"@sha256:[0-9a-f]{64}$", one) for one in named)
    base = re.findall(r"^ARG BASE_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert [bool(re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", one)) for one in base] == [True]


def test_only_what_publishes_may_write() -> None:
    for name, flow in WORKFLOWS.items():
        assert flow["permissions"] == {}, "no right but what a job asks for"
        for key, job in flow["jobs"].items():
            writes = {right for right, level in job["permissions"].items() if level == "write"}
            assert not writes or (name, key) in SIGNED_AS
            assert not writes or job["environment"], "an environment is where an owner approves"


def test_the_template_may_write_a_branch_and_a_pull_request_and_nothing_else() -> None:
    flow = yaml.safe_load((TEMPLATES / "github.yml").read_text())
    assert flow["permissions"] == {}
    [job] = flow["jobs"].values()
    assert job["permissions"] == {"contents": "write", "pull-requests": "write"}


@pytest.mark.parametrize("job", JOBS)
def test_a_job_checks_out_without_keeping_the_token_and_ends(job: dict[str, Any]) -> None:
    checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    assert [one["with"]["persist-credentials"] for one in checkouts] == [False]
    assert job["timeout-minutes"] <= 120
    assert all(step["name"] for step in job["steps"])


def test_what_publishes_builds_nothing() -> None:
    jobs = [WORKFLOWS["release"]["jobs"][name] for name in ("publish", "docs")]
    runs = "\n".join(step.get("run", "") for job in jobs for step in job["steps"])
    built = {"docs", "image", "plugin", "wheel"}
    assert built.isdisjoint(re.findall(r"tools\.release ([\w-]+)", runs))


def test_the_docs_of_a_release_alone_are_pushed_and_after_it() -> None:
    job = WORKFLOWS["release"]["jobs"]["docs"]
    assert job["needs"] == "publish"
    assert job["if"] == "${{ !contains(github.ref_name, '-') }}"


def test_no_script_has_a_template() -> None:
    assert [script for script in scripts() if "${{" in script] == []


def test_the_steps_that_are_called_exist_with_these_arguments() -> None:
    calls = [call for script in scripts() for call in re.findall(r"-m tools\.release ([^)>\n]+)", script)]
    assert {shlex.split(call)[0] for call in calls} >= {
        "check",
        "docs",
        "image",
        "push-image",
        "push-chart",
        "push-docs",
        "manifests",
    }
    for call in calls:
        parser().parse_args(shlex.split(call))
    tools = {name for script in scripts() for name in re.findall(r"-m tools\.cluster ([\w-]+)", script)}
    assert tools == {"kind"}
    assert tools <= set(COMMANDS)


def test_the_versions_of_python_are_those_that_are_supported() -> None:
    (tested,) = (job["strategy"]["matrix"]["python"] for job in [WORKFLOWS["ci"]["jobs"]["test"]])
    promised = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert promised is not None
    assert tested[0] == promised[1]
    assert "run: bash .ci/run" in (GITHUB / "workflows/ci.yml").read_text(), "CI runs what README.md says"


def test_the_oldest_kubernetes_of_the_chart_is_tried() -> None:
    (wanted,) = re.findall(
        r'^kubeVersion: ">=([\d.]+)\.0-0"$', (ROOT / "charts/scim-operator/Chart.yaml").read_text(), re.MULTILINE
    )
    tried = [one["kubernetes"] for one in WORKFLOWS["ci"]["jobs"]["e2e"]["strategy"]["matrix"]["include"]]
    assert tried[0] == wanted
    assert all(
        f":v{one['kubernetes']}." in one["node"]
        for one in WORKFLOWS["ci"]["jobs"]["e2e"]["strategy"]["matrix"]["include"]
    )
