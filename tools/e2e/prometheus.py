"""A real Prometheus beside the run: it reads the metrics of the operator's pods, with the chart's alerts loaded."""

from __future__ import annotations

import json
import re
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.cluster.binaries import ensure_prometheus
from tools.demo.children import Children
from tools.e2e import shell
from tools.e2e.installation import OPERATOR
from tools.e2e.shell import E2EError, until

if TYPE_CHECKING:
    from tools.e2e.installation import Installation

INTERVAL = 5
"""Seconds between two looks at a pod, so that a run of minutes has enough of them."""
LOOKS = 1.0
ALERTS = shell.ROOT / "charts/scim-operator/files/alerts.yaml"
METRICS_PORT = 8080
# Through the API server, as no pod can be reached from outside of the cluster. `kubectl proxy` holds the credentials.
CONFIGURATION = """\
global: {{scrape_interval: {interval}s, scrape_timeout: {interval}s, evaluation_interval: {interval}s}}
rule_files: [{alerts}]
scrape_configs:
- job_name: scim-operator
  file_sd_configs:
  - files: [{targets}]
    refresh_interval: {interval}s
"""


class Prometheus:
    """Runs from `start` to `end`; what it has read is asked for meanwhile."""

    def __init__(self, run: Installation) -> None:
        self._run = run
        self._scratch = tempfile.TemporaryDirectory()
        self._folder = Path(self._scratch.name)
        self._children = Children(self._folder)
        self._over = threading.Event()
        self._finding = threading.Thread(target=self._find, name="pods to read", daemon=True)
        self._proxy = self._url = ""
        self.began = 0.0

    def start(self) -> None:
        """Start both programs, and wait until the first pod was read. Errors: E2EError."""
        words = ["proxy", "--port=0"]
        log = self._children.start("proxy", [shell.kubectl_command(), *words]).log
        self._proxy = _seen_in(log, r"Starting to serve on (127\.0\.0\.1:\d+)")
        targets = self._folder / "targets.json"
        given = {"interval": INTERVAL, "alerts": ALERTS, "targets": targets}
        (self._folder / "prometheus.yaml").write_text(CONFIGURATION.format(**given))
        log = self._children.start("prometheus", [str(ensure_prometheus()), *self._options()]).log
        self._url = "http://" + _seen_in(log, r'msg="Listening on" .*address=(127\.0\.0\.1:\d+)')
        self._finding.start()
        until(lambda: self.ask("query", query="scim_operator_key_lasts")["result"], "a pod was read", limit=120)
        self.began = time.time()

    def _options(self) -> list[str]:
        return [
            f"--config.file={self._folder}/prometheus.yaml",
            f"--storage.tsdb.path={self._folder}/data",
            "--web.listen-address=127.0.0.1:0",
        ]

    def _find(self) -> None:
        """Tell Prometheus which pods there are, as the Prometheus operator would by a PodMonitor."""
        file = self._folder / "targets.json"
        while not self._over.wait(LOOKS):
            with suppress(E2EError):
                found = json.dumps([self._target(pod) for pod in self._pods()])
                if not file.exists() or file.read_text() != found:
                    made = file.with_suffix(".made")
                    made.write_text(found)
                    made.rename(file)

    def _pods(self) -> list[dict[str, Any]]:
        pods = shell.objects("pods", self._run.scoped, f"--selector={OPERATOR}")
        return [pod for pod in pods if pod["status"].get("phase") == "Running"]

    def _target(self, pod: dict[str, Any]) -> dict[str, Any]:
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        path = f"/api/v1/namespaces/{namespace}/pods/{name}:{METRICS_PORT}/proxy/metrics"
        instance = f"{pod['status'].get('podIP')}:{METRICS_PORT}"
        labels = {"__metrics_path__": path, "instance": instance, "namespace": namespace, "pod": name}
        return {"targets": [self._proxy], "labels": labels}

    def ask(self, what: str, **parameters: str | float) -> dict[str, Any]:
        """Ask Prometheus' HTTP API. Errors: E2EError with what it says."""
        url = f"{self._url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - ours, on loopback
                data: dict[str, Any] = json.load(answer)["data"]
        except OSError as error:
            raise E2EError(f"Prometheus, asked {parameters}: {error}") from error
        return data

    def end(self) -> None:
        """End both programs, and remove what was read."""
        self._over.set()
        if self._finding.is_alive():
            self._finding.join()
        self._children.end()
        self._scratch.cleanup()


def _seen_in(log: Path, pattern: str) -> str:
    """Wait for a line of a log; return what its group matches."""
    until(lambda: re.search(pattern, log.read_text()), f"{log.name} has {pattern}", limit=60)
    found = re.search(pattern, log.read_text())
    return found[1] if found else ""
