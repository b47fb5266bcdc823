"""The SCIM 2.0 client (RFC 7643, RFC 7644): pure protocol below, one service's budget and connections above."""
