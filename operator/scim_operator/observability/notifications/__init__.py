"""Notifications to people outside of the cluster: webhooks, mail, and everything that Apprise reaches."""
