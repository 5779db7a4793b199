"""The script that the specs here name."""
