"""Run the command with ``python -m pipeline``."""

from pipeline.cli import main

main()
