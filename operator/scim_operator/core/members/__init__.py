"""Group membership, kept up to date one manifest at a time."""
