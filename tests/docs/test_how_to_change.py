"""docs/how-to-change.md names files and tests that exist: what moves, moves there too."""

from __future__ import annotations

import re

import pytest

from tests.docs.markdown import ROOT

PAGE = (ROOT / "docs" / "how-to-change.md").read_text()
PACKAGE = ROOT / "operator" / "scim_operator"
CHANGES = ["scoping operator", "exit action", "command", "profile", "capability", "expression function", "metric"]
PATHS = sorted(set(re.findall(r"`([\w.-]+(?:/[\w.-]*)+|[\w-]+\.\w+)`", PAGE)))
NAMES = {
    "Operator": "api/enums.py",
    "DATE_OPERATORS": "api/enums.py",
    "LIST_OPERATORS": "api/enums.py",
    "_TESTS": "core/scope/scope.py",
    "_NEGATED": "core/scope/scope.py",
    "Removal": "api/enums.py",
    "UserRemoval": "api/config.py",
    "GroupRemoval": "api/config.py",
    "Meaning": "core/plan/verb.py",
    "Reason": "core/records/status.py",
    "Tally": "core/plan/plan.py",
    "COMMANDS": "cli/__init__.py",
    "ProfileName": "api/enums.py",
    "Profile": "scim/profile.py",
    "VENDORS": "scim/vendors.py",
    "PRESETS": "simulator/presets.py",
    "Capabilities": "core/service/capabilities.py",
    "CapabilityOverrides": "api/service.py",
    "CapabilitiesStatus": "api/status.py",
    "read_provider_config": "scim/capabilities.py",
    "declare": "core/expressions/library/registry.py",
    "Fault": "core/expressions/faults.py",
}


def test_each_change_has_its_section() -> None:
    sections = re.findall(r"^## An? (.*)$", PAGE, re.MULTILINE)
    assert sections == CHANGES


@pytest.mark.parametrize("path", PATHS)
def test_each_path_exists(path: str) -> None:
    assert (ROOT / path).exists() or (PACKAGE / path).exists()


@pytest.mark.parametrize(("name", "path"), NAMES.items())
def test_each_name_is_defined_where_the_page_says(name: str, path: str) -> None:
    assert f"`{name}`" in PAGE
    assert re.search(rf"^(class|def) {name}\b|^{name}\b.* =", (PACKAGE / path).read_text(), re.MULTILINE)
