"""Training, calibration and benchmarks; not part of the installed package."""
