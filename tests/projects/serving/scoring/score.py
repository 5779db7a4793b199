"""Score customers."""
