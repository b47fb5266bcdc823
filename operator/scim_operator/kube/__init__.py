"""The Kubernetes side: manifests come in, status and Events go out. The only layer that knows kopf."""
