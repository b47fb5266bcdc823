"""Settings in force, as a status shows them: each with where it came from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from scim_operator.api.enums import MemberForm, MemberRemoval
from scim_operator.api.model import ApiModel

Count = Annotated[int, Field(ge=0)]  # how many
StatusText = Annotated[str, Field(max_length=1024)]  # a value or name in a status, cut to size by the operator


class BooleanSetting(ApiModel):
    """A capability in force."""

    value: bool
    """Whether it is used."""
    source: StatusText
    """Where it came from: Profile, Discovered, Learned or Spec."""


class NumberSetting(ApiModel):
    """A size in force."""

    value: Count
    """The size."""
    source: StatusText
    """Where it came from: Profile, Discovered, Learned or Spec."""


class MemberRemovalSetting(ApiModel):
    """The way of removing members in force."""

    value: MemberRemoval
    """PathFilter or ValueList."""
    source: StatusText
    """Where it came from: Profile, Discovered, Learned or Spec."""


class MemberFormSetting(ApiModel):
    """The form of a member in force."""

    value: MemberForm
    """Value, Typed or Named."""
    source: StatusText
    """Where it came from: Profile, Discovered, Learned or Spec."""


class TypeCapabilitiesStatus(ApiModel):
    """What holds for one resource type only."""

    patch: BooleanSetting | None = None
    """Whether PATCH is used."""
    filter: BooleanSetting | None = None
    """Whether filters are used."""


class QuirkStatus(ApiModel):
    """What was found out about the service that no capability says."""

    name: StatusText
    """Which quirk, such as TrailingSlash or CursorPaging."""
    resource_type: StatusText | None = None
    """The resource type, User or Group; left out for all."""
    attributes: Annotated[tuple[StatusText, ...], Field(max_length=32)] = ()
    """The attributes that it is about, as SCIM paths."""
    message: StatusText
    """The same as a sentence."""
