"""What an import asks of an LDAP server (RFC 4511): bind, StartTLS and search. `connection` and `directory` do I/O."""
