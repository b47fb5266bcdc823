"""The knowledge of a job: manifests, scopes, mapped values, what the service holds, and what it owns there."""
