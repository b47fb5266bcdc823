"""`scim-operator import ldap`: a directory's server is read to the end or not at all, and nothing secret is said.

Each of these runs against a server from PyPI, and against a slapd where the machine has one.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from scim_operator.sources.ldap.connection import is_own_machine
from tests.support.directories import ADMIN, BASE, KINDS, PASSWORD, TLS, Directory, directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

CLASSES = "objectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: inetOrgPerson\n"
HOST, STARTTLS = "127.0.0.1", "--start-tls"


def person(uid: str, more: str = "") -> str:
    return f"dn: uid={uid},ou=people,{BASE}\n{CLASSES}uid: {uid}\ncn: {uid} Größe\nsn: x\n{more}\n"


def group(name: str, *members: str) -> str:
    listed = "".join(f"member: {each},{BASE}\n" for each in members)
    return f"dn: cn={name},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: {name}\n{listed}\n"


SEED = (
    person("ada", "mail: ada@corp.example\nmanager: UID=Bob, ou=people,dc=corp,dc=example\n")
    + person("bob", "employeeType: Guest\n")
    + person("cyd")
    + group("ops", "uid=ada,ou=people", "cn=dev,ou=groups")
    + group("dev", "uid=bob,ou=people", "uid=gone,ou=people")
)


class Command:
    """The command, with a folder and a password file."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "people"
        self.password = folder / "password"
        self.password.write_text(f"{PASSWORD}\n")
        self.signed_in = ("--bind-dn", ADMIN, "--password-file", str(self.password))

    def run(self, url: str, *options: str) -> Result:
        return CliRunner().invoke(main, ["import", "ldap", str(self.out), "--url", url, "--base", BASE, *options])

    def specs(self, url: str, *options: str) -> dict[str, dict[str, Any]]:
        result = self.run(url, *options)
        assert result.exit_code == 0, result.output
        found = collect([self.out])
        specs = {each.name: each.body["spec"] for each in found.manifests}
        assert [finding.as_text() for finding in check(found)] == []
        return specs

    def refused(self, url: str, *options: str) -> str:
        result = self.run(url, *options)
        assert result.exit_code == 1, result.output
        assert not self.out.exists()
        assert PASSWORD not in result.output
        assert "Traceback" not in result.output
        return result.stderr


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[Directory]:
    with directory(request.param, SEED) as running:
        yield running


def test_people_groups_and_managers_of_a_server(command: Command, server: Directory) -> None:
    specs = command.specs(server.url, *command.signed_in)
    assert specs["ada"]["manager"] == {"userRef": {"name": "bob"}}
    assert specs["ada"]["displayName"] == "ada Größe"
    assert specs["ops"] == {
        "displayName": "ops",
        "members": [{"groupRef": {"name": "dev"}}, {"userRef": {"name": "ada"}}],
    }
    assert specs["dev"]["membershipPolicy"] == "Additive"
    assert set(specs) == {"ada", "bob", "cyd", "ops", "dev"}


def test_filters_choose_and_expressions_see_the_attributes(command: Command, server: Directory) -> None:
    filters = ("--user-filter", "(&(objectClass=inetOrgPerson)(!(uid=c*)))", "--users-only")
    specs = command.specs(server.url, *filters, "--where", "!has(row.employeeType)", "--set", "title=row.dn")
    assert {name: spec["title"] for name, spec in specs.items()} == {"ada": f"uid=ada,ou=people,{BASE}"}


@pytest.mark.parametrize("kind", KINDS)
def test_more_than_one_page_is_read(command: Command, kind: str) -> None:
    people = "".join(person(f"u{number}") for number in range(1203))
    with directory(kind, people, "--pages=500", limit=2000) as server:
        assert len(command.specs(server.url, *command.signed_in, "--layout=one")) == 1203


@pytest.mark.parametrize("kind", KINDS)
def test_a_listing_that_a_limit_cuts_off_is_not_imported(command: Command, kind: str) -> None:
    with directory(kind, SEED, "--limit=2", limit=2) as server:
        said = command.refused(server.url)
    assert "lists not all of it: the size limit (result 4)" in said


def test_a_password_that_is_wrong_is_said_and_not_shown(command: Command, server: Directory) -> None:
    command.password.write_text("other-hush")
    said = command.refused(server.url, *command.signed_in)
    assert "the name or the password is wrong: correct --bind-dn or --password-file (result 49)" in said
    assert "hush" not in said


def test_what_a_server_says_is_not_repeated(command: Command) -> None:
    """A server may quote the password in its answer, and this one does."""
    with directory("ldaptor", SEED, "--sign-in") as server:
        assert "it may not be read: give another --bind-dn (result 50)" in command.refused(server.url)


def test_a_base_that_is_not_there_is_said(command: Command, server: Directory) -> None:
    assert "there is no entry of the name --base" in command.refused(server.url, "--base", f"ou=none,{BASE}")


