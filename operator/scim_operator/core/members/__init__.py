"""Who is in which group, kept up to date one manifest at a time."""
