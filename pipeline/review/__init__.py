"""See docs/architecture.md for the place of this folder."""
