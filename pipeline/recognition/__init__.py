"""Engines that read the characters of a line."""
