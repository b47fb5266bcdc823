"""What is never shown is found in each code, and nothing else is cut out."""

from __future__ import annotations

import base64

import pytest

from scim_operator.core.secrecy.veil import GAP, Veil, decoded, folds
from tests.support.encodings import ENCODINGS, bare

TOKEN = "Canary_Kestrel-Marlin.Quokka"
PERSON = "Canary Wombat Ibex"


def veiled(*people: str) -> Veil:
    veil = Veil()
    veil.cover_secret(TOKEN)
    veil.cover(people)
    return veil


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_secret_is_cut_out_in_each_encoding(name: str) -> None:
    shown = bare(veiled().cut(f"Odd: {ENCODINGS[name](TOKEN)} was sent."))
    assert not any(part in shown for part in ("kestrel", "marlin", "quokka")), shown


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_value_of_one_text_alone_is_cut_out_in_each_encoding(name: str) -> None:
    assert "wombat" not in bare(Veil().cut(f"Odd: {ENCODINGS[name](PERSON)}.", [PERSON]))


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"], ids=len)
@pytest.mark.parametrize("after", ["", "@", "@x", "@xy"], ids=len)
def test_a_secret_in_base64_is_found_wherever_it_begins(before: str, after: str) -> None:
    """Of a longer text, too: the letters that a neighbour shares with it say nothing."""
    code = base64.b64encode(f"{before}{TOKEN}{after}".encode()).decode()
    shown = veiled().cut(f"sent {code} there")
    assert GAP in shown
    assert not any(code[at : at + 9] in shown for at in range(len(code) - 8)), shown


WORDS = {
    "percent": ("%41%c3%A9", "Aé"),
    "entities": ("&#65;&amp;&#xe9;", "A&é"),
    "JSON": (r"\u0041\u00E9", "Aé"),
    "JavaScript": (r"\x41\u{e9}", "Aé"),
    "Python": (r"\U00000041", "A"),
    "Unicode": ("U+0041 U+1F642", "A 🙂"),
    "C": (r"\101\351", "Aé"),
    "CSS": (r"\41 b", "Ab"),
    "bytes": ("0x41 0x42", "A B"),
    "no byte": ("0x412", "0x412"),
    "quoted-printable": ("=41=42=43", "ABC"),
    "two are an equation": ("a=41=42", "a=41=42"),
    "no letter is past the last": (r"\u{110000}x", "x"),
    "twice": ("%2541", "A"),
    "markup": ("<b>A</b>B", "A B"),
    "lines": ("A\r\n  B", "A B"),
    "a percent": ("100% of 50%", "100% of 50%"),
}


@pytest.mark.parametrize(("text", "read"), WORDS.values(), ids=WORDS)
def test_a_text_is_read_as_it_was_meant(text: str, read: str) -> None:
    assert decoded(text) == read


def test_three_layers_are_taken_off_and_a_fourth_says_nothing() -> None:
    assert decoded("%25" + "25" + "41") == "A"
    assert decoded("%25" + "25" + "25" + "41") == GAP


def test_texts_are_compared_without_case_marks_and_forms() -> None:
    assert folds("STRASSE") == folds("Straße") == folds("Strasse")
    assert folds("É") == folds("e")
    assert folds("Ⅳ") == "iv"
    assert folds("ABC-1") == "abc-1"


SPARED = {
    "as short as a word": ("de", "made in Berlin", "made in Berlin"),
    "three letters are looked for": ("Ada", "Ada Lovelace", f"{GAP} Lovelace"),
    "but not taken apart": ("Ada", "a d a", "a d a"),
    "six are, whatever is between them": ("Lovela", "L-o-v-e-l-a!", f"{GAP}!"),
    "another value": ("Wombat", "Wallaby", "Wallaby"),
    "twice, and side by side": ("Wombat", "Wombat wombats", f"{GAP} {GAP}s"),
}


@pytest.mark.parametrize(("value", "text", "shown"), SPARED.values(), ids=SPARED)
def test_what_is_cut_out_and_what_is_spared(value: str, text: str, shown: str) -> None:
    assert veiled(value).cut(text) == shown


IDS = {
    "an id of its own": ("3f0c9a52-1d1f-4c59-a6a0-7d5b2f8f1a11", False),
    "the value": ("canary-wombat-ibex", True),
    "around it": ("id:canary-wombat-ibex:7", True),
    "in another case": ("CanaryWombatIbex", True),
    "another": ("canary-wallaby-oryx", False),
    "in hexadecimal": (PERSON.encode().hex(), True),
    "in base64": (base64.b64encode(PERSON.encode()).decode(), True),
    "in base32": (base64.b32encode(PERSON.encode()).decode(), True),
    "percent-encoded": ("Canary%20Wombat%20Ibex", True),
    "short, as it is": ("Ada", True),
    "short, inside another": ("Adam", False),
    "six letters inside another, as by chance": ("1-wombat-2", False),
    "six letters alone": ("wombat", True),
}


@pytest.mark.parametrize(("id", "hidden"), IDS.values(), ids=IDS)
def test_an_id_that_is_a_value_is_hidden_and_not_one_that_holds_it_by_chance(id: str, hidden: bool) -> None:
    veil = veiled(PERSON, "Ada", "Wombat")
    assert veil.hides(id) is hidden
    assert (veil.conceal_value(id) != id) is (hidden or "wombat" in id)


def test_a_text_of_our_own_is_not_decoded() -> None:
    veil = veiled(PERSON)
    assert veil.conceal("50%25 of Canary Wombat Ibex") == f"50%25 of {GAP}"
    assert veil.conceal("Ada <b>") == "Ada <b>"


@pytest.mark.parametrize("start", [0, 5, -8])
def test_a_part_of_a_secret_is_a_secret(start: int) -> None:
    letters = bare(TOKEN)
    part = letters[start:][:8]
    assert veiled().cut(f"of {part}.") == f"of {GAP}."
    assert veiled().cut(f"of {part[:7]}.") == f"of {part[:7]}."


def test_only_the_latest_secrets_are_looked_for_in_parts() -> None:
    veil = Veil()
    secrets = [f"{number:02}kestrelmarlinquokka" for number in range(25)]
    veil.cover_secret(secrets[0], *secrets[1:], secrets[1])
    assert veil.cut(f"of {secrets[0][:8]}") == f"of {secrets[0][:8]}"
    assert veil.cut(f"of {secrets[0]}") == f"of {GAP}"
    for secret in secrets[1:]:
        assert veil.cut(f"of {secret[:8]}") == f"of {GAP}"


def test_a_secret_is_one_without_the_blanks_around_it() -> None:
    veil = Veil()
    veil.cover_secret(f" {TOKEN}\n", " ")
    assert veil.cut(TOKEN) == GAP
    assert veil.cut(TOKEN.encode().hex()) == GAP
    assert Veil().cut(TOKEN) == TOKEN
    assert Veil().complete
    assert not Veil(complete=False).complete
