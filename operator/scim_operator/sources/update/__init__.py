"""Imports into a directory that is there already: what moved at the source is changed, and nothing else."""
