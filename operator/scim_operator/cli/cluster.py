"""What the commands that talk to a cluster share: kubectl's own options."""

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
