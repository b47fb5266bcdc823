"""Keeps the chart's generated parts in step: its copies of crds/*.yaml, dashboards, README.md's table of values.yaml.

In values.schema.json, what refuses an unknown value says which there are: a misspelt one is seen with the right one.

`python -m tools.chart` writes them; with --check it names what is stale and ends with 1.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tools.dashboards import boards

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "charts" / "scim-operator"
BEGIN, END = "<!-- values: made by tools/chart.py -->", "<!-- values end -->"
REFUSED = "absent, for there is no such value; there are: "

_KEY = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z]\w*):")
_COMMENT = re.compile(r"^ *# -- (?P<text>.*)$")


def described_values(text: str) -> Iterator[tuple[str, str]]:
    """Yield each `# -- ` comment of a values file with the dotted path of the key that it stands above."""
    path: list[str] = []
    comment = None
    for line in text.splitlines():
        if said := _COMMENT.match(line):
            comment = said["text"]
        elif key := _KEY.match(line):
            path = [*path[: len(key["indent"]) // 2], key["key"]]
            if comment is not None:
                yield ".".join(path), comment
            comment = None


def value_at(values: dict[str, Any], path: str) -> Any:  # noqa: ANN401 - any YAML value
    found: Any = values
    for key in path.split("."):
        found = found[key]
    return found


def values_table(text: str) -> str:
    """Return the Markdown table of a values file: path, default, description."""
    values = yaml.safe_load(text)
    rows = (f"| `{path}` | `{json.dumps(value_at(values, path))}` | {said} |" for path, said in described_values(text))
    return "\n".join(["| Value | Default | What it does |", "|---|---|---|", *rows])


def with_table(readme: str, table: str) -> str:
    """Return the README with what is between the two markers replaced."""
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}"


def closed(schema: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return the schema with each of its closed objects naming what it knows, in the message for what it does not."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if "properties" in made and is_refusal(made.get("additionalProperties")):
        made["additionalProperties"] = {"const": f"{REFUSED}{', '.join(sorted(made['properties']))}"}
    return made


def is_refusal(schema: Any) -> bool:  # noqa: ANN401 - any JSON value
    return schema is False or (isinstance(schema, dict) and str(schema.get("const")).startswith(REFUSED))


def schema_text(text: str) -> str:
    """Return the text of the schema as it is to be."""
    return json.dumps(closed(json.loads(text)), indent=2, ensure_ascii=False) + "\n"


def generated(root: Path = ROOT) -> dict[Path, str]:
    """Return what each generated file of the chart must hold."""
    chart = root / "charts" / "scim-operator"
    readme, schema = chart / "README.md", chart / "values.schema.json"
    table = values_table((chart / "values.yaml").read_text())
    copies = {chart / "files" / "crds" / crd.name: crd.read_text() for crd in sorted((root / "crds").glob("*.yaml"))}
    return {
        readme: with_table(readme.read_text(), table),
        schema: schema_text(schema.read_text()),
        **copies,
        **{chart / "files" / "dashboards" / name: text for name, text in boards().items()},
    }


def stale(root: Path = ROOT) -> list[Path]:
    """Return the generated files that are missing, out of date, or copies of a CRD that is no more."""
    wanted = generated(root)
    copies = (root / "charts" / "scim-operator" / "files" / "crds").glob("*.yaml")
    differing = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    return differing + [path for path in copies if path not in wanted]


def write(root: Path = ROOT) -> list[Path]:
    """Bring the generated files up to date; return those that changed."""
    wanted = generated(root)
    changed = stale(root)
    for path in changed:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path])
        else:
            path.unlink()
    return changed


def main() -> int:
    check = "--check" in sys.argv[1:]
    paths = stale() if check else write()
    for path in paths:
        print(f"{'stale, run make chart' if check else 'written'}: {path.relative_to(ROOT)}")
    return 1 if check and paths else 0


if __name__ == "__main__":
    sys.exit(main())
