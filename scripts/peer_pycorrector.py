"""Run pycorrector's KenLM corrector on sentences: JSON lists in and out, on stdin and stdout.

    PEER_PYTHON scripts/peer_pycorrector.py MODEL < sentences.json > {"corrected": [...], "seconds": ...}

It runs in an environment of its own (see ``make bench-peers``), so it imports nothing of this project. The package's
own ``__init__`` would load every neural corrector; only the KenLM one is wanted here.
"""

import importlib.util
import json
import os
import re
import sys
import tempfile
import time
import types


def main() -> None:
    """Correct the sentences with the KenLM that is named."""
    os.environ.setdefault("PYCORRECTOR_DATA_DIR", tempfile.mkdtemp())
    package = types.ModuleType("pycorrector")
    package.__path__ = list(importlib.util.find_spec("pycorrector").submodule_search_locations)
    sys.modules["pycorrector"] = package
    from loguru import logger
    from pycorrector.corrector import Corrector

    logger.remove()
    corrector = Corrector(language_model_path=sys.argv[1])
    corrector.correct("预热")  # loading is not timed
    corrected = []
    sentences = json.load(sys.stdin)
    began = time.process_time()
    for sentence in sentences:
        # The models' symbols: one for digits, one for Latin letters; both are put back, since lengths stay.
        shown = re.sub("[A-Za-z]", "A", re.sub("[0-9]", "0", sentence))
        result = corrector.correct(shown)["target"]
        if len(result) == len(sentence):
            result = "".join(s if a == b else b for s, a, b in zip(sentence, shown, result, strict=True))
        corrected.append(result)
    json.dump({"corrected": corrected, "seconds": time.process_time() - began}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
