"""Hostile input for every reader: ``python -m scripts.fuzzing --seconds 1800``."""
