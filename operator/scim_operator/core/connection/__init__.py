"""How the connection to a service stands: quarantine, the end of a token, who serves a service."""
