"""The state of the connection to a service: quarantine, the end of a token, who serves a service."""
