"""Where the API server is and who we are there."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scim_operator.kube.credentials import Authorization, Credentials, NoCluster, find_credentials, from_kubeconfig

if TYPE_CHECKING:
    from pathlib import Path


def kubeconfig(path: Path, **user: Any) -> Path:
    document = {
        "current-context": "one",
        "contexts": [
            {"name": "one", "context": {"cluster": "c", "user": "u", "namespace": "identity"}},
            {"name": "two", "context": {"cluster": "c", "user": "missing"}},
        ],
        "clusters": [{"name": "c", "cluster": {"server": "https://api.example/", "insecure-skip-tls-verify": True}}],
        "users": [{"name": "u", "user": user}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def test_a_kubeconfig_is_read(tmp_path: Path) -> None:
    found = from_kubeconfig([tmp_path / "absent", kubeconfig(tmp_path / "config", token="s3cret")])
    assert (found.server, found.namespace, found.insecure) == ("https://api.example", "identity", True)
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize(
    ("context", "message"),
    [("three", "no entry 'three' under contexts"), ("two", "no entry 'missing' under users")],
)
def test_what_a_kubeconfig_lacks_is_named(context: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(NoCluster, match=message):
        from_kubeconfig([kubeconfig(tmp_path / "config")], context)


ODD = [
    (b"\xff", "no text in UTF-8"),
    (b"a: [", "is not YAML"),
    (b"a: 2026-02-30", "is not YAML"),
    (b"[" * 5_000, "is not YAML"),
    (b"current-context: one", "no entry 'one' under contexts"),
    (b"{current-context: one, contexts: [true]}", "something else than kubectl writes"),
    (b"{current-context: [a, b], contexts: []}", "current-context is no text"),
]


@pytest.mark.parametrize(("body", "message"), ODD)
def test_what_is_no_kubeconfig_is_said(body: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_bytes(body)
    with pytest.raises(NoCluster, match=message):
        from_kubeconfig([tmp_path / "config"])


@pytest.mark.parametrize("user", [{"token": ["s3cret"]}, {"exec": {"args": []}}, {"client-key-data": "s3cret"}])
def test_an_entry_of_another_type_is_not_quoted(user: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(NoCluster, match="something else than kubectl writes") as caught:
        from_kubeconfig([kubeconfig(tmp_path / "config", **user)])
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("current", "chosen", "message"),
    [
        ({"s3cret": 1}, {"cluster": "c", "user": "u"}, "current-context is no text"),
        ("here", {"cluster": "c", "user": {"s3cret": 1}}, "something else than kubectl writes"),
        ("here", {"cluster": ["s3cret"], "user": "u"}, "something else than kubectl writes"),
    ],
)
def test_a_name_of_another_type_is_not_quoted(current: Any, chosen: Any, message: str, tmp_path: Path) -> None:
    """Found by fuzzing."""
    file = tmp_path / "config"
    clusters, users = [{"name": "c", "cluster": {"server": "https://api.example"}}], [{"name": "u", "user": {}}]
    contexts = [{"name": "here", "context": chosen}]
    file.write_text(
        json.dumps({"current-context": current, "contexts": contexts, "clusters": clusters, "users": users})
    )
    with pytest.raises(NoCluster, match=message) as caught:
        from_kubeconfig([file])
    assert "s3cret" not in str(caught.value)


def test_certificates_that_are_none_are_said() -> None:
    with pytest.raises(NoCluster, match="no PEM"):
        Credentials("https://api.example", ca="nonsense").ssl_context()


def test_no_kubeconfig_says_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    with pytest.raises(NoCluster, match="Set KUBECONFIG, or pass --kubeconfig"):
        find_credentials()


async def test_a_token_file_is_read_again_once_it_was_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    authorization = Authorization(Credentials("https://api.example", token_file=file))
    assert await authorization.header() == {"Authorization": "Bearer first"}
    file.write_text("second\n")
    assert await authorization.token() == "first", "it is not read for every request"
    authorization.forget()
    assert await authorization.token() == "second"


async def test_a_credential_plugin_is_asked(tmp_path: Path) -> None:
    plugin = tmp_path / "plugin.py"
    plugin.write_text(
        "import json, os\n"
        "assert json.loads(os.environ['KUBERNETES_EXEC_INFO'])['kind'] == 'ExecCredential'\n"
        "print(json.dumps({'status': {'token': os.environ['WHO']}}))\n"
    )
    section = {"command": sys.executable, "args": [str(plugin)], "env": [{"name": "WHO", "value": "ada"}]}
    found = from_kubeconfig([kubeconfig(tmp_path / "config", exec=section)])
    assert await Authorization(found).token() == "ada"


async def test_a_credential_plugin_that_fails_is_named(tmp_path: Path) -> None:
    found = from_kubeconfig([kubeconfig(tmp_path / "config", exec={"command": "/nowhere/plugin"})])
    with pytest.raises(NoCluster, match="/nowhere/plugin of the kubeconfig gave no token"):
        await Authorization(found).token()
