"""Settings of all tests."""

import os

from hypothesis import settings

# The same examples on every run: a failure comes from the change at hand. HYPOTHESIS_PROFILE=default seeks new ones.
settings.register_profile("fixed", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
