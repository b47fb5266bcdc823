"""The provisioning log in a real PostgreSQL, which goes away and comes back."""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING, Any

from tools.e2e import pods, shell, volumes
from tools.e2e.checks import left_out, require
from tools.e2e.provisioning_log import has_title, ids, logs, retitle
from tools.e2e.shell import E2EError, kubectl, until

if TYPE_CHECKING:
    from tools.e2e.installation import Installation

VARIABLE = "E2E_POSTGRES_IMAGE"
NAME, PORT = "e2e-postgres", 5432
# Debian keeps the server's commands off the PATH; the official image does not. Both know the user nobody.
SERVE = """set -e
PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
if [ ! -s /store/data/PG_VERSION ]; then
    initdb --pgdata=/store/data --username=scim --pwfile=/password/password --auth=scram-sha-256 --encoding=UTF8
    echo "host all all all scram-sha-256" >> /store/data/pg_hba.conf
fi
exec postgres -D /store/data -c listen_addresses='*' -c unix_socket_directories=
"""
COUNT = "SELECT count(*) FROM scim_provisioning_log"


def log_in_postgres(run: Installation) -> str:
    """Check the log in PostgreSQL, with its URL from a Secret; records made while it is away are written later."""
    image = os.environ.get(VARIABLE)
    if not image:
        return left_out(VARIABLE, "set it to an image with PostgreSQL that the nodes can get, such as postgres:17")
    password = secrets.token_urlsafe(16)
    serve(run, image, password)
    shell.helm(*run.helm_command("upgrade", f"--set=provisioningLog.storeSecret.name={NAME}"))
    retitle(run, "Analyst in PostgreSQL")
    until(lambda: has_title(run, "Analyst in PostgreSQL"), "the record is in PostgreSQL", limit=60)
    while_away = away(run)
    back = come_back(run)
    rows = count(run)
    require(rows == len(ids(run)), f"PostgreSQL has {rows} records, kubectl scim logs shows {len(ids(run))}")
    require(password not in operator_output(run), "the password is in the operator's output")
    put_back(run)
    return f"{rows} records; with PostgreSQL away a change took {while_away:.1f} s, its record came {back:.1f} s after"


def serve(run: Installation, image: str, password: str) -> None:
    volumes.make_claim(run, f"{NAME}-store")
    url = f"postgresql://scim:{password}@{NAME}.{run.namespace}.svc:{PORT}/postgres"
    container = {
        "image": image,
        "command": ["sh", "-c", SERVE],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
    }
    mounted = {"store": {"persistentVolumeClaim": {"claimName": f"{NAME}-store"}}, "password": _secret_volume()}
    shell.apply(
        [
            pods.secret(run, NAME, url=url, password=password),
            pods.service(run, NAME, PORT),
            pods.deployment(run, NAME, container, mounted),
        ]
    )
    kubectl("rollout", "status", f"deployment/{NAME}", run.scoped, "--timeout=120s")


def _secret_volume() -> dict[str, Any]:
    return {"secret": {"secretName": NAME, "items": [{"key": "password", "path": "password"}]}}


def away(run: Installation) -> float:
    """Return the seconds that a change takes to the service while PostgreSQL is away; searching the log then fails."""
    scale(run, 0)
    started = time.monotonic()
    retitle(run, "Analyst unseen")
    seconds = time.monotonic() - started
    try:
        answered = logs(run)
    except E2EError as refused:
        require("Traceback" not in str(refused), f"kubectl scim logs does not say why: {refused}")
    else:
        raise E2EError(f"kubectl scim logs answers without its store: {answered[:200]}")
    return seconds


def come_back(run: Installation) -> float:
    """Return the seconds from PostgreSQL's return until the record of the change made meanwhile is in it."""
    scale(run, 1)
    started = time.monotonic()
    until(lambda: has_title(run, "Analyst unseen"), "what was done meanwhile is recorded", limit=90)
    return time.monotonic() - started


def scale(run: Installation, replicas: int) -> None:
    kubectl("scale", f"deployment/{NAME}", run.scoped, f"--replicas={replicas}")
    if replicas:
        kubectl("rollout", "status", f"deployment/{NAME}", run.scoped, "--timeout=120s")
    else:
        kubectl("wait", "pod", run.scoped, f"--selector=app={NAME}", "--for=delete", "--timeout=60s")


def count(run: Installation) -> int:
    """Return the number of records, by PostgreSQL itself."""
    script = (
        "PATH=$PATH:$(echo /usr/lib/postgresql/*/bin) PGPASSWORD=$(cat /password/password) "
        f'psql --host=127.0.0.1 --username=scim --dbname=postgres --no-align --tuples-only --command="{COUNT}"'
    )
    return int(kubectl("exec", run.scoped, f"deployment/{NAME}", "--", "sh", "-c", script))


def operator_output(run: Installation) -> str:
    return run.log() + kubectl("get", "events", run.scoped, "-o", "yaml")


def put_back(run: Installation) -> None:
    """Keep the log on its claim again, where the earlier records are."""
    shell.helm(*run.helm_command("upgrade"))
    until(lambda: has_title(run, "Analyst after the restart"), "the claim has the earlier records", limit=30)
    kubectl("delete", "deployment,service,secret", NAME, run.scoped)
