"""Markdown as GitHub reads it, turned into what the site's generator reads the same."""

from __future__ import annotations

import pytest

from tools.site.markdown import cell, indented, outside_code, plain, title, without_comments


@pytest.mark.parametrize(
    ("given", "made"),
    [
        pytest.param("- one\n  more\n- two\n", "- one\n    more\n- two\n", id="a wrapped item"),
        pytest.param(
            "1. one\n\n   ```sh\n   ls\n   ```\n", "1. one\n\n    ```sh\n    ls\n    ```\n", id="code in an item"
        ),
        pytest.param("10. ten\n    more\n", "10. ten\n    more\n", id="a wide number"),
        pytest.param("- one\n  - two\n    more\n", "- one\n    - two\n        more\n", id="an item in an item"),
        pytest.param("Text:\n- one\n", "Text:\n\n- one\n", id="a list right after a paragraph"),
        pytest.param(
            "1. one\n\n   More.\n2. two\n", "1. one\n\n    More.\n\n2. two\n", id="an item after a paragraph in one"
        ),
        pytest.param("In the year\n1999. It was.\n", "In the year\n1999. It was.\n", id="a number in a paragraph"),
        pytest.param("```yaml\n- a:\n  - b\n```\n", "```yaml\n- a:\n  - b\n```\n", id="a block of code"),
        pytest.param("Text:\n\n    - a:\n      - b\n", "Text:\n\n    - a:\n      - b\n", id="indented code"),
        pytest.param("- one\n\nText.\n\n    code\n", "- one\n\nText.\n\n    code\n", id="code after a list"),
    ],
)
def test_lists_are_indented_as_the_generator_wants(given: str, made: str) -> None:
    assert indented(given) == made


def test_only_what_is_not_code_is_changed() -> None:
    text = "a `a`\n\n```sh\na\n```\n\na\n"
    assert outside_code(text, lambda part: part.replace("a", "b")) == "b `a`\n\n```sh\na\n```\n\nb\n"


def test_a_comment_goes_so_that_a_table_below_it_is_one() -> None:
    assert without_comments("<!-- made\nby a tool -->\n| A |\n|---|\n") == "| A |\n|---|\n"
    assert without_comments("```html\n<!-- kept -->\n```\n") == "```html\n<!-- kept -->\n```\n"


def test_a_text_of_the_code_stays_one_cell_without_markup() -> None:
    assert cell("a | b\nc") == "a \\| b c"
    assert plain("a_b <c> `d_e` *") == "a\\_b \\<c\\> `d_e` \\*"


def test_the_title_is_the_first_heading() -> None:
    assert title("Before\n\n# One\n\n# Two\n") == "One"
    assert title("Nothing\n") == ""
