"""The plan: what waits and by which limit, every step of it, who gets and loses what, and how it is approved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.console.markup import Content, Html, joined, tag
from scim_operator.console.pages.frame import (
    Frame,
    config_address,
    facts,
    form,
    moment,
    notice,
    numbered,
    object_link,
    page,
    state,
    table,
    within,
)  # fmt: skip
from scim_operator.console.source import config_key
from scim_operator.console.steps import access_of, text
from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.core.records.status import Reason, condition_of
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from scim_operator.console.people import Entry, Found
    from scim_operator.console.source import Manifest, Source
    from scim_operator.console.steps import Change, ShownStep, Whole
    from scim_operator.core.keys import ConfigKey

MOST = 200
"""Steps, or held objects, of one part of a list."""
COUNTS = (
    ("creates", "to create"), ("updates", "to change"), ("disables", "to disable"), ("deletes", "to delete"),
    ("memberAdds", "members to add"), ("memberRemovals", "members to remove"), ("renames", "to rename"),
    ("adoptions", "to take over"), ("recreations", "to create again"),
)  # fmt: skip
HELD = Reason.HELD.value
TOUCHED = "touched"
"""The field of the form for each protected object that the page has named."""
_TONES = {"Delete": "bad", "Disable": "bad", "Create": "good", "Update": "quiet"}


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the lists is shown: those whose object or name has `text`, from `begin` on."""

    text: str = ""
    begin: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The plan that waits: its digest, "" for none, and the protected objects that it touches."""

    digest: str
    protected: tuple[str, ...]


def waiting(config: Manifest) -> Waiting:
    """Return the plan of a config that waits for approval."""
    plan = readable_config_status(config.get("status")).get("plan") or {}
    held = bool(plan.get("held"))
    return Waiting(plan.get("digest") or "" if held else "", tuple(plan.get("protected") or ()) if held else ())


def plans(frame: Frame, configs: Sequence[Manifest], home: str) -> str:
    """Return the page that leads to the plan of each config."""
    rows = []
    for config in configs:
        status = readable_config_status(config.get("status"))
        plan, key = status.get("plan") or {}, config_key(config)
        held = state("Held", "warn") if plan.get("held") else None
        rows.append((tag("a", key.name if home else str(key), href=config_address(key, home)), held, summary(plan)))
    listed = table("Plans", ("Config", "State", "What it does"), rows)
    return page(frame, "Plan", listed if rows else notice("There is no ProvisioningConfig here."))


def plan_page(frame: Frame, source: Source, config: Manifest, held: Found, whole: Whole | None, part: Part) -> str:
    """Return the page of one config's plan. `held` are the objects that wait, `whole` the plan made last."""
    key = config_key(config)
    plan = readable_config_status(config.get("status")).get("plan") or {}
    return page(
        frame,
        f"Plan of {key.name if source.home else key}",
        facts(_facts(config, plan)),
        _approval(frame, config_address(key, source.home, "/approve"), plan) if plan.get("held") else None,
        _held_objects(source, key, held, part) if source.in_cluster else None,
        _whole(frame, source, key, whole, part),
    )


def _facts(config: Manifest, plan: Mapping[str, Any]) -> Iterator[tuple[str, Content]]:
    yield "State", state("Held for approval", "warn") if plan.get("held") else "nothing waits for approval"
    yield "Because", plan.get("reason")
    yield "What it does", summary(plan)
    yield "Digest", tag("code", plan["digest"]) if plan.get("digest") else None
    yield "Mode", config["spec"].get("mode", "Apply")


def summary(counts: Mapping[str, Any]) -> str:
    """Return what a plan does, counted."""
    return ", ".join(f"{counts[key]} {label}" for key, label in COUNTS if counts.get(key))


def _approval(frame: Frame, to: str, plan: Mapping[str, Any]) -> Html:
    protected = plan.get("protected") or ()
    listed = tag("ul", (tag("li", each) for each in protected)) if protected else None
    consent: Content = None
    if protected:
        box = tag("input", type="checkbox", id="field-protected", name_="protected", value="yes", required=True)
        label = tag("label", box, f" The {counted(len(protected), 'protected object')} above may be touched.",
                    for_="field-protected")  # fmt: skip
        consent = (tag("h3", "Protected, touched by this plan"), listed, label)
    hidden = (
        tag("input", type="hidden", name_="digest", value=plan.get("digest", "")),
        *(tag("input", type="hidden", name_=TOUCHED, value=each) for each in protected),
    )
    return tag(
        "section",
        tag("h2", "Approve, or reject"),
        tag("p", "An approval releases exactly this plan, once. It is written with your rights."),
        form(frame, to, "Approve this plan", hidden, consent),
        tag("p", "Through Git, put this into the manifest:"),
        tag("pre", _patch(plan)),
        tag("p", "To reject it, take back in Git what it comes from: the plan goes by itself. What was deleted by "
            "mistake, scim-operator undelete puts back."),
    )  # fmt: skip


