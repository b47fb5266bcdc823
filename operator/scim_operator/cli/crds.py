"""`scim-operator crds`: print the CustomResourceDefinitions, or write them to a directory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from scim_operator.api.crd import crds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class _Dumper(yaml.SafeDumper):
    """Writes values that occur twice in full: kubectl reads anchors, people do not."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401 - the signature is PyYAML's
        return True


def render(definition: Mapping[str, Any]) -> str:
    """Return one CustomResourceDefinition as YAML."""
    text: str = yaml.dump(definition, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
    return text


def files() -> Iterator[tuple[str, str]]:
    """Yield the name and the content of each file under crds/."""
    for definition in crds():
        yield f"{definition['metadata']['name']}.yaml", render(definition)


@click.command(name="crds")
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write one file for each kind to DIR instead of printing them.",
)
def command(folder: Path | None) -> None:
    """Print the CustomResourceDefinitions of ScimUser, ScimGroup and ProvisioningConfig.

    \b
    scim-operator crds | kubectl apply --server-side -f -
    """
    if folder is None:
        click.echo("---\n".join(text for _, text in files()), nl=False)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files():
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(folder / name)
