"""Manifests from what there is already: a service, a file. Each source gives rows; all after that is pure."""
