"""Logs the rights that the operator lacks: at the start, and when one is taken away later.

Some are needed only rarely, such as `get` after a conflict, and kopf never reports its own. Asking needs no
right of its own: anyone who is authenticated may ask about itself (the ClusterRole system:basic-user).
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING

from scim_operator.errors import ScimOperatorError
from scim_operator.kube.client import KubeClient, Target, forbidden_sentence
from scim_operator.kube.resources import ApiResource
from scim_operator.kube.rights import RIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.kube.rights import Right

logger = logging.getLogger(__name__)

REVIEWS = ApiResource("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview")
AGAIN_SECONDS, RETRY_SECONDS = 600.0, 10.0
"""Seconds between two looks, and after one that failed."""


class RightsCheck:
    """Looks at the operator's rights in each of `namespaces` (empty: in all at once)."""

    def __init__(self, client: KubeClient, namespaces: Sequence[str]) -> None:
        self._client = client
        self._places: list[str | None] = [*namespaces] or [None]
        self._reported: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look periodically, until cancelled."""
        while True:
            pause = AGAIN_SECONDS if await self.look() else RETRY_SECONDS
            await asyncio.sleep(pause * random.uniform(0.75, 1.0))  # noqa: S311 - no secret

    async def look(self) -> bool:
        """Log a sentence for each right that is newly missing. Return whether the API server answered."""
        try:
            missing = frozenset([sentence for place in self._places for sentence in await self.lacks(place)])
        except ScimOperatorError as error:
            logger.debug("The rights could not be looked at. %s", error)
            return False
        for sentence in sorted(missing - self._reported):
            logger.warning("%s", sentence)
        self._reported = missing
        return True

    async def lacks(self, place: str | None) -> list[str]:
        """Return a sentence for each right that is missing in a namespace, or with None in all of them."""
        wanted = [(right, verb) for right in RIGHTS for verb in right.verbs]
        # One by one: at the start nothing is connected yet, and at once they would be as many TLS handshakes.
        answers = [await self._lack(place, right, verb) for right, verb in wanted]
        return [sentence for sentence in answers if sentence]

    async def _lack(self, place: str | None, right: Right, verb: str) -> str:
        """Return the sentence about a missing right; "" when it is granted."""
        plural, _, subresource = right.resource.partition("/")
        asked = {"namespace": place or "", "group": right.group, "resource": plural, "subresource": subresource}
        review = {
            "apiVersion": REVIEWS.api_version,
            "kind": REVIEWS.kind,
            "spec": {"resourceAttributes": {**asked, "verb": verb}},
        }
        answer = await self._client.create(Target(REVIEWS, None), review) or {}
        if answer.get("status", {}).get("allowed", True):
            return ""
        return forbidden_sentence(verb, Target(ApiResource(right.group, "", plural, ""), place, "", subresource))
