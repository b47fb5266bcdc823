"""The command line: `scim-operator`, and `kubectl scim` where it is installed as kubectl's plugin.

One module per command, loaded when its command is called: `scim-operator --help` and `kubectl scim status` must not
wait for kopf or an HTTP library. Each module has a click command by the name of `command`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from scim_operator.core.printing import lines
from scim_operator.core.unexpected import unexpected
from scim_operator.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "access": "Show who has access by the manifests in Git, since when, and by whom",
    "apply": "Bring a service in line with manifests in files, without a cluster",
    "completion": "Print a script by which a shell completes commands and names",
    "convert": "Turn an Entra synchronization schema into a ProvisioningConfig",
    "crds": "Print the CustomResourceDefinitions",
    "explain": "Explain why one object is treated as it is, and what would be sent",
    "import": "Write manifests of the users and groups that there are already",
    "logs": "Search the provisioning log",
    "plan": "Show what manifests in files would change at a service",
    "run": "Run the operator",
    "simulate": "Run an embedded VMware Identity Service on loopback",
    "status": "Show what is provisioned, and what is not",
    "support-bundle": "Collect what a maintainer needs, without secrets and personal data",
    "test-connection": "Ask a service whether it accepts us",
    "ui": "Serve pages about users, groups, plans and access on this machine",
    "undelete": "Put back manifests that were deleted by mistake",
    "validate": "Check manifests in files, offline",
}

_MODULES = {"import": "import_commands"}
"""Modules of commands whose names Python has taken."""


def program_name(called_as: str) -> str:
    """Return the words that a person typed to call us: kubectl runs `kubectl-scim` for `kubectl scim`."""
    return "kubectl scim" if PurePath(called_as).name == "kubectl-scim" else "scim-operator"


class LazyGroup(click.Group):
    """A group that knows the names and the help of its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command by its name, imported now; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"{__name__}.{_MODULES.get(cmd_name, cmd_name.replace('-', '_'))}")
        loaded: click.Command = module.command
        return loaded

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return commands and options that begin so, from the table above."""
        found = [CompletionItem(name, help=COMMANDS[name]) for name in sorted(COMMANDS) if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error ends it with its message, for the message says what to do next."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            raise  # whoever read the output has gone, as `head` does: click ends without a word
        except Exception as error:
            named = unexpected(error)
            if isinstance(named, InternalError):
                click.echo(lines(named.trace), err=True)
            raise click.ClickException(lines(str(named))) from error

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: object
    ) -> click.Context:
        """Return the context of one call, under the name that the person typed."""
        return super().make_context(program_name(info_name or ""), args, parent, **extra)


@click.group(name="scim-operator", cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="scim-operator")
def main() -> None:
    """Provision users and groups from Kubernetes manifests to a SCIM 2.0 service."""
