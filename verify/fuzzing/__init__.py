"""Throws anything at all that is parsed: what a service, an API server, a file or a person may write."""
