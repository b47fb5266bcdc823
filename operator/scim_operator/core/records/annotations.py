"""The annotations of ours on manifests of users and groups, but for the requests to look now."""

CREATING = "scim-operator.io/creating"
"""What is about to be created for the manifest, as the operator wrote it with its finalizer (`Notary.announcement`)."""

UNDELETE = "scim-operator.io/undelete"
"""Says that the deletion of a manifest is not meant: the manifest's uid, a space, and when that was said.

So it says nothing of any other manifest, and cannot stand in Git: no one knows a uid before it is given.
"""

RESTORED = "scim-operator.io/restored-status"
"""The entries of the status of the manifest in whose place this one was made, as JSON."""
