"""One resource, one claimant, over all configs of the operator."""
