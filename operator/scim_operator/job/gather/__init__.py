"""What a job knows: manifests, scopes, mapped values, what the service holds, and what it owns there."""
