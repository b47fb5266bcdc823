"""The manifests that belong at the service."""
