"""Several operators that share one service: who writes when, while they stand still, are cut off, slow, or killed."""
