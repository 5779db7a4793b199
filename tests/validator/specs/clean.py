"""Stands for the script that the component here starts."""
