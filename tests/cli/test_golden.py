"""What `logs`, `explain`, `plan` and `access` show, as files: at 80 columns and wide, with and without colour."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click
import pytest

from scim_operator.cli import access, explain, plan, records
from scim_operator.cli.layout import Look, columns
from scim_operator.core.explain.explanation import Explanation, Step
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.members.selection import Means
from scim_operator.core.plan.plan import Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.observability.provisioning_log import processed as noted
from scim_operator.observability.provisioning_log.record import record_of
from scim_operator.review import plan_review
from scim_operator.review.access.answer import Answer, Named, Path, Row
from scim_operator.review.access.standing import Standing, State
from tests.support import golden
from tests.support.noted import AT, processed

if TYPE_CHECKING:
    from collections.abc import Callable

LOOKS = {"80": Look(width=80), "80-colour": Look(colour=True, width=80), "wide": Look()}
FAILED = {
    "verdict": Verdict(Reason.REJECTED, "The service refused the request (409, uniqueness)."),
    "failed": noted.Step.EXPORT,
    "code": "EntryConflict",
    "sent": False,
}
RECORDS = [
    record_of(processed("ada-lovelace", 1, at=AT - timedelta(days=2))),
    record_of(processed("grace", 2, **FAILED)),
    record_of(processed("日本語", 3, kind=Kind.GROUP)),
]
FAR = "scimuser/bob: by userRef of scimgroup/platform-with-a-long-name; out of scope (NotAssigned)"
EXPLANATION = Explanation(
    "scimgroup/engineering",
    "vmware",
    (
        Step("Import", "scimgroup/engineering of namespace identity", ("generation 3",)),
        Step("Scope", "out of scope (FilteredOut)", ("no  filter 'Engineers'", "  no  title EQUALS Engineer")),
        Step("Members", "2 effective members, 1 by the group itself", ("scimuser/ada: by userRef", FAR)),
        Step("Requests", "1 to send", ('PATCH /Groups/1f {"Operations":[{"op":"remove","path":"members"}],"s":[]}',)),
    ),
    "Update would be sent: 1 member to remove, for scimuser/bob is out of scope and is not to be in it any more.",
)


def due(kind: Kind, name: str, verb: Verb, *attributes: plan_review.Attribute) -> plan_review.Step:
    key = ObjectKey(kind, "identity", name)
    return plan_review.Step(key, name, Plan(key, Verdict(Reason.PROVISIONED, ""), verb=verb), attributes)


REVIEW = plan_review.Review(
    config="identity/vmware",
    steps=(
        due(Kind.USER, "ada", Verb.CREATE, plan_review.Attribute("userName", None, "ada@corp.example")),
        due(Kind.USER, "bob", Verb.UPDATE, plan_review.Attribute("title", "Analyst", "Head of the department " * 4)),
        due(Kind.USER, "eve", Verb.DISABLE, plan_review.Attribute("active", "true", "false")),
        due(Kind.GROUP, "former", Verb.DELETE),
    ),
    problems=(plan_review.Problem(ObjectKey(Kind.USER, "identity", "zoë"), "Conflict", "bob has this userName too."),),
)
ANSWER = Answer(
    asked="who is in group pay",
    directory="manifests",
    namespace="identity",
    config="identity/vmware",
    at=AT,
    commit=None,
    rows=(
        Row(
            Named("pay", "Payroll"),
            Named("ada", "ada@corp.example"),
            Standing(State.ACCESS),
            paths=(Path(("pay", "finance"), Means.NAMED),),
        ),
        Row(
            Named("pay", "Payroll"),
            Named("bob", "bob@corp.example"),
            Standing(State.NONE, "NotAssigned", "No assignment of the config names it, or a group that it is in."),
        ),
    ),
)
SHOWN: dict[str, Callable[[Look], str]] = {
    "logs": lambda look: records.rendered(RECORDS, "table", look),
    "logs-id": lambda look: records.details(RECORDS[1], look),
    "explain": lambda look: explain.rendered(EXPLANATION, "text", look, everything=False),
    "plan": lambda look: plan.rendered(REVIEW, "text", look),
    "access": lambda look: access.shown(ANSWER, look, wide=look.width is None),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("command", SHOWN)
def test_a_command_in_a_terminal(command: str, look: str) -> None:
    text = SHOWN[command](LOOKS[look])
    golden.check(f"{command}-{look}", text)
    width = LOOKS[look].width
    assert width is None or max(columns(click.unstyle(line)) for line in text.splitlines()) <= width


@pytest.mark.parametrize("command", SHOWN)
def test_colour_changes_no_character(command: str) -> None:
    assert click.unstyle(SHOWN[command](LOOKS["80-colour"])) == SHOWN[command](LOOKS["80"])
