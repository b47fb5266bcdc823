"""What manifests say of one another, and where a finding points."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from scim_operator.local.checks import check
from scim_operator.local.findings import Finding, Severity
from scim_operator.local.manifests import as_served, collect, collect_texts
from scim_operator.local.reading import lines_of
from tools.measure.effort import A_SECOND, effort

HEAD = "apiVersion: scim-operator.io/v1alpha1\n"


def user(name: str, more: str = "") -> str:
    return f"{HEAD}kind: ScimUser\nmetadata: {{name: {name}}}\nspec:\n  userName: {name}@corp.example\n{more}"


def group(name: str, *members: str) -> str:
    listed = "".join(f"  - {member}\n" for member in members)
    return f"{HEAD}kind: ScimGroup\nmetadata: {{name: {name}}}\nspec:\n  displayName: {name}\n  members:\n{listed}"


CONFIG = f"""{HEAD}kind: ProvisioningConfig
metadata: {{name: vmware}}
spec:
  service:
    url: https://vc.example.com/scim/v2
    auth: {{bearer: {{secretRef: {{name: t}}}}}}
"""


def found(*files: str) -> list[str]:
    named = [(f"{number}.yaml", text.encode()) for number, text in enumerate(files)]
    return [finding.as_text() for finding in check(collect_texts(named))]


def test_all_that_is_wrong_is_reported_at_once_each_at_its_line() -> None:
    text = user("ada", "  active: maybe\n  nickname: A\n  emails:\n  - value: ada\n") + "---\n" + user("Bob")
    assert found(text) == [
        "0.yaml:6: ScimUser ada: spec.active: must be true or false, not a text",
        "0.yaml:7: ScimUser ada: spec.nickname: is no field; write nickName",
        "0.yaml:9: ScimUser ada: spec.emails[0].value: give an e-mail address alone, such as ada@corp.example",
        "0.yaml:13: ScimUser Bob: metadata.name: must be lower-case letters, digits, - and ., at most 253, "
        "as ada or team-a",
    ]


def test_two_of_a_name_and_two_of_an_identity() -> None:
    assert found(user("ada"), user("ada"), user("bob", "  externalId: default/ada\n")) == [
        "1.yaml:3: ScimUser ada: metadata.name: stands in 0.yaml:3 too; keep one of them",
        "2.yaml:6: ScimUser bob: spec.externalId: externalId has the form of a mark, <namespace>/<name> or "
        "<owner>/<namespace>/<name>, which belongs to another manifest: leave externalId out, or take the identity "
        "provider's id",
        "2.yaml:6: ScimUser bob: spec.externalId: is that of ScimUser ada in 0.yaml:3 too; "
        "nothing is sent for either until they differ",
    ]


def test_user_names_are_one_whatever_their_case() -> None:
    shouting = user("loud").replace("loud@corp.example", "ADA@CORP.EXAMPLE")
    (finding,) = found(user("ada"), shouting)
    assert "spec.userName: is that of ScimUser ada in 0.yaml:3 too" in finding


def test_two_configs_of_a_namespace_serve_no_one_service() -> None:
    second = CONFIG.replace("name: vmware", "name: second").replace("example.com/scim", "EXAMPLE.com:443//scim")
    (finding,) = found(CONFIG, second)
    assert finding == (
        "1.yaml:6: ProvisioningConfig second: spec.service.url: is that of ProvisioningConfig vmware in 0.yaml:3 too, "
        "and one config of a namespace serves a service: give this one another namespace, let one config do the work "
        "of both, or set spec.mode of this one to Plan"
    )
    assert not found(CONFIG, second + "  mode: Plan\n"), "it writes nothing"
    assert not found(CONFIG, second.replace("name: second", "name: second, namespace: other")), "they share nobody"
    assert not found(CONFIG, second.replace("vc.", "other.")), "another service"


def test_what_two_namespaces_claim_at_one_service_is_reported() -> None:
    config = CONFIG.replace("    url:", "    profile: generic\n    url:") + "  scope: All\n"
    other = config.replace("name: vmware", "name: vmware, namespace: other").replace("/scim", "/%73cim")
    twin = user("twin").replace("name: twin", "name: twin, namespace: other").replace("twin@", "ADA@")
    (finding,) = found(config, user("ada"), other, twin)
    assert finding == (
        "3.yaml:5: ScimUser twin: spec.userName: is that of ScimUser ada of namespace default in 1.yaml:3 too, and "
        "both go to one service: only who owns the resource goes on, and nothing is sent for either while no one does; "
        "let one of them describe it"
    )
    assert not found(config, user("ada"), other.replace("vc.", "other."), twin), "another service"
    assert not found(config, user("ada"), other + "  mode: Plan\n", twin), "it writes nothing"
    assert not found(config, user("ada"), other.replace("scope: All", "scope: Assigned"), twin), "out of its scope"


def test_names_that_lead_nowhere_are_warnings() -> None:
    config = CONFIG + "  assignments:\n  - groupRef: {name: gone}\n"
    assert found(group("team", "userRef: {name: ada}"), config) == [
        "0.yaml:7: warning: ScimGroup team: spec.members[0].userRef.name: there is no ScimUser ada in namespace "
        "default here; correct the name",
        "1.yaml:9: warning: ProvisioningConfig vmware: spec.assignments[0].groupRef.name: there is no ScimGroup gone "
        "in namespace default here; correct the name",
    ]


@pytest.mark.parametrize("sign", ["\\x7f", "\\x85", "\\u0080", "\\uFFFE"])
def test_what_no_server_side_apply_can_carry_is_a_warning(sign: str) -> None:
    (finding,) = found(user("ada") + f'  displayName: "a{sign}b"\n')
    assert finding.startswith("0.yaml:6: warning: ScimUser ada: spec.displayName: has control characters")


def test_groups_in_a_ring_are_a_warning_reported_once() -> None:
    ring = [group("a", "groupRef: {name: b}"), group("b", "groupRef: {name: c}"), group("c", "groupRef: {name: a}")]
    (finding,) = found(*ring)
    assert "the groups nest in a ring (a > b > c > a)" in finding


@pytest.mark.parametrize(
    ("rules", "line", "sentence"),
    [
        pytest.param(
            "  users:\n    filters:\n    - title: t\n      clauses:\n"
            "      - {attribute: title, operator: REGEX MATCH, value: '('}\n",
            12,
            "spec.users.filters[0].clauses[0]",
            id="a regular expression that only RE2 can refuse",
        ),
    ],
)
def test_what_only_compiling_finds(rules: str, line: int, sentence: str) -> None:
    (finding,) = found(CONFIG + rules)
    assert finding.startswith(f"0.yaml:{line}: ")
    assert sentence in finding


def test_a_members_expression_is_compiled_too() -> None:
    (finding,) = found(group("team", "expression: user.title =="))
    assert finding.startswith("0.yaml:7: ")
    assert "spec.members[0].expression: line 1, column 14: Syntax error" in finding


def test_a_group_of_twenty_thousand_is_checked_whole() -> None:
    """As many as the API server takes; CEL's library ends after 10,000 turns."""
    members = [f"userRef: {{name: u{number}}}" for number in range(20_000)]
    users = "---\n".join(user(f"u{number}") for number in range(20_000))
    assert not found(group("all", *members), users)
    members[15_000] = "groupRef: {name: all}"
    assert found(group("all", *members), users) == [
        "0.yaml:6: ScimGroup all: spec.members: a group must not be a member of itself; "
        "remove the groupRef that names it"
    ]


