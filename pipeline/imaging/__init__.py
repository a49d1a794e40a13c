"""Page images: loading, cleaning, text lines, the grid of cells and its blank cells."""
