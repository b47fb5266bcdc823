"""A directory under review that is, holds or configures a Git repository: nothing runs, and nothing is fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from scim_operator.errors import InvalidSpec
from scim_operator.local.git import opened, top_level
from scim_operator.local.revisions import files_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.desk import Desk

IDENTITY = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "t"}
IDENTITY |= {"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "t@example.com"}


def git(place: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(place), *words], env={**os.environ, **IDENTITY}, capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


def repository(place: Path, **files: str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    git(place, "init", "-q", "-b", "main")
    for name, text in {"access/ada.yaml": "kind: Ada\n", **files}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    git(place, "add", ".")
    git(place, "commit", "-qm", "All")
    return place


@pytest.fixture
def sentinel(tmp_path: Path) -> Path:
    """A command that leaves a trace, with its environment in it: `<path>.ran` exists once it has run."""
    script = tmp_path / "sentinel"
    script.write_text(f"#!/bin/sh\nenv >{tmp_path}/sentinel.ran\nexit 1\n")
    script.chmod(0o755)
    return script


@contextmanager
def nothing_runs(sentinel: Path) -> Iterator[None]:
    yield
    trace = sentinel.with_suffix(".ran")
    assert not trace.exists(), f"the author's command ran: {trace.read_text()[:2000]}"


def lacking(place: Path, sentinel: Path) -> None:
    """Make a Git directory promise objects that it lacks, from a remote whose upload-pack is a command."""
    blob = git(place, "rev-parse", "HEAD:access/ada.yaml")
    (place / "objects" / blob[:2] / blob[2:]).unlink()
    (place / "config").write_text(
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tpartialClone = origin\n"
        f'[remote "origin"]\n\turl = {place}\n\tpromisor = true\n\tuploadpack = {sentinel}\n'
    )


@pytest.mark.parametrize("command", [("plan",), ("apply", "--auto-approve")])
async def test_a_directory_that_is_a_bare_repository_runs_nothing(
    at: Desk, tmp_path: Path, sentinel: Path, command: tuple[str, ...]
) -> None:
    """The remote code execution that was found: HEAD, config, objects and refs are plain files of the change."""
    made = repository(tmp_path / "theirs")
    shutil.copytree(made / ".git", at.folder, dirs_exist_ok=True)
    lacking(at.folder, sentinel)
    with nothing_runs(sentinel):
        result = await at.run(*command, "--against", "HEAD")
    assert result.exit_code == 1
    assert "it is in no repository" in result.stderr


def test_a_bare_repository_inside_a_real_one_is_a_directory_of_it(tmp_path: Path, sentinel: Path) -> None:
    above = repository(tmp_path / "above")
    shutil.copytree(repository(tmp_path / "theirs") / ".git", above / "access", dirs_exist_ok=True)
    lacking(above / "access", sentinel)
    with nothing_runs(sentinel):
        assert files_at(above / "access", "HEAD") == [("ada.yaml", b"kind: Ada\n")]


PROMISED = '[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n'
RUNS = {
    "promised objects": PROMISED + "\turl = {place}\n\tuploadpack = {command}",
    "an ext remote": PROMISED + '\turl = "ext::{command} x"\n[protocol "ext"]\n\tallow = always',
    "a remote helper": PROMISED + "\tvcs = sentinel",
    "ssh": PROMISED + "\turl = ssh://x/y\n[core]\n\tsshCommand = {command}",
    "a proxy of Git's protocol": PROMISED + "\turl = git://x/y\n[core]\n\tgitProxy = {command}",
    "credentials": PROMISED + "\turl = http://127.0.0.1:9/y\n[credential]\n\thelper = {command}",
    "a password prompt": "[core]\n\taskPass = {command}",
    "the file system monitor": "[core]\n\tfsmonitor = {command}",
    "hooks": "[core]\n\thooksPath = {folder}",
    "a pager": "[core]\n\tpager = {command}\n[pager]\n\tls-tree = {command}\n\tcat-file = {command}",
    "an editor": "[core]\n\teditor = {command}\n[sequence]\n\teditor = {command}",
    "an alias": "[alias]\n\tls-tree = !{command}\n\tcat-file = !{command}\n\trev-parse = !{command}",
    "a filter": '[filter "x"]\n\tclean = {command}\n\tsmudge = {command}\n\tprocess = {command}\n\trequired = true',
    "a diff": '[diff]\n\texternal = {command}\n[diff "x"]\n\tcommand = {command}\n\ttextconv = {command}',
    "a merge": '[merge "x"]\n\tdriver = {command}',
    "signatures": "[gpg]\n\tprogram = {command}\n[log]\n\tshowSignature = true",
    "alternate refs": "[core]\n\talternateRefsCommand = {command}",
    "a broken include": "[include]\n\tpath = {folder}/included",
    "a conditional include": '[includeIf "gitdir:/"]\n\tpath = {folder}/included',
    "a trailer": '[trailer "x"]\n\tcommand = {command}\n\tcmd = {command}',
    "traces": "[trace2]\n\tnormalTarget = {folder}/sentinel.ran\n\teventTarget = {folder}/sentinel.ran",
    "another working tree": "[core]\n\tworktree = {folder}",
    "background work": "[gc]\n\tauto = 1\n[maintenance]\n\tauto = true",
    "no configuration at all": "\x00\x01[[[",
}


@pytest.mark.parametrize("name", RUNS)
def test_no_word_of_the_repository_s_configuration_runs_anything(tmp_path: Path, sentinel: Path, name: str) -> None:
    text = {".gitattributes": "* filter=x diff=x merge=x\n"}
    made = repository(tmp_path / "checkout", **text)
    (tmp_path / "included").write_text(f"[core]\n\tfsmonitor = {sentinel}\n\tpager = {sentinel}\n")
    for hook in ("post-index-change", "pre-auto-gc", "reference-transaction", "post-checkout"):
        shutil.copy(sentinel, tmp_path / hook)
        shutil.copy(sentinel, made / ".git/hooks" / hook)
    shutil.copy(sentinel, tmp_path / "git-remote-sentinel")
    words = {"command": sentinel, "folder": tmp_path, "place": made / ".git"}
    (made / ".git/config").write_text(RUNS[name].format(**words) + "\n")
    with nothing_runs(sentinel):
        assert files_at(made / "access", "main") == [("ada.yaml", b"kind: Ada\n")]


@pytest.mark.parametrize("name", ["promised objects", "an ext remote", "a remote helper", "ssh", "credentials"])
def test_objects_that_are_missing_are_not_fetched(tmp_path: Path, sentinel: Path, name: str) -> None:
    made = repository(tmp_path / "checkout")
    lacking(made / ".git", sentinel)
    words = {"command": sentinel, "folder": tmp_path, "place": made / ".git"}
    (made / ".git/config").write_text(RUNS[name].format(**words) + "\n")
    with nothing_runs(sentinel), pytest.raises(InvalidSpec, match="is missing in this clone"):
        files_at(made, "main")


VARIABLES = ("GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_ASKPASS", "GIT_EDITOR", "PAGER", "EDITOR")


def test_the_environment_of_git_has_neither_tokens_nor_commands(
    tmp_path: Path, sentinel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, str(sentinel))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor={sentinel}'")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("SCIM_TOKEN", "canary")
    monkeypatch.setenv("KUBECONFIG", "canary")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text(f"[alias]\n\tprintenv = !{sentinel}\n")
    made = repository_without_variables(tmp_path, monkeypatch)
    with opened(made, made) as opened_here, nothing_runs(sentinel):
        assert opened_here.ask(["printenv"])[0] != 0
        said = opened_here.ask(["-c", "alias.shown=!env", "shown"])[1].decode()
    assert "canary" not in said
    assert str(sentinel) not in said.replace(f"PATH={os.environ['PATH']}", "")
    assert files_at(made, "main") == [("access/ada.yaml", b"kind: Ada\n")]


def repository_without_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with monkeypatch.context() as patched:
        for name in ("GIT_DIR", "GIT_CONFIG_PARAMETERS"):
            patched.delenv(name)
        return repository(tmp_path / "checkout")


@pytest.mark.parametrize(
    "revision",
    [
        "--output=x",
        "-h",
        "",
        " main",
        "main\nmain",
        "main:access",
        "main..main",
        "^main",
        "main --",
        "a" * 300,
        "\x1b[2J",
    ],
)
def test_a_revision_is_a_name_and_nothing_else(tmp_path: Path, revision: str) -> None:
    made = repository(tmp_path / "checkout")
    with pytest.raises(InvalidSpec) as refused:
        files_at(made, revision)
    assert str(refused.value).isprintable()
    assert not (made / "x").exists()


@pytest.mark.parametrize("revision", ["HEAD", "main", "main~0", "refs/heads/main", "v1", "HEAD@{0}", "FETCH_HEAD"])
def test_revisions_have_all_the_names_of_git(tmp_path: Path, revision: str) -> None:
    made = repository(tmp_path / "checkout")
    git(made, "tag", "-am", "One", "v1")
    git(made, "fetch", "-q", str(made), "main")
    git(made, "pack-refs", "--all")
    assert files_at(made, git(made, "rev-parse", "HEAD")) == files_at(made, revision) != []


def test_replaced_objects_are_read_as_they_were_committed(tmp_path: Path) -> None:
    """`refs/replace` would show another earlier state than the one that was reviewed."""
    made = repository(tmp_path / "checkout")
    (made / "other").write_text("kind: Eve\n")
    git(made, "replace", git(made, "rev-parse", "HEAD:access/ada.yaml"), git(made, "hash-object", "-w", "other"))
    assert files_at(made / "access", "main") == [("ada.yaml", b"kind: Ada\n")]


def test_worktrees_and_submodules_are_followed_where_their_repository_knows_of_them(tmp_path: Path) -> None:
    made = repository(tmp_path / "checkout")
    git(made, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    assert files_at(tmp_path / "tree/access", "HEAD") == [("ada.yaml", b"kind: Ada\n")]
    above = repository(tmp_path / "above")
    git(above, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(made), "sub")
    assert files_at(above / "sub/access", "HEAD") == [("ada.yaml", b"kind: Ada\n")]


@pytest.mark.parametrize("inside", [True, False])
def test_a_git_file_that_leads_elsewhere_is_refused(tmp_path: Path, sentinel: Path, inside: bool) -> None:
    """Planted in the directory under review, it would have another repository's configuration count."""
    above = repository(tmp_path / "above")
    theirs = repository(tmp_path / "theirs")
    target = above / "access/git" if inside else tmp_path / "elsewhere"
    shutil.copytree(theirs / ".git", target)
    lacking(target, sentinel)
    (above / "access/.git").write_text(f"gitdir: {target}\n")
    with nothing_runs(sentinel), pytest.raises(InvalidSpec, match="does not know of it"):
        files_at(above / "access", "HEAD")


