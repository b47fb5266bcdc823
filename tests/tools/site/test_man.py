"""Man pages: one of each command, with each option, and nothing that roff takes for a request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

from scim_operator.cli import main
from tools.site import man
from tools.site.reference.commands import contexts, name_of

if TYPE_CHECKING:
    from pathlib import Path

PAGES = dict(man.pages(main))
REQUESTS = {"TH", "SH", "PP", "TP", "B", "BR", "I", "nf", "fi"}


def test_each_command_has_a_page_with_its_options() -> None:
    for context in contexts(main):
        page = PAGES[f"scim-operator-{name_of(context).replace(' ', '-')}.1"].replace("\\-", "-")
        for each in context.command.params:
            if isinstance(each, click.Option) and not each.hidden:
                assert all(f"\\fB{name}\\fR" in page for name in each.opts)


def test_the_program_s_page_lists_them() -> None:
    listed = set(re.findall(r"^\.BR (\S+) \(1\)$", PAGES["scim-operator.1"].replace("\\-", "-"), re.MULTILINE))
    assert {f"{name}.1" for name in listed} == {*PAGES} - {"scim-operator.1"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_well_formed(name: str) -> None:
    page = PAGES[name]
    assert {*re.findall(r"^\.(\w+)", page, re.MULTILINE)} <= REQUESTS
    assert page.startswith(".TH ")
    assert not re.search(r"^'", page, re.MULTILINE)
    assert re.search(r"^\.SH NAME\n\S+ \\- \S", page, re.MULTILINE)


def test_the_folder_has_all_of_them(tmp_path: Path) -> None:
    assert man.write(tmp_path) == len(PAGES) == len(list(tmp_path.iterdir()))
