"""The job over a directory of manifests, without a cluster: validate, plan and apply."""
