"""Units of the readings."""
