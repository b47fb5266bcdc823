"""Every field of the three kinds, as the CRDs have them: a wrong type and an oversized value are refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.envtest.admission import admitting, config, group, user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.envtest.admission import Admission, Manifest
    from tools.cluster.controlplane import ControlPlane

CRDS = Path(__file__).parents[2] / "crds"
MAKERS: dict[str, Callable[[], Manifest]] = {"ScimUser": user, "ScimGroup": group, "ProvisioningConfig": config}
WRONG: dict[str, Any] = {"string": {"a": 1}, "integer": "many", "boolean": "maybe", "array": "one", "object": 7}
LARGEST = 1 << 20

Step = str | int
Field = tuple[str, tuple[Step, ...], dict[str, Any]]


@pytest.fixture(scope="module")
def admission(crds: ControlPlane) -> Admission:
    return admitting(crds)


def below(schema: dict[str, Any], path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], dict[str, Any]]]:
    """Every field below a schema, elements of lists and values of maps included."""
    for name, inner in (schema.get("properties") or {}).items():
        yield (*path, name), inner
        yield from below(inner, (*path, name))
    if isinstance(schema.get("items"), dict):
        yield (*path, 0), schema["items"]
        yield from below(schema["items"], (*path, 0))
    if isinstance(schema.get("additionalProperties"), dict):
        yield (*path, "urn:example:2.0:User"), schema["additionalProperties"]


def all_fields() -> list[Field]:
    found: list[Field] = []
    for file in sorted(CRDS.glob("*.yaml")):
        crd = yaml.safe_load(file.read_text())
        spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        found += [(crd["spec"]["names"]["kind"], path, schema) for path, schema in below(spec, ())]
    return found


def placed(kind: str, path: tuple[Step, ...], value: object) -> Manifest:
    """The least manifest of the kind, with the value at that path."""
    manifest = MAKERS[kind]()
    at: Any = manifest["spec"]
    for step, following in zip(path, (*path[1:], None), strict=True):
        last, empty = following is None, [] if isinstance(following, int) else {}
        if isinstance(step, int):
            at.append(value if last else empty)
            at = at[-1]
        else:
            kept = at.get(step) if isinstance(at.get(step), type(empty)) and not isinstance(empty, list) else empty
            at[step] = value if last else kept
            at = at[step]
    return manifest


def name_of(path: tuple[Step, ...]) -> str:
    """The field's name in messages: the last part that is one."""
    return str(next(step for step in reversed(path) if isinstance(step, str)))


FIELDS = all_fields()
TYPED = [one for one in FIELDS if one[2].get("type") in WRONG]
BOUNDED = [one for one in FIELDS if one[2].get("type") == "string" and "enum" not in one[2]]


def text_of(field: Field) -> str:
    return f"{field[0]}.{'.'.join(map(str, field[1]))}"


def test_the_crds_have_as_many_fields_as_we_think() -> None:
    assert len(TYPED) > 250
    assert all("maxLength" in schema or "format" in schema for _, _, schema in BOUNDED), "no text is without a bound"


@pytest.mark.parametrize("field", TYPED, ids=text_of)
def test_a_wrong_type_is_refused_by_name(admission: Admission, field: Field) -> None:
    kind, path, schema = field
    status, answer = admission.admit(placed(kind, path, WRONG[schema["type"]]))
    assert status in (400, 422)
    assert name_of(path) in answer["message"]


@pytest.mark.parametrize("field", BOUNDED, ids=text_of)
def test_an_oversized_text_is_refused_by_name(admission: Admission, field: Field) -> None:
    kind, path, schema = field
    status, answer = admission.admit(placed(kind, path, "x" * LARGEST))
    assert status in (400, 422)
    assert name_of(path) in answer["message"]
    # Of a date the API server itself repeats what it cannot read; of anything else nobody repeats the value whole.
    assert schema.get("format") == "date-time" or len(answer["message"]) < LARGEST // 2
    assert schema.get("maxLength", 0) < LARGEST
