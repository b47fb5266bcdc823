"""Mutation testing of `core` and `job`: small changes of the source, each of which some test must notice."""
