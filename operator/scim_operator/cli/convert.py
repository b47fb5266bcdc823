"""`scim-operator convert entra`: from an exported Entra synchronization schema to a ProvisioningConfig."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

import click
import yaml

from scim_operator.core.entra_schema import Profile, convert_schema
from scim_operator.core.keys import Kind
from scim_operator.errors import InvalidSpec
from scim_operator.job.settings import settings_of
from scim_operator.scim.profiles import PROFILES, profile_named

if TYPE_CHECKING:
    from scim_operator.core.entra_schema import Conversion

URL = "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2"


@click.group(name="convert")
def command() -> None:
    """Turn other provisioning configurations into a ProvisioningConfig."""


@command.command(name="entra")
@click.argument("schema", type=click.File(encoding="utf-8-sig"))
@click.option("--name", default="vmware", show_default=True, help="The metadata.name of the ProvisioningConfig.")
@click.option("-n", "--namespace", default="", help="Its namespace; left out unless given.")
@click.option("--url", default=URL, show_default=True, help="The service's URL (the Tenant URL).")
@click.option("--secret", default="vmware-scim", show_default=True, help="The Secret with the token.")
@click.option("--profile", type=click.Choice(sorted(PROFILES)), default="vmware-identity-service", show_default=True)
@click.option("--extension", default="", metavar="URN", help="The extension that holds attributes without a field.")
@click.option("--strict", is_flag=True, help="End with 1 when anything could not be carried over.")
def entra(  # noqa: PLR0913, PLR0917 - one argument per option
    schema: TextIO,
    name: str,
    namespace: str,
    url: str,
    secret: str,
    profile: str,
    extension: str,
    strict: bool,  # noqa: FBT001 - click's way
) -> None:
    """Turn a synchronization SCHEMA of Microsoft Graph (JSON; - for standard input) into a ProvisioningConfig, as YAML.

    What could not be carried over, and what works differently, is listed on standard error and in the YAML's comments.
    The config is in mode Plan and assigns nobody, for the schema does not say who is assigned.
    """
    made = convert_schema(_read(schema), _profile(profile), extension=extension)
    manifest = _manifest(made, name=name, namespace=namespace, url=url, secret=secret, profile=profile)
    settings_of({**manifest, "metadata": {"namespace": "-", "uid": "-", "generation": 1, **manifest["metadata"]}})
    notes = [_line(f"Not carried over: {each}") for each in made.left]
    notes += [_line(f"Differs: {each}") for each in made.differs]
    for note in notes:
        click.echo(note, err=True)
    comments = "".join(f"# {note}\n" for note in notes)
    click.echo(comments + yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=120), nl=False)
    if strict and made.left:
        raise SystemExit(1)


def _line(note: str) -> str:
    """The note on one line: names come from a file, and a line break would end the comment."""
    return " ".join(note.split())


def _read(schema: TextIO) -> dict[str, Any]:
    try:
        found = json.load(schema)
    except (ValueError, RecursionError) as error:
        raise InvalidSpec("The schema is no JSON; export it from Microsoft Graph and give that file.") from error
    if not isinstance(found, dict):
        raise InvalidSpec("The schema is no JSON object; export it from Microsoft Graph and give that file.")
    return found


def _profile(name: str) -> Profile:
    known = profile_named(name)
    return Profile(
        defaults={kind: known.attributes[kind.resource_type] for kind in Kind},
        required={kind: known.required[kind.resource_type] for kind in Kind},
    )


def _manifest(made: Conversion, *, name: str, namespace: str, url: str, secret: str, profile: str) -> dict[str, Any]:
    bearer = {"secretRef": {"name": secret, "key": "token"}}
    return {
        "apiVersion": "scim-operator.io/v1alpha1",
        "kind": "ProvisioningConfig",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "spec": {
            "service": {"url": url, "profile": profile, "auth": {"bearer": bearer}},
            "mode": "Plan",
            "scope": "Assigned",
            "assignments": [],
            **made.spec,
        },
    }
