"""scim-operator: provisions users and groups from Kubernetes manifests to a SCIM 2.0 service."""
