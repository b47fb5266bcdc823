"""Everything that a release is made of; `python -m tools.release` says which steps there are."""
