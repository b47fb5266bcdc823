"""A plan as text for a terminal, as Markdown for a pull request's comment, and as JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.decision.announced import waiting_part
from scim_operator.core.keys import Kind
from scim_operator.core.plan.verb import Verb
from scim_operator.core.printing import one_line
from scim_operator.core.wording import counted, some
from scim_operator.review.escaping import code, prose, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scim_operator.review.plan_review import Attribute, Review, Step, Unread

    Show = Callable[[str], str]

VERSION = 1
"""Of the JSON form; a later release that changes it says so."""
MOST = 60_000
"""Characters of a comment: GitHub takes 65,536, and anyone who posts it adds a heading."""
_NAMED = 10
"""Names in one line of the summary."""


def as_text(review: Review) -> str:
    """Return every step with its attributes and members, then access by person, then the summary."""
    lines = [f"Plan for {review.config}", ""]
    for step in review.steps:
        lines += _step_lines(step)
    if review.access:
        lines += ["", "Access", *(f"  {line}" for line in _access_lines(review, one_line))]
    if review.faults:
        lines += ["", "Set aside for errors", *(f"  {one_line(each)}" for each in review.faults)]
    if review.problems:
        lines += ["", "Cannot be provisioned as it stands"]
        lines += [f"  {one_line(str(each.key))}: {each.reason}: {one_line(each.message)}" for each in review.problems]
    return "\n".join([*lines, *([""] if len(lines) > 2 else []), *summary(review, one_line), *_notes(review, one_line)])


def summary(review: Review, show: Show) -> list[str]:
    """Return the summary of a plan, in a few lines; `show` writes names that others gave."""
    counts, scope = review.counts, review.scope
    moves = ""
    if scope.entering is not None and scope.leaving is not None:
        moves = f"; {len(scope.entering)} enter, {len(scope.leaving)} leave"
    lines = [f"In scope: {counted(scope.users, 'user')}, {counted(scope.groups, 'group')}{moves}."]
    if review.unmanaged:
        lines.append(f"Left alone, as no manifest claims it: {counted(review.unmanaged, 'resource')}.")
    if review.adopted:
        lines.append(f"Taken over, as they match and no one owns them: {some(review.adopted, _NAMED, show)}.")
    if review.steps:
        lines.append(
            f"Plan: {counts.creates} to create, {counts.updates} to change, {counts.disables} to disable, "
            f"{counts.deletes} to delete; members: {counts.member_adds} to add, {counts.member_removals} to remove."
        )
    else:
        what = "what could be read" if review.unread else "the service"
        lines.append(f"No changes: {what} is as the manifests say.")
    if review.unshown:
        lines.append(f"Taken to be as last sent, for the service does not show it: {numbered(review.unshown)}.")
    if review.approval:
        lines += _approval(review)
    return lines


def show_unread(unread: Unread) -> str:
    """Return what could not be listed, why, and what follows."""
    kind, verb = unread.type.value.lower(), "is" if unread.manifests == 1 else "are"
    what = f"{counted(unread.manifests, 'manifest')} of {kind}s {verb} not planned"
    return f"Not read: {unread.type.endpoint}, so that {what}. {one_line(unread.reason)}"


def numbered(attributes: Iterable[tuple[str, int]]) -> str:
    """Return attributes, each with the number of its objects."""
    return ", ".join(f"{path} ({number})" for path, number in attributes)


def _notes(review: Review, show: Show) -> Iterator[str]:
    unread = map(show_unread, review.unread)
    return map(show, (*unread, *review.forgotten, *review.notes, *([review.blocked] if review.blocked else [])))


def _approval(review: Review) -> list[str]:
    """Return what is held, why, and how it is approved."""
    names = "".join(f" --approve-protected {name}" for name in review.protected)
    also = " with spec.approvedProtected" if review.protected else ""
    held = f"Held for approval: {counted(review.held, 'step')}"
    return [
        f"{held}{f', because of {one_line(review.because)}' if review.because else ''}.",
        f"To approve: --approve {review.approval}{names}, or spec.approvedPlan{also}.",
    ]


def _step_lines(step: Step) -> Iterator[str]:
    what = "user" if step.key.kind is Kind.USER else "group"
    held = f"  {_held(step, one_line)}" if step.held else ""
    yield f"  {step.verb.meaning.sign} {step.verb.lower():<8} {what:<6} {one_line(step.name)}{held}"
    yield from (f"        {line}" for line in _details(step, one_line))


def _held(step: Step, show: Show) -> str:
    """Return that a step waits; where a part of it goes on, which part does not."""
    protected = "protected, " if step.plan.protected else ""
    part = f": {show(waiting_part(step.waiting))}" if step.waiting is not None and step.released.acts else ""
    return f"({protected}held{part})"


def _details(step: Step, show: Show) -> Iterator[str]:
    if step.plan.adopts:
        yield f"takes over {show(step.plan.shown)}, which matches by {step.plan.matched_by}"
    for each in step.attributes:
        yield f"{show(each.path)}: {_change(each, step.verb, show)}"
    for sign, members in (("+", step.gains), ("-", step.losses)):
        yield from (f"{sign} member {show(member)}" for member in members)


def _change(attribute: Attribute, verb: Verb, show: Show) -> str:
    new = show(value(attribute.new))
    return new if verb is Verb.CREATE else f"{show(value(attribute.old))} -> {new}"


def _access_lines(review: Review, show: Show) -> Iterator[str]:
    for member, (gains, losses) in review.access.items():
        parts = [f"gets {', '.join(map(show, gains))}"] if gains else []
        parts += [f"loses {', '.join(map(show, losses))}"] if losses else []
        yield f"{show(member)} {'; '.join(parts)}"


def as_markdown(review: Review) -> str:
    """Return a comment of at most MOST characters: the summary, then what fits, and the count of what does not."""
    head = [marker(review.config), f"### Plan for {code(review.config)}"]
    text = "\n\n".join([*head, *summary(review, code), *_notes(review, prose)])
    for title, entries in _sections(review):
        text += _section(title, entries, MOST - len(text))
    return text


def marker(config: str) -> str:
    """Return the line by which a comment is found again, so that it is updated and not repeated."""
    safe = "".join(char for char in config if char.isalnum() or char in "./-")
    return f"<!-- scim-operator plan {safe} -->"


def _sections(review: Review) -> Iterator[tuple[str, list[str]]]:
    if review.faults:
        yield "Set aside for errors", [f"- {code(each)}" for each in review.faults]
    if review.problems:
        found = [f"- {code(str(p.key))}: {p.reason}: {code(p.message)}" for p in review.problems]
        yield "Cannot be provisioned as it stands", found
    if review.access:
        yield "Access", [f"- {line}" for line in _access_lines(review, code)]
    for verb in sorted(Verb, key=lambda verb: verb.meaning.gravity):
        steps = review.of(verb)
        if steps:
            yield verb.meaning.past, [_markdown_step(step) for step in steps]


def _markdown_step(step: Step) -> str:
    held = f" {_held(step, prose)}" if step.held else ""
    lines = [f"- {code(step.name)}{held}", *(f"  - {line}" for line in _details(step, code))]
    return "\n".join(lines)


_CLOSING = "\n</details>\n"
_RESERVE = 200
"""Characters kept for the headings of the sections that follow, and for the count of what was left out."""


def _section(title: str, entries: list[str], room: int) -> str:
    opening = f"\n\n<details><summary>{title}: {len(entries)}</summary>\n\n"
    room -= len(opening) + len(_CLOSING) + 6 * _RESERVE
    taken: list[str] = []
    for entry in entries:
        room -= len(entry) + 1
        if room < 0:
            break
        taken.append(entry)
    left = len(entries) - len(taken)
    more = [f"- … and {left} more that do not fit here."] if left else []
    return opening + "\n".join([*taken, *more]) + _CLOSING if room > -MOST else ""


def as_json(review: Review) -> dict[str, Any]:
    """Return the whole plan in JSON's types; it is also what `--out` saves and `apply --plan` reads."""
    scope = review.scope
    return {
        "version": VERSION,
        "config": review.config,
        "digest": review.digest,
        "approval": review.approval,
        "because": review.because,
        "protected": list(review.protected),
        "blocked": review.blocked,
        "forgotten": list(review.forgotten),
        "notes": list(review.notes),
        "invalid": list(review.faults),
        "counts": _counts(review),
        "scope": {
            "users": scope.users,
            "groups": scope.groups,
            "entering": None if scope.entering is None else list(scope.entering),
            "leaving": None if scope.leaving is None else list(scope.leaving),
        },
        "unmanaged": review.unmanaged,
        "unread": {each.type.endpoint.strip("/"): each.reason for each in review.unread},
        "unshown": dict(review.unshown),
        "adopted": list(review.adopted),
        "steps": [_json_step(step) for step in review.steps],
        "problems": [{"object": str(p.key), "reason": p.reason, "message": p.message} for p in review.problems],
        "sources": dict(review.sources),
    }


def _counts(review: Review) -> dict[str, int]:
    counts = review.counts
    return {
        "creates": counts.creates,
        "updates": counts.updates,
        "disables": counts.disables,
        "deletes": counts.deletes,
        "memberAdds": counts.member_adds,
        "memberRemovals": counts.member_removals,
        "groupDeletes": counts.group_deletes,
        "renames": counts.renames,
        "adoptions": counts.adoptions,
        "recreations": counts.recreations,
    }


def _json_step(step: Step) -> dict[str, Any]:
    return {
        "object": str(step.key),
        "name": step.name,
        "verb": step.verb.value,
        "held": step.held,
        "adopts": {"id": step.plan.shown, "matchedBy": step.plan.matched_by} if step.plan.adopts else None,
        "attributes": [{"path": each.path, "old": each.old, "new": each.new} for each in step.attributes],
        "gains": list(step.gains),
        "losses": list(step.losses),
        "digest": step.digest,
        "rest": step.rest,
    }
