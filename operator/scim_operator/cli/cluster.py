"""Options shared by the commands that talk to a cluster: kubectl's own."""

from __future__ import annotations

from pathlib import Path

import click

kubeconfig_option = click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path),
    help="The kubeconfig; default: KUBECONFIG, the pod, ~/.kube/config.",
)
context_option = click.option("--context", help="The context of the kubeconfig to use; default: the current one.")
namespace_option = click.option("-n", "--namespace", help="The namespace; default: that of the context.")


def say_where_to_ask(namespace: str, *command: str) -> None:
    """Print to standard error how to ask from inside the cluster, whose names and networks may be out of reach here."""
    asked = " ".join(("scim-operator", *command, "--namespace", namespace))
    click.echo(
        "If the cluster alone reaches it, ask from the operator's pod: "
        f"kubectl exec --namespace {namespace} deployment/scim-operator -- {asked}",
        err=True,
    )
