"""Count readings."""