def test_four_thousand_findings_of_one_manifest_are_reported_in_seconds() -> None:
    members = [f"userRef: {{name: u{number}}}" for number in range(4_000)]
    with effort() as taken:
        findings = check(collect_texts([("0.yaml", group("all", *members).encode())]))
    assert [finding.line for finding in findings] == [7 + number for number in range(4_000)]
    assert taken.loops < 20 * A_SECOND


def test_what_is_not_ours_is_counted_and_lists_are_opened() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: List\nitems:\n"
    item = "- " + user("ada", "  active: 7\n").replace("\n", "\n  ").rstrip() + "\n"
    collection = collect_texts([("a.yaml", (text + item).encode()), ("kustomization.yaml", b"resources: [a.yaml]\n")])
    assert (collection.ignored, collection.kustomizations) == (1, ["kustomization.yaml"])
    assert [each.as_text() for each in check(collection)] == [
        "a.yaml:13: ScimUser ada: spec.active: must be true or false, not a number"
    ]


def test_another_version_and_another_kind_of_our_group_are_errors() -> None:
    newer = user("ada").replace("v1alpha1", "v2")
    other = user("ada").replace("ScimUser", "ScimUsr")
    assert [each.rpartition(": ")[2] for each in found(newer, other)] == [
        "is served as scim-operator.io/v1alpha1; write that",
        "scim-operator.io has no such kind; write one of ProvisioningConfig, ScimGroup, ScimUser",
    ]


