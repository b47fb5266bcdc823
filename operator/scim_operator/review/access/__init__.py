"""Who has access, since when, and by whom, from the history of manifests."""
