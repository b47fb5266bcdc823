"""Any table, and any tenant, is imported into valid manifests or refused with a sentence, and nothing in between."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_operator.cli import main
from scim_operator.core.keys import ResourceType
from scim_operator.errors import InvalidSpec
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect, collect_texts
from scim_operator.sources.assembly import assemble
from scim_operator.sources.columns import KNOWN
from scim_operator.sources.csv_source import CsvSource
from scim_operator.sources.made import Imported, Place
from scim_operator.sources.manifests import texts
from scim_operator.sources.rules import ImportRules
from scim_operator.sources.scim_source import ScimSource
from scim_operator.sources.table import read_table
from scim_operator.sources.transform import transforms
from tests.support.hostile import HOSTILE
from tools.measure.tenant import ODD

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RULES = ImportRules()
CELLS = st.one_of(
    st.just(""),
    st.text(max_size=12),
    st.sampled_from([text for text in (*ODD, *HOSTILE.values()) if not any("\ud800" <= c <= "\udfff" for c in text)]),
    st.sampled_from(["ada@corp.example", "Ada", "true", "GB", "de-DE", "2026-12-01T09:00:00Z", "https://x.example/"]),
).filter(lambda text: not any("\ud800" <= each <= "\udfff" for each in text))
COLUMNS = [names[0] for attribute, names in KNOWN.items() if attribute != "userName"]
HEADERS = st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=6, unique=True)
TABLES = HEADERS.flatmap(
    lambda header: st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=5).map(
        lambda rows: [["userName", *header], *([f"u{number}", *row] for number, row in enumerate(rows))]
    )
)


def problems(done: Imported) -> list[str]:
    """What `validate` says of what would be written."""
    files = [(name, "".join(parts).encode()) for name, parts in texts(done.manifests, RULES, "identity").items()]
    found = [finding for finding in check(collect_texts(files), allow_empty=True) if finding.severity == "error"]
    return [finding.as_text() for finding in found]


@given(TABLES)
@settings(law, max_examples=150)
def test_a_table_becomes_valid_manifests_or_a_sentence(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    try:
        source = CsvSource(read_table(out.getvalue().encode()), {})
        done = assemble(source, transforms(RULES, source.columns), Place("identity"))
    except InvalidSpec:
        return
    assert problems(done) == []
    assert len(done.manifests) + len(done.refused) >= len(rows) - 1


JSON = st.recursive(
    CELLS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CELLS | st.sampled_from(["value", "type"]), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(
    (
        *("userName", "displayName", "externalId", "name", "emails", "active", "addresses", "members", "photos"),
        *("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "urn:example:2.0:User", "password", "x"),
    )
)
RESOURCES = st.lists(st.dictionaries(NAMES, JSON, max_size=6), max_size=4)


@given(RESOURCES, RESOURCES)
@settings(law, max_examples=250)
def test_a_tenant_becomes_valid_manifests_and_refusals(
    users: list[dict[str, Any]], groups: list[dict[str, Any]]
) -> None:
    def numbered(several: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**each, "id": str(number), "members": []} for number, each in enumerate(several)]

    source = ScimSource({ResourceType.USER: numbered(users), ResourceType.GROUP: numbered(groups)})
    done = assemble(source, transforms(RULES, source.columns), Place("identity"))
    assert problems(done) == []
    assert len(done.manifests) + len(done.refused) == len(users) + len(groups)


@given(st.binary(max_size=200))
@settings(law, max_examples=60)
def test_any_bytes_are_refused_or_imported_whole(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder, "t.csv"), Path(folder, "out")
        file.write_bytes(b"userName,title\n" + body)
        result = CliRunner().invoke(main, ["import", "csv", str(file), str(out)])
        assert "Traceback" not in result.output
        assert result.exit_code in (0, 1)
        assert out.exists() is (result.exit_code == 0)
        assert result.exit_code == 1 or not [each for each in check(collect([out])) if each.severity == "error"]
        assert sorted(each.name for each in Path(folder).iterdir()) == sorted(["t.csv", *["out"][: out.exists()]])