def test_a_link_to_a_repository_is_refused(tmp_path: Path) -> None:
    theirs = repository(tmp_path / "theirs")
    (tmp_path / "under").mkdir()
    (tmp_path / "under/.git").symlink_to(theirs / ".git")
    assert top_level(tmp_path / "under") == tmp_path / "under"
    with pytest.raises(InvalidSpec, match="is a link"):
        files_at(tmp_path / "under", "HEAD")


def test_pipes_among_git_s_files_hold_nothing_up(tmp_path: Path) -> None:
    made = repository(tmp_path / "checkout")
    for name in ("config", "FETCH_HEAD", "ORIG_HEAD"):
        (made / ".git" / name).unlink(missing_ok=True)
        os.mkfifo(made / ".git" / name)
    assert files_at(made / "access", "main") == [("ada.yaml", b"kind: Ada\n")]


def test_a_tree_that_unfolds_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    """Ten trees that each hold the one below ten times: ten thousand million files from a kilobyte."""
    made = repository(tmp_path / "checkout")
    below = git(made, "rev-parse", "HEAD:access")
    for _ in range(10):
        entries = "".join(f"040000 tree {below}\t{'d' * 200}{n}\n" for n in range(10))
        tree = subprocess.run(
            ["git", "-C", str(made), "mktree"], input=entries, capture_output=True, text=True, check=True
        )
        below = tree.stdout.strip()
    bomb = git(made, "commit-tree", "-m", "Bomb", below)
    with opened(made, made) as here, pytest.raises(InvalidSpec, match="more to say"):
        here.ask(["ls-tree", "-r", "-z", bomb], most=1 << 20)
