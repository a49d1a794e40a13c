"""What training and inference must agree on: the special symbols and their ids."""

PAD, CELL, RUN, NEWLINE, UNKNOWN = range(5)
SPECIALS = ("<pad>", "<cell>", "<run>", "<newline>", "<unknown>")
"""Nothing, one missing character, one or more missing characters, the end of a paragraph, a rare symbol."""

LONGEST_GAP = 8
"""Missing characters that the length head tells apart; the last class holds all longer gaps."""
