"""Every text of the three kinds is given hostile ones: refused by name, or admitted for a reason that is written down.

That what is admitted does no harm is shown where it goes: tests/job/test_hostile_texts.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.envtest.admission import admitting
from tests.support.hostile import ADMITTED, HOSTILE, SHAPED, admits, fitting, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.envtest.admission import Admission
    from tests.support.fields import Field
    from tools.cluster.controlplane import ControlPlane


@pytest.fixture(scope="module")
def admission(crds: ControlPlane) -> Admission:
    return admitting(crds)


def against(admission: Admission, field: Field, given: dict[str, str]) -> Iterator[str]:
    """What is not as it was decided, one dry run for each text."""
    for name, text in given.items():
        status, answer = admission.admit(field.holding(text))
        message = answer.get("message", "")
        if admits(field, name) and status != 201:
            yield f"{name} is refused, though there is a reason to admit it: {message}"
        elif not admits(field, name) and status == 201:
            yield f"{name} is admitted: refuse it by a rule, or give the reason in tests/support/hostile.py"
        elif status != 201 and field.written not in message:
            yield f"{name} is refused, but not by the field's name: {message}"


def test_the_tables_name_what_there_is() -> None:
    names = {str(field) for field in texts()}
    tabled = {name for _, fields, _ in ADMITTED for name in fields}
    assert (tabled | SHAPED.keys()) - names == set()
    given = HOSTILE.keys() | {name for shaped in SHAPED.values() for name in shaped}
    assert {name for _, _, some in ADMITTED for name in some} - given == set()


@pytest.mark.parametrize("field", texts(), ids=str)
def test_a_hostile_text_is_refused_by_name_or_admitted_on_purpose(admission: Admission, field: Field) -> None:
    assert list(against(admission, field, fitting(field))) == []