def test_start_tls_checks_the_server_s_certificate(command: Command, server: Directory) -> None:
    url = server.url.replace(HOST, "localhost")
    said = command.refused(url, STARTTLS)
    assert "The certificate of localhost:" in said
    assert "give --ca-file with its CA" in said
    specs = command.specs(url, STARTTLS, "--ca-file", str(TLS / "ca.pem"), *command.signed_in)
    assert len(specs) == 5


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind == "slapd"] or ["ldaptor"])
def test_tls_from_the_beginning(command: Command, kind: str) -> None:
    with directory(kind, SEED) as server:
        ca = ("--ca-file", str(TLS / "ca.pem"))
        assert len(command.specs(server.tls, *ca)) == 5
        command.out = command.out.with_name("again")
        assert "does not speak TLS" in command.refused(server.url.replace("ldap:", "ldaps:"), *ca)


def test_nothing_that_came_before_tls_is_believed(command: Command) -> None:
    with directory("ldaptor", SEED, "--quirk=inject") as server:
        said = command.refused(server.url, STARTTLS, *command.signed_in)
    assert "sends more than was asked before TLS begins" in said


def test_ranges_of_active_directory_are_read_to_the_end(command: Command) -> None:
    members = [f"uid=u{number},ou=people" for number in range(25)]
    seed = "".join(person(f"u{number}") for number in range(25)) + group("all", *members) + group("two", *members[:2])
    with directory("ldaptor", seed, "--range=10") as server:
        specs = command.specs(server.url)
    assert [len(specs[name]["members"]) for name in ("all", "two")] == [25, 2]


def test_referrals_are_not_followed_and_told(command: Command) -> None:
    with directory("ldaptor", SEED, "--refer") as server:
        result = command.run(server.url)
    assert result.exit_code == 0
    assert (
        "Not followed: 2 referrals to other servers; import from those as well, if people are there." in result.stderr
    )


@pytest.mark.parametrize(
    ("quirk", "sentence"),
    [
        ("endless", "gives one page without entries after another"),
        ("drop", "has ended the connection in the middle"),
        ("garbage", "does not answer as an LDAP server does"),
        ("huge", "sends an entry of more than 64 MiB"),
    ],
)
def test_a_hostile_server_is_left_alone(command: Command, quirk: str, sentence: str) -> None:
    with directory("ldaptor", SEED, f"--quirk={quirk}") as server:
        assert sentence in command.refused(server.url)


@pytest.mark.parametrize(
    ("url", "options", "sentence"),
    [
        ("http://x", (), "--url is to be that of an LDAP server alone"),
        ("ldap://user:Hush-7c1d9e@x", (), "--url is to be that of an LDAP server alone"),
        ("ldap://x:y", (), "--url is to be that of an LDAP server alone"),
        ("ldap://127.0.0.1:1", (), "127.0.0.1:1 cannot be reached"),
        ("ldap://x.invalid", (), "x.invalid:389 cannot be reached"),
        ("ldap://127.0.0.1:1", ("--user-filter", "(uid=*"), "--user-filter is no LDAP filter"),
        ("ldap://127.0.0.1:1", ("--group-filter", "cn=x"), "--group-filter is no LDAP filter"),
        ("ldap://127.0.0.1:1", ("--bind-dn", ADMIN, "--password-file", "/dev/null"), "/dev/null is empty"),
    ],
)
def test_options_that_are_wrong_are_refused(
    command: Command, url: str, options: tuple[str, ...], sentence: str
) -> None:
    assert sentence in command.refused(url, *options)


@pytest.mark.parametrize("options", [("--bind-dn", ADMIN), ("--password-file", "/dev/null")])
def test_a_name_and_its_password_are_given_together(command: Command, options: tuple[str, ...]) -> None:
    result = command.run("ldap://127.0.0.1:1", *options)
    assert (result.exit_code, command.out.exists()) == (2, False)
    assert "Give --bind-dn and --password-file together" in result.stderr


@contextmanager
def listener(address: str) -> Iterator[tuple[str, list[bytes]]]:
    """Something that takes a connection and notes what is sent to it."""
    heard: list[bytes] = []
    with socket.create_server((address, 0)) as server:

        def hear() -> None:
            taken, _ = server.accept()
            with taken:
                while block := taken.recv(1024):
                    heard.append(block)

        thread = threading.Thread(target=hear, daemon=True)
        thread.start()
        yield f"ldap://{address}:{server.getsockname()[1]}", heard
        thread.join()


def own_address() -> str:
    """An address of this machine that is not loopback, as another machine's would be; loopback where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses a route
            return str(probe.getsockname()[0])
        except OSError:
            return HOST


def test_no_password_goes_over_a_network_without_tls(command: Command) -> None:
    with listener(own_address()) as (url, heard):
        said = command.refused(url, *command.signed_in)
    if own_address() != HOST:
        assert "without TLS others can read the password and change the answers" in said
        assert "--allow-insecure-services" in said
        assert not any(PASSWORD.encode() in each for each in heard)


def test_what_counts_as_this_machine_is_the_other_end_and_no_name() -> None:
    class Opened:
        def __init__(self, address: str) -> None:
            self.address = address

        def getpeername(self) -> tuple[str, int]:
            return self.address, 389

    own = {
        each: is_own_machine(Opened(each)) for each in ("127.0.0.1", "127.8.0.1", "::1", "192.0.2.7", "fe80::1%eth0")
    }  # type: ignore[arg-type]
    assert own == {"127.0.0.1": True, "127.8.0.1": True, "::1": True, "192.0.2.7": False, "fe80::1%eth0": False}
