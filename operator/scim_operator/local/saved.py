"""Plans saved to a file, and the check that they still hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.core.printing import in_json, one_line
from scim_operator.core.wording import some
from scim_operator.errors import InvalidSpec
from scim_operator.review.plan_review import moved
from scim_operator.review.rendering import VERSION, as_json

if TYPE_CHECKING:
    from scim_operator.review.plan_review import Review

_SHOWN = 10
_LONGEST = 507
"""Characters of a name, with its namespace."""


def dumped(review: Review) -> bytes:
    """Return the plan as it is saved."""
    return in_json(orjson.dumps(as_json(review), option=orjson.OPT_INDENT_2).decode()).encode()


def loaded(body: bytes) -> dict[str, Any]:
    """Return a saved plan. Errors: InvalidSpec for what `plan --out` of this release did not write."""
    try:
        saved = orjson.loads(body)
    except orjson.JSONDecodeError:
        saved = None
    if not isinstance(saved, dict) or saved.get("version") != VERSION:
        raise InvalidSpec("This is no plan that this release saved; make a new one with plan --out.")
    if not _is_whole(saved):
        raise InvalidSpec("The saved plan is damaged; make a new one with plan --out.")
    return saved


def _is_whole(saved: dict[str, Any]) -> bool:
    steps, known = saved.get("steps"), saved.get("sources")
    if not (isinstance(steps, list) and isinstance(known, dict) and all(isinstance(step, dict) for step in steps)):
        return False
    named = (step.get(name) for step in steps for name in ("object", "digest"))
    rests = (step["rest"] for step in steps if step.get("rest") is not None)
    return all(isinstance(text, str) for text in (saved.get("config"), *known.values(), *named, *rests))


def check_unmoved(saved: dict[str, Any], now: Review) -> None:
    """Refuse a plan that no longer holds. Errors: InvalidSpec, which names what changed, and on which side.

    A step that was done meanwhile is no reason to refuse: the rest is still what was reviewed.
    """
    if saved["config"] != now.config:
        raise InvalidSpec(f"The saved plan is for {one_line(saved['config'][:_LONGEST])}, not for {now.config}.")
    manifests = moved(saved["sources"].items(), now.sources)
    if manifests:
        raise InvalidSpec(f"The manifests have moved since the plan was made: {_listed(manifests)}. Plan again.")
    reviewed = {step["object"]: {step["digest"], step.get("rest")} for step in saved["steps"]}
    steps = sorted(str(step.key) for step in now.steps if step.digest not in reviewed.get(str(step.key), ()))
    if steps:
        raise InvalidSpec(f"The service has moved since the plan was made: {_listed(steps)}. Plan again.")


def _listed(names: list[str]) -> str:
    return some(names, _SHOWN, lambda name: one_line(name[:_LONGEST]))
