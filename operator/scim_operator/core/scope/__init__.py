"""Which manifests belong at the service."""
