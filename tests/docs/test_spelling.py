"""`make check` spells: a misspelt word is found in prose, in a CRD's description and in code, and a name is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

TYPOS = Path(sys.executable).with_name("typos")
WRONG = "recie" + "ve"  # in two parts, so that this file does not find itself


def findings(path: Path) -> str:
    command = [str(TYPOS), "--format=brief", f"--config={ROOT / 'pyproject.toml'}", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        pytest.param("page.md", f"You {WRONG} it.\n", "receive", id="prose"),
        pytest.param("page.md", f"| Field | What |\n|---|---|\n| `x` | {WRONG}s it |\n", "receives", id="a table"),
        pytest.param("crd.yaml", f"description: You {WRONG} it.\n", "receive", id="a description"),
        pytest.param("code.py", f'"""You {WRONG} it."""\n', "receive", id="a docstring"),
        pytest.param("page.md", "The beh" + "avior of it.\n", "behaviour", id="another country's spelling in prose"),
        pytest.param("page.md", f"`{WRONG}` is the name.\n", "", id="a name in prose"),
        pytest.param("page.md", f"Before.\n\n```sh\n{WRONG} it\n```\n", "", id="a block of code"),
        pytest.param("page.md", f"Before.\n\n```sh\nok\n```\n\nThen {WRONG} it.\n", "receive", id="after a block"),
        pytest.param("page.md", "Clauses are ANDed, and IIF decides.\n", "", id="words of the trade"),
    ],
)
def test_a_misspelt_word_is_found(tmp_path: Path, name: str, text: str, said: str) -> None:
    page = tmp_path / name
    page.write_text(text)
    found = findings(page)
    assert said in found
    assert bool(said) == bool(found)


def test_the_check_spells() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    assert "$(BIN)/typos" in recipe
