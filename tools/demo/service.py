"""The service as seen by anyone with its token: over SCIM (RFC 7644), and the simulator's count of requests."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.demo.children import DemoError

if TYPE_CHECKING:
    from tools.demo.screen import Screen

Resource = dict[str, Any]

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"

# Without a proxy, even if the environment sets one: the service is on loopback.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Service:
    """A SCIM service at `url`."""

    url: str
    token: str
    control_token: str = ""

    def users(self) -> list[Resource]:
        return self._list("Users", by="userName")

    def groups(self) -> list[Resource]:
        return self._list("Groups", by="displayName")

    def user(self, user_name: str) -> Resource:
        """Return the user of that name; {} when there is none."""
        return next((user for user in self.users() if user["userName"] == user_name), {})

    def set_title(self, user_name: str, title: str) -> None:
        """Change a title behind the operator's back."""
        operation = {"op": "replace", "path": "title", "value": title}
        self._call("PATCH", f"/Users/{self.user(user_name)['id']}", {"schemas": [PATCH], "Operations": [operation]})

    def create_user(self, user_name: str, given_name: str, family_name: str) -> None:
        """Make a user that no manifest describes."""
        body = {
            "schemas": [CORE_USER],
            "userName": user_name,
            "externalId": user_name,
            "active": True,
            "name": {"givenName": given_name, "familyName": family_name},
            "emails": [{"type": "work", "value": user_name}],
        }
        self._call("POST", "/Users", body)

    def writes(self) -> int:
        """Return how many requests that ask for a change the simulator has had."""
        root = self.url.partition("/usergroup/")[0]
        headers = {"Authorization": f"Bearer {self.control_token}"}
        count: int = self._open(urllib.request.Request(f"{root}/_simulator/stats", headers=headers))["write"]  # noqa: S310
        return count

    def _list(self, endpoint: str, *, by: str) -> list[Resource]:
        found: list[Resource] = self._call("GET", f"/{endpoint}?count=100").get("Resources", [])
        return sorted(found, key=lambda resource: str(resource[by]))

    def _call(self, method: str, path: str, body: Resource | None = None) -> Resource:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        data = json.dumps(body).encode() if body is not None else None
        return self._open(urllib.request.Request(self.url + path, data, headers, method=method))  # noqa: S310

    def _open(self, request: urllib.request.Request) -> Resource:
        try:
            with _OPENER.open(request, timeout=10) as answer:
                document: Resource = json.loads(answer.read() or b"{}")
                return document
        except urllib.error.URLError as error:
            raise DemoError(f"The service did not answer {request.method} {request.full_url} well: {error}") from error


def show(service: Service, screen: Screen) -> None:
    """Show the users and groups at the service."""
    users, groups = service.users(), service.groups()
    if not users and not groups:
        screen.output("(no users, no groups)")
        return
    screen.table(("USER", "ACTIVE", "TITLE", "GROUPS"), [_user_row(user, groups) for user in users])
    names = {user["id"]: str(user["userName"]) for user in users}
    screen.table(("GROUP", "MEMBERS"), [(str(g["displayName"]), ", ".join(members(g, names)) or "-") for g in groups])


def members(group: Resource, names: dict[str, str]) -> list[str]:
    """Return the userNames of a group's members."""
    return sorted(names.get(member["value"], member["value"]) for member in group.get("members") or ())


def _user_row(user: Resource, groups: list[Resource]) -> tuple[str, ...]:
    mine = [str(g["displayName"]) for g in groups if user["id"] in {m["value"] for m in g.get("members") or ()}]
    return (str(user["userName"]), str(user["active"]).lower(), str(user.get("title", "-")), ", ".join(mine) or "-")


def answers(url: str) -> bool:
    """Return whether a health endpoint answers 200."""
    try:
        with _OPENER.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
