"""Volumes that outlive a pod: of the cluster's default StorageClass, else folders of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.e2e import shell
from tools.e2e.shell import kubectl

if TYPE_CHECKING:
    from tools.e2e.installation import Installation

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
PARENT, FOLDER = "/var/lib", "scim-operator-e2e"
SIZE = "1Gi"
# Any user of the pod may write there; a hostPath is not given to the pod's fsGroup as other volumes are.
OPEN = "import os; os.chmod('/volume', 0o777)"
REMOVE = f"import shutil; shutil.rmtree('/volume/{FOLDER}')"


def make_claim(run: Installation, name: str) -> str:
    """Make a PersistentVolumeClaim, and a volume for it where no one else would; return what it is, in words."""
    if _has_default_class():
        shell.apply([_claim(run, name, {})])
        return "a volume of the default StorageClass"
    node = shell.objects("nodes")[0]["metadata"]["labels"]["kubernetes.io/hostname"]
    _on_node(run, name, node, f"{PARENT}/{FOLDER}/{name}", OPEN)
    # An empty class says: no class at all, only a volume that is there.
    chosen = {"storageClassName": "", "volumeName": f"{run.namespace}-{name}"}
    shell.apply([_volume(run, name, node), _claim(run, name, chosen)])
    bound = "--for=jsonpath={.status.phase}=Bound"
    kubectl("wait", f"persistentvolumeclaim/{name}", run.scoped, bound, "--timeout=60s")
    return "a hostPath volume"


def remove(run: Installation) -> None:
    """Remove the volumes that `make_claim` made, with their folder."""
    made = [one for one in shell.objects("persistentvolumes") if _labels(run).items() <= _labels_of(one).items()]
    if made:
        node = made[0]["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"][0]
        kubectl("delete", "persistentvolume", *(one["metadata"]["name"] for one in made), "--timeout=60s")
        _on_node(run, "remove", node, PARENT, REMOVE)
        kubectl("delete", "namespace", _place(run), "--timeout=120s")


def _has_default_class() -> bool:
    classes = shell.objects("storageclasses")
    return any(one["metadata"].get("annotations", {}).get(DEFAULT_CLASS) == "true" for one in classes)


def _labels(run: Installation) -> dict[str, str]:
    return {"made-by": f"e2e-{run.namespace}"}


def _labels_of(one: dict[str, Any]) -> dict[str, str]:
    return dict(one["metadata"].get("labels") or {})


def _claim(run: Installation, name: str, chosen: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": run.namespace},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": SIZE}}, **chosen},
    }


def _volume(run: Installation, name: str, node: str) -> dict[str, Any]:
    here = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"{run.namespace}-{name}", "labels": _labels(run)},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": SIZE},
            "claimRef": {"namespace": run.namespace, "name": name},
            "hostPath": {"path": f"{PARENT}/{FOLDER}/{name}", "type": "DirectoryOrCreate"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [here]}},
            "persistentVolumeReclaimPolicy": "Retain",
        },
    }


def _on_node(run: Installation, name: str, node: str, folder: str, script: str) -> None:
    """Run Python as root over a folder of the node: in a namespace of its own, for the run's admits no such pod."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _place(run)}}
    shell.apply([namespace])
    scoped = f"--namespace={_place(run)}"
    shell.until(lambda: shell.objects("serviceaccounts", scoped), "the namespace has its ServiceAccount", limit=30)
    shell.apply([_root_pod(run, name, node, folder, script)])
    kubectl("wait", f"pod/{name}", scoped, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")


def _root_pod(run: Installation, name: str, node: str, folder: str, script: str) -> dict[str, Any]:
    container = {
        "name": "python",
        "image": run.image,
        "command": ["python", "-c", script],
        "securityContext": {"runAsUser": 0},
        "volumeMounts": [{"name": "volume", "mountPath": "/volume"}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": _place(run)},
        "spec": {
            "restartPolicy": "Never",
            "nodeSelector": {"kubernetes.io/hostname": node},
            "containers": [container],
            "volumes": [{"name": "volume", "hostPath": {"path": folder, "type": "DirectoryOrCreate"}}],
        },
    }


def _place(run: Installation) -> str:
    return f"{run.namespace}-e2e-node"
