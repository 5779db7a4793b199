"""Stands for the script that the Spark job here starts."""
