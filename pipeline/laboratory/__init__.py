"""Damage laboratory: seeded pages with lost glyphs and scan damage, their truth, and how well they are read back."""
