SCANS ?= examples/scans
OUT ?= out
CORPUS ?= corpus
SHARED ?= ../shared
PYTHON ?= python3
SECONDS ?= 1800
BUQUE = .venv/bin/buque
STAMP = .venv/installed

.PHONY: restore test lint bench fuzz models setup clean

restore: $(STAMP)  ## restore every document of SCANS into OUT
	$(BUQUE) restore "$(SCANS)" --out "$(OUT)"

test: $(STAMP) lint  ## lint, types, tests
	.venv/bin/pytest -q

lint: $(STAMP)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: $(STAMP)  ## accuracy figures; needs SHARED
	.venv/bin/python -m scripts.bench "$(SHARED)"

fuzz: $(STAMP)  ## hostile input for every reader, for SECONDS
	.venv/bin/python -m scripts.fuzzing --seconds $(SECONDS)

models: $(STAMP)  ## train models/ from CORPUS, a folder of text
	.venv/bin/python -m scripts.train "$(CORPUS)" --out models

setup: $(STAMP)

$(STAMP): pyproject.toml setup.py requirements.lock $(wildcard pipeline/infill/native/* pipeline/imaging/native/*) scripts/setup.sh
	PYTHON="$(PYTHON)" sh scripts/setup.sh
	touch $@

clean:
	rm -rf .venv build out *.egg-info pipeline/infill/*.so pipeline/imaging/*.so
