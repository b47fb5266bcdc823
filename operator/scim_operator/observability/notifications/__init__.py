"""Telling people outside of the cluster: webhooks, mail, and what Apprise reaches."""