def _patch(plan: Mapping[str, Any]) -> str:
    lines = ["spec:", f"  approvedPlan: {plan.get('digest', '')}"]
    if plan.get("protected"):
        lines.append(f"  approvedProtected: {json.dumps(list(plan['protected']))}")
    return "\n".join(lines)


def _held_objects(source: Source, key: ConfigKey, held: Found, part: Part) -> Html | None:
    if not held.total:
        return None
    rows = (_held_row(source, key.name, each) for each in held.entries)
    return tag(
        "section",
        tag("h2", f"{counted(held.total, 'object')} held", id="held"),
        table("Objects that wait, and for what", ("Object", "Called", "What waits", "Since"), rows),
        numbered(f"/plan/{key.name}", part.begin, MOST, held.total, q=part.text, **within(key.namespace, source.home)),
    )


def _held_row(source: Source, name: str, entry: Entry) -> tuple[Content, ...]:
    record = source.manifests(entry.key.namespace).get(entry.key.kind, entry.key.name)
    services = record.status.get("services") or () if record is not None else ()
    ready = next((condition_of(each, "Ready") for each in services if each["config"] == name), {})
    since = text(ready.get("lastTransitionTime"))
    return object_link(entry.key, source.home, str(entry.key)), entry.title, text(ready.get("message")), moment(since)


def _whole(frame: Frame, source: Source, key: ConfigKey, whole: Whole | None, part: Part) -> Html:
    heading = tag("h2", "The whole plan", id="whole")
    ask = (
        form(frame, config_address(key, source.home, "/make"), "Make the whole plan now") if source.in_cluster else None
    )
    if whole is None:
        how = (
            "Each attribute, old and new, and each member: asks the service, with the Secret that you may read."
            if source.in_cluster
            else "No saved plan is given: scim-operator plan --out plan.json makes one, and ui --plan shows it."
        )
        return tag("section", heading, tag("p", how), ask)
    steps = [step for step in whole.steps if part.text.casefold() in f"{step.object}\n{step.name}".casefold()]
    shown = steps[part.begin : part.begin + MOST]
    place = within(key.namespace, source.home)
    search = tag(
        "form", tag("div", tag("label", "Search in the plan", for_="field-q"),
                    tag("input", type="search", id="field-q", name_="q", value=part.text)),
        (tag("input", type="hidden", name_=name, value=value) for name, value in place.items()),
        tag("button", "Search", type="submit"), class_="search", method="get", action=f"/plan/{key.name}",
    )  # fmt: skip
    ways = numbered(f"/plan/{key.name}", part.begin, MOST, len(steps), q=part.text, **place)
    return tag("section", heading, ask, about(whole), search, tag("p", f"{counted(len(steps), 'step')}.", id="steps"),
               steps_table(shown), ways, access_table(access_of(shown)))  # fmt: skip


def about(whole: Whole) -> Html:
    """Return what is to be known about a whole plan: its counts, why it is held, and what is wrong."""
    return joined((
        tag("p", f"For {whole.config}: {summary(whole.numbers) or 'no changes'}."),
        notice(f"Held, because of {whole.because}.") if whole.because else None,
        notice(whole.blocked) if whole.blocked else None,
        (notice(each, bad=True) for each in whole.wrong),
        (notice(each) for each in whole.notes),
        _problems(whole.problems),
    ))  # fmt: skip


def _problems(problems: Sequence[tuple[str, str, str]]) -> Html | None:
    if not problems:
        return None
    return table("Cannot be provisioned as it stands", ("Object", "Reason", "Message"), problems)


def steps_table(steps: Iterable[ShownStep]) -> Html:
    """Return the steps, each with its attributes and members."""
    return table("Steps", ("Object", "What", "Waits", "Attributes", "Members"), map(_step, steps))


def _step(step: ShownStep) -> tuple[Content, ...]:
    waits = " ".join(word for word, holds in (("protected", step.protected), ("held", step.held)) if holds)
    members = [*(f"+ {each}" for each in step.gains), *(f"- {each}" for each in step.losses)]
    named = (step.name, tag("div", step.object, class_="quiet") if step.object != step.name else None)
    return (
        named, state(step.verb, _TONES.get(step.verb, "quiet")), waits,
        _list(_change(each, step.verb) for each in step.changes), _list(members),
    )  # fmt: skip


def _change(change: Change, verb: str) -> str:
    if verb == "Create":
        return f"{change.path}: {change.new}"
    return f"{change.path}: {change.old or '(none)'} → {change.new or '(none)'}"


def _list(lines: Iterable[str]) -> Html | None:
    listed = [tag("li", line) for line in lines]
    return tag("ul", listed, class_="plain") if listed else None


def access_table(access: Sequence[tuple[str, list[str], list[str]]]) -> Html | None:
    """Return who would get and lose which groups, by these steps."""
    rows = [(member, ", ".join(gains), ", ".join(losses)) for member, gains, losses in access]
    return table("Access by these steps", ("Member", "Gets", "Loses"), rows) if rows else None
