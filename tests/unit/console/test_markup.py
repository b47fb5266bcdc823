"""HTML as values: what is text stays text."""

from __future__ import annotations

import pytest

from scim_operator.console.markup import joined, tag


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (tag("p", "a<b>&'\""), "<p>a&lt;b&gt;&amp;&#x27;&quot;</p>"),
        (tag("p", tag("b", "x"), " ", 3, None), "<p><b>x</b> 3</p>"),
        (tag("ul", (tag("li", each) for each in "ab")), "<ul><li>a</li><li>b</li></ul>"),
        (tag("input", name_="q", required=True, checked=False, value=None), '<input name="q" required>'),
        (tag("p", class_="a", hx_get="/x?a=1&b=2"), '<p class="a" hx-get="/x?a=1&amp;b=2"></p>'),
        (tag("p", title='"><script>'), '<p title="&quot;&gt;&lt;script&gt;"></p>'),
        (tag("pre", "a\nb\u202ec\x00d"), "<pre>a\nb\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}d</pre>"),
        (joined(["<", [">", None]]), "&lt;&gt;"),
    ],
)
def test_made(made: object, wanted: str) -> None:
    assert str(made) == wanted
