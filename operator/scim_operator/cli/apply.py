"""`scim-operator apply`: bring the service in line with the manifests of a directory, without a cluster."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.collector import nothing_collected
from scim_operator.cli.directory import (
    DetailedCommand,
    Request,
    connected,
    content,
    directory_options,
    gathered,
    protected_option,
    secret_reader_of,
    state_of,
)
from scim_operator.cli.look import color_option, look_for
from scim_operator.cli.plan import CHANGES, shown
from scim_operator.cli.progress import through
from scim_operator.core.printing import one_line
from scim_operator.core.wording import counted
from scim_operator.errors import InvalidSpec
from scim_operator.local.applier import Outcome, carry_out, without_steps
from scim_operator.local.memory import Memory
from scim_operator.local.saved import check_unmoved, loaded
from scim_operator.review.planner import review
from scim_operator.review.rendering import numbered, show_unread
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from scim_operator.cli.plan import Approval
    from scim_operator.review.plan_review import Review


@click.command(name="apply", cls=DetailedCommand)
@directory_options
@click.option("--plan", "saved", type=click.Path(path_type=Path), help="Carry out this saved plan, or nothing.")
@click.option("--approve", default="", metavar="DIGEST", help="Approve what is held under this digest.")
@protected_option
@color_option
@click.option("--auto-approve", is_flag=True, help="Do not ask; held changes stay held.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=300.0,
    show_default=True,
    help="Seconds for which what fails for the moment is tried again.",
)
def command(
    saved: Path | None,
    approve: str,
    protected: tuple[str, ...],
    auto_approve: bool,  # noqa: FBT001 - click's way
    timeout: float,
    **request: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Carry out what `plan` shows: exactly the saved plan, or a new one, shown and confirmed now.

    A saved plan is refused when manifests or service have changed since. Running again after a crash finishes what
    was begun. Exit status: 0 done, 2 done but for what is held and waits for approval, 1 an error.
    """
    asked = _Call(Request.of(request), saved, (approve, protected), timeout, sure=auto_approve or saved is not None)
    outcome = asyncio.run(_apply(asked))
    if outcome is None:
        return
    for line in reported(outcome):
        click.echo(one_line(line))
    if outcome.failed:
        raise SystemExit(1)
    if outcome.held:
        raise SystemExit(CHANGES)


class _Call:
    """One call of the command."""

    def __init__(self, request: Request, saved: Path | None, approve: Approval, patience: float, *, sure: bool) -> None:
        self.request = request
        self.saved = None if saved is None else loaded(content(saved) or b"")
        self.approve = approve
        self.patience = patience
        self.sure = sure
        self.look = look_for()


async def _apply(call: _Call) -> Outcome | None:
    with nothing_collected():
        known = gathered(call.request)
        memory = Memory.read(state_of(call.request), known.settings)
        sources = memory.laid_under(known)
    clock, secret_reader = SystemClock(), secret_reader_of(call.request, sources.settings)
    async with connected(sources.settings, secret_reader, clock, call.request.egress) as service:
        plan = await review(sources, service, clock, *call.approve, through=through("Planning"))
        if call.saved is not None:
            check_unmoved(call.saved, plan)
        click.echo(shown(plan, call.look))
        if not plan.steps:
            return None if plan.is_whole else without_steps(plan)
        if plan.blocked:
            raise InvalidSpec(plan.blocked)
        _ask(plan, sure=call.sure)
        return await carry_out(sources, plan, service, clock, call.patience, memory)


def _ask(plan: Review, *, sure: bool) -> None:
    if sure:
        return
    if not sys.stdin.isatty():
        raise InvalidSpec("There is no one to ask: give --auto-approve, or --plan with a plan that was reviewed.")
    click.confirm(f"Carry out {counted(len(plan.steps) - plan.held, 'step')}?", abort=True)


def reported(outcome: Outcome) -> list[str]:
    """Return the outcome, line by line."""
    lines = ["", f"Done: {counted(outcome.done, 'step')} with {counted(outcome.writes, 'write')}."]
    lines += [f"Failed: {p.key}: {p.reason}: {p.message}" for p in outcome.problems]
    lines += [f"Not done: {key}: the service moved while this ran; plan again." for key in outcome.moved]
    lines += [f"Not known: {each}" for each in outcome.forgotten]
    lines += [f"Set aside: {each}" for each in outcome.faults]
    lines += map(show_unread, outcome.unread)
    if outcome.unshown:
        lines.append(f"Not shown by the service after it was sent: {numbered(outcome.unshown)}.")
    if outcome.unrecorded:
        lines.append(f"Not recorded, so that it is sent again the next time: {outcome.unrecorded}.")
    if outcome.held:
        lines.append(f"Held: {counted(outcome.held, 'step')}; see above for the digest that releases them.")
    return lines
