"""A saved plan as one HTML file, which loads nothing and runs nothing: for a pull request, or a mail."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from scim_operator.console.markup import Html, tag
from scim_operator.console.pages.frame import notice
from scim_operator.console.pages.plan import about, access_table, steps_table
from scim_operator.console.steps import access_of, whole_of
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from scim_operator.console.steps import Plan


def style() -> str:
    """Return the style sheet of the console."""
    return files("scim_operator.console").joinpath("static/console.css").read_text()


def saved_page(plan: Plan) -> str:
    """Return the whole page: every step of the plan, and who gets and loses which access."""
    sheet, whole = style(), whole_of(plan)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"Plan for {whole.config}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content_=policy),
        tag("meta", name_="referrer", content_="no-referrer"),
        tag("meta", name_="viewport", content_="width=device-width, initial-scale=1"),
        tag("title", title),
        Html(f"<style>{sheet}</style>"),
    )
    body = tag(
        "body",
        tag(
            "main",
            tag("h1", title),
            about(whole),
            _approval(whole.approval, whole.protected) if whole.approval else None,
            tag("p", f"{counted(len(whole.steps), 'step')}.", id="steps"),
            steps_table(whole.steps),
            access_table(access_of(whole.steps)),
        ),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _approval(digest: str, protected: tuple[str, ...]) -> Html:
    also = f", and spec.approvedProtected to {', '.join(protected)}" if protected else ""
    return notice("To approve what is held, set spec.approvedPlan to ", tag("code", digest), also, ".")
