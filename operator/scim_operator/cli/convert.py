"""`scim-operator convert entra`: from an exported Entra synchronization schema to a ProvisioningConfig."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import yaml

from scim_operator.core.entra.export import as_graph_names
from scim_operator.core.entra.schema import Profile, convert_schema
from scim_operator.core.keys import Kind
from scim_operator.core.printing import lines, one_line
from scim_operator.errors import InvalidSpec
from scim_operator.local.checks import check
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import collect_texts
from scim_operator.local.scalars import resolve
from scim_operator.scim.profiles import PROFILES, profile_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

URL = "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2"


@click.group(name="convert")
def command() -> None:
    """Turn other provisioning configurations into a ProvisioningConfig."""


@command.command(name="entra")
@click.argument("schema", type=click.File("rb"))
@click.option("--name", default="vmware", show_default=True, help="The metadata.name of the ProvisioningConfig.")
@click.option("-n", "--namespace", default="", help="Its namespace; left out unless given.")
@click.option("--url", default=URL, show_default=True, help="The service's URL (the Tenant URL).")
@click.option("--secret", default="vmware-scim", show_default=True, help="The Secret with the token.")
@click.option("--profile", type=click.Choice(sorted(PROFILES)), default="vmware-identity-service", show_default=True)
@click.option("--extension", default="", metavar="URN", help="The extension that holds attributes without a field.")
@click.option("--strict", is_flag=True, help="End with 1 when anything could not be carried over.")
def entra(  # noqa: PLR0913, PLR0917 - one argument per option
    schema: BinaryIO,
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
    The config is in mode Plan and assigns no one, for the schema does not say who is assigned.
    """
    manifest_of = partial(_manifest, name=name, namespace=namespace, url=url, secret=secret, profile=profile)
    if refused := _refusal(_dumped(manifest_of({}))):
        raise InvalidSpec(refused)
    known = _profile(profile, lambda rules: _SAYS.sub("", _refusal(_dumped(manifest_of(rules)))))
    made = convert_schema(_read(schema), known, extension=extension)
    text = _dumped(manifest_of(made.spec))
    if refused := _refusal(text):
        raise InvalidSpec(refused)
    notes = [_line(f"Not carried over: {each}") for each in made.left]
    notes += [_line(f"Differs: {each}") for each in made.differs]
    for note in notes:
        click.echo(note, err=True)
    comments = "".join(f"# {note}\n" for note in notes)
    click.echo(comments + text, nl=False)
    if strict and made.left:
        raise SystemExit(1)


_SAYS = re.compile(r"\Aspec\.[\w.\[\]]*: ")
"""The field that a refusal begins with, where it is that of a config which is made to ask about one thing alone."""


class _Dumper(yaml.SafeDumper):
    """Puts quotes around texts that kubectl takes for something else: `y` for true, `1E3` for a thousand."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, None if _stays(text) else "'")


_Dumper.add_representer(str, _text)


def _stays(text: str) -> bool:
    try:
        return resolve(text) is text
    except ValueError:
        return False


def _dumped(manifest: dict[str, Any]) -> str:
    text: str = yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    if lines(text) == text:
        return text
    escaped: str = yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=120)
    return escaped


def _refusal(text: str) -> str:
    """Return why the config would be refused, "" where it would be taken: what `validate` says of it."""
    found = check(collect_texts([("config.yaml", text.encode())]))
    first = next((each.message for each in found if each.severity is Severity.ERROR), "")
    return first.removeprefix("ProvisioningConfig ").partition(": ")[2]


def _line(note: str) -> str:
    """Return the note on one line: names come from a file, and a line break would end the comment."""
    return one_line(" ".join(note.split()))


def _read(schema: BinaryIO) -> dict[str, Any]:
    """Return the export. JSON says itself whether it is UTF-8, or UTF-16 as Windows PowerShell writes files."""
    try:
        found = as_graph_names(json.loads(schema.read()))
    except (ValueError, RecursionError) as error:
        raise InvalidSpec(
            "The schema is no JSON in UTF-8 or UTF-16; export it from Microsoft Graph and give that file."
        ) from error
    if not isinstance(found, dict):
        raise InvalidSpec("The schema is no JSON object; export it from Microsoft Graph and give that file.")
    return found


def _profile(name: str, refusal: Callable[[Mapping[str, Any]], str]) -> Profile:
    known = profile_named(name)
    return Profile(
        defaults={kind: known.attributes[kind.resource_type] for kind in Kind},
        required={kind: known.required[kind.resource_type] for kind in Kind},
        refusal=refusal,
    )


def _manifest(
    rules: Mapping[str, Any], *, name: str, namespace: str, url: str, secret: str, profile: str
) -> dict[str, Any]:
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
            **rules,
        },
    }