def test_directories_are_read_to_the_bottom_and_in_order(tmp_path: Path) -> None:
    for name in ("b/two.yml", "a.yaml", ".git/hidden.yaml", "b/notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(user(file.stem))
    (tmp_path / "broken.yaml").symlink_to(tmp_path / "nowhere")
    collection = collect([tmp_path, tmp_path / "b", tmp_path / "missing"])
    assert [each.name for each in collection.manifests] == ["a", "two"]
    assert [each.message for each in collection.findings] == [
        "is no file; remove it",
        "there is no such file or directory; correct the path",
    ]


def test_a_hostile_name_fakes_no_line_and_no_command() -> None:
    finding = Finding("a\n::error::b,c.yaml", 1, "x\r\n::set-output::y\x1b[31m", Severity.WARNING)
    assert "\n" not in finding.as_text()
    assert "\x1b" not in finding.as_text()
    assert finding.as_annotation().count("\n") == 0
    assert "file=a%0A%3A%3Aerror%3A%3Ab%2Cc.yaml" in finding.as_annotation()


def test_ten_thousand_wrong_manifests_are_reported_in_seconds() -> None:
    text = "".join(f"---\n{user(f'user-{number}', '  active: 7')}\n" for number in range(10_000))
    with effort() as taken:
        findings = check(collect_texts([("all.yaml", text.encode())]))
    assert taken.loops < 5 * A_SECOND
    assert [finding.line for finding in findings] == [7 + 7 * number for number in range(10_000)]


def test_two_lists_that_claim_the_same_are_read_again_once_each() -> None:
    def listed(suffix: str) -> bytes:
        items = [yaml.safe_load(user(f"p{number}")) for number in range(30)]
        for item in items:
            item["metadata"]["name"] += suffix
        return json.dumps({"kind": "List", "items": items}, indent=1).encode()

    before = lines_of.cache_info().misses
    assert len(check(collect_texts([("one.json", listed("a")), ("two.json", listed("b"))]))) == 30
    assert lines_of.cache_info().misses - before == 2


@pytest.mark.parametrize(
    ("external_id", "owner", "refused"),
    [
        ("finance/victim", "", True),
        ("default/bob", "", True),
        ("default%2Fbob", "", True),
        ("DEFAULT/ada", "", True),
        ("corp-us/default/ada", "corp-eu", True),
        ("corp-eu/default/ada", "corp-eu", False),
        ("corp-eu/default/ada", "", True),
        ("default/ada", "corp-eu", False),
        ("default/ada", "", False),
        ("5b7e4a1c-0e0d-4d33-9a5f-2c53e5e5a001", "", False),
    ],
)
def test_a_mark_that_is_another_manifests_is_refused(external_id: str, owner: str, refused: bool) -> None:
    config = CONFIG + (f"  owner: {owner}\n" if owner else "") + "  users: {externalId: Generated}\n"
    reported = found(config, user("ada", f"  externalId: '{external_id}'\n"))
    assert [text.split(": ", 3)[2] for text in reported] == (["spec.externalId"] if refused else [])
    assert all("has the form of a mark" in text for text in reported)


def test_without_a_config_any_owner_may_be_the_manifests_own() -> None:
    assert found(user("ada", "  externalId: corp-eu/default/ada\n")) == []
    assert len(found(user("ada", "  externalId: corp-eu/default/bob\n"))) == 1


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_null_in_a_label_is_an_empty_text_as_for_the_api_server(field: str) -> None:
    body = {"apiVersion": HEAD.split()[1], "kind": "ScimUser", "metadata": {"name": "ada", field: {"a": None}}}
    found = collect_texts([("ada.json", json.dumps({**body, "spec": {"userName": "ada"}}).encode())])
    assert check(found) == []
    (manifest,) = found.manifests
    assert as_served(manifest)["metadata"][field] == {"a": ""}


@pytest.mark.parametrize("field", ["labels", "annotations", "namespace", "finalizers"])
def test_null_in_the_metadata_is_as_good_as_missing(field: str) -> None:
    body = {"apiVersion": HEAD.split()[1], "kind": "ScimUser", "metadata": {"name": "ada", field: None}}
    found = collect_texts([("ada.json", json.dumps({**body, "spec": {"userName": "ada"}}).encode())])
    assert check(found) == []
    assert as_served(found.manifests[0])["metadata"]["namespace"] == "default"


@pytest.mark.parametrize("text", ["y", "no", "2024", "2024-01-01", "[ada]"])
@pytest.mark.parametrize("field", ["name", "namespace"])
def test_a_name_that_yaml_takes_for_something_else(field: str, text: str) -> None:
    """The name was said to be missing, and the namespace to have other letters than it has."""
    manifest = user("ada").replace(
        "{name: ada}", f"{{name: ada, {field}: {text}}}".replace("name: ada, name:", "name:")
    )
    expected = [] if text == "2024-01-01" else ["must be a text, which y, no or 2024 is not; put quotes around it"]
    assert [each.rpartition(f"metadata.{field}: ")[2] for each in found(manifest)] == expected


def test_standard_input_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [finding] = collect([Path("-")]).findings
    assert finding.message == "standard input is not read; save it to a file"
