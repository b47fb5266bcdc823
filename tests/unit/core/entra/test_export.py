"""An export of Entra, field by field: what is left out, null, or of another type."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.entra.export import as_graph_names, number_in, object_in, objects_in, values_in
from scim_operator.errors import InvalidSpec

READ = [
    (objects_in, {"f": [{"a": 1}, {}]}, [{"a": 1}, {}]),
    (objects_in, {"f": []}, []),
    (objects_in, {"f": None}, []),
    (objects_in, {}, []),
    (object_in, {"f": {"a": 1}}, {"a": 1}),
    (object_in, {"f": None}, {}),
    (object_in, {}, {}),
    (values_in, {"f": [1, "a"]}, [1, "a"]),
    (values_in, {"f": None}, []),
    (values_in, {}, []),
    (number_in, {"f": 7}, 7),
    (number_in, {"f": 0}, 0),
    (number_in, {"f": None}, 0),
    (number_in, {}, 0),
]


@pytest.mark.parametrize(("read", "holder", "value"), READ)
def test_read(read: Any, holder: dict, value: Any) -> None:
    assert read(holder, "f") == value


DAMAGED = [
    (objects_in, "System.Object[]", "a list of objects"),
    (objects_in, [{}, "x"], "a list of objects"),
    (object_in, "System.Object", "an object"),
    (object_in, [], "an object"),
    (values_in, "x", "a list"),
    (number_in, "7", "a whole number"),
    (number_in, 1.5, "a whole number"),
]


@pytest.mark.parametrize(("read", "value", "wanted"), DAMAGED)
def test_what_is_of_another_type_is_named_with_its_fix(read: Any, value: Any, wanted: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        read({"attributeMappings": value}, "attributeMappings")
    assert str(refused.value) == (
        f"attributeMappings is not {wanted}; export the schema again from Microsoft Graph, in PowerShell with "
        "ConvertTo-Json -Depth 20, which otherwise writes names of types in place of what is nested."
    )


def test_powershells_names_begin_in_lower_case_as_graphs_do() -> None:
    value = {"Name": [{"TargetAttributeName": "UserName"}, "Text", 1, None], "ID": {"X": True}}
    assert as_graph_names(value) == {"name": [{"targetAttributeName": "UserName"}, "Text", 1, None], "iD": {"x": True}}
