"""Names of entries (RFC 4514): spellings of one entry come to one, and those of two never do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.errors import InvalidSpec
from scim_operator.sources.dn import domain_of, normal, own_values, parse

ONE = [
    "CN=Lovelace\\, Ada,OU=R\\26D + L=x,DC=Corp",
    "cn=lovelace\\2c ada, l=X+ou=R&D ,dc=corp",
    "CN = LOVELACE\\2C  Ada,ou=r\\&d+L=x,DC=CORP".replace("\\&", "&"),
]


def test_one_entry_has_one_spelling() -> None:
    assert len({normal(each) for each in ONE}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cn=a,dc=x", "cn=a\\,dc\\=x"),
        ("cn=a+cn=b", "cn=a\\+cn\\=b"),
        ("cn=a,cn=b", "cn=b,cn=a"),
        ("cn=ä", "cn=a"),
        ("cn=a\\\\2c", "cn=a\\2c"),
        ("", "cn="),
    ],
)
def test_two_entries_have_two(one: str, other: str) -> None:
    assert normal(one) != normal(other)


def test_escapes_are_bytes_of_utf_8() -> None:
    assert own_values("CN=Gr\\C3\\B6\\C3\\9Fe\\ ,DC=x") == {"cn": "Größe "}
    assert normal("cn=Gr\\C3\\B6\\C3\\9Fe") == normal("CN=Größe")


def test_the_domain_is_what_the_steps_of_the_domain_say() -> None:
    assert domain_of("CN=a\\,DC\\=no,OU=x,DC=Corp,DC=Example") == "corp.example"
    assert domain_of("uid=a,o=corp") == ""


@pytest.mark.parametrize("text", ["a", "=a", "cn=a,", "cn=a,,dc=x", "cn=\\", "cn=\\zz", "cn=\\ff", "1a=b", ","])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec, match="is no distinguished name; correct it") as raised:
        normal(text)
    assert len(str(raised.value)) < 200


VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def escaped(value: str) -> str:
    return "".join(f"\\{byte:02X}" for byte in value.encode())


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_every_value_comes_back_from_its_name(values: list[str]) -> None:
    name = ",".join(f"cn={escaped(each)}" for each in values)
    found = [value for rdn in parse(name) for _, value in rdn]
    assert [each.strip() for each in found] == [each.strip() for each in values]
    assert normal(normal(name)) == normal(name)
