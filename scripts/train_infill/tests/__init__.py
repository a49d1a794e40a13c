"""Tests of what needs torch: `make test-train`."""
