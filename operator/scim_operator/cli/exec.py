"""Asks the operator in the cluster: kubectl runs our own command in its pod, as the person's rights allow."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from scim_operator.errors import DependencyNotReady

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SELECTOR = "app.kubernetes.io/name=scim-operator,app.kubernetes.io/component=operator"
_FIELDS = 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}{"\\n"}{end}'
_WAIT = "20s"
"""How long kubectl waits for the API server, and for a pod."""
_READY = "ready={.status.readyReplicas}"


def run_in_operator(arguments: Sequence[str], given: Mapping[str, Any]) -> int:
    """Run `scim-operator logs` in the operator's pod, with its output as ours; return the exit status.

    Raises DependencyNotReady where kubectl or the operator is not found.
    """
    return subprocess.run(_command(arguments, given), check=False).returncode  # noqa: S603


def asked_of_operator(arguments: Sequence[str], given: Mapping[str, Any]) -> bytes:
    """Return the output of the same; raises DependencyNotReady also where it fails, with the last line that it said."""
    ended = subprocess.run(_command(arguments, given), capture_output=True, check=False)  # noqa: S603
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        raise DependencyNotReady(f"The operator's log cannot be asked: {said[-1] if said else 'no reason given'}")
    return ended.stdout


def _command(arguments: Sequence[str], given: Mapping[str, Any]) -> list[str]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise DependencyNotReady("kubectl is not on the PATH: install it, or give the log store's URL with --store.")
    base = [kubectl, *_connection(given)]
    where, asked = given["operator"], list(arguments)
    if not given["namespace"] and not given["all_namespaces"]:
        asked.append(f"--namespace={_namespace(base)}")
    namespace, _, name = (where or _find(base, given["namespace"])).partition("/")
    _demand_ready(base, namespace, name)
    waiting = f"--pod-running-timeout={_WAIT}"
    command = ["exec", f"--namespace={namespace}", f"deployment/{name}", "--container=operator", waiting, "--"]
    return [*base, *command, "scim-operator", "logs", *asked]


def _connection(given: Mapping[str, Any]) -> list[str]:
    options = {"kubeconfig": given["kubeconfig"], "context": given["context"]}
    return [f"--{name}={value}" for name, value in options.items() if value]


def _namespace(base: Sequence[str]) -> str:
    """Return the namespace of the context."""
    return _asked([*base, "config", "view", "--minify", "--output=jsonpath={..namespace}"]).strip() or "default"


def _find(base: Sequence[str], namespace: str) -> str:
    """Return the operator's Deployment, as namespace/name: from the namespace, else from any other."""
    near = [f"--namespace={namespace}"] if namespace else []
    for place in (near, ["--all-namespaces"]):
        found = _asked([*base, "get", "deployments", *place, f"--selector={SELECTOR}", f"--output={_FIELDS}"]).split()
        if len(found) == 1:
            return found[0]
        if found:
            raise DependencyNotReady(f"There are several operators; say which with --operator: {', '.join(found)}.")
    raise DependencyNotReady(
        "No operator is found in the cluster: name it with --operator NAMESPACE/NAME, or give the log store's URL with "
        "--store."
    )


def _demand_ready(base: Sequence[str], namespace: str, name: str) -> None:
    """Raise DependencyNotReady where no pod of the operator runs: kubectl would wait for one.

    Where the question is refused, kubectl finds out by itself.
    """
    ready = f"--output=jsonpath={_READY}"
    told = _asked([*base, "get", "deployment", name, f"--namespace={namespace}", ready])
    if told.strip() == "ready=":
        raise DependencyNotReady(
            f"No pod of the operator {namespace}/{name} is ready, so that the log cannot be asked there: see "
            f"kubectl --namespace {namespace} get pods, or give the log store's URL with --store."
        )


def _asked(command: Sequence[str]) -> str:
    """Return the output of kubectl; nothing where it refuses, as where a right is missing, or hears nothing in time."""
    timed = [*command, f"--request-timeout={_WAIT}"]
    ended = subprocess.run(timed, capture_output=True, text=True, check=False)  # noqa: S603
    return ended.stdout if ended.returncode == 0 else ""
