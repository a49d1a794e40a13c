SCANS ?= examples/scans
OUT ?= out
CORPUS ?= corpus/more corpus/reports
SHARED ?= ../shared
PYTHON ?= python3
SECONDS ?= 1800
BUQUE = .venv/bin/buque
STAMP = .venv/installed

.PHONY: restore test test-train lint bench bench-peers fuzz models setup clean

restore: $(STAMP)  ## restore every document of SCANS into OUT
	@$(BUQUE) restore "$(SCANS)" --out "$(OUT)" || { code=$$?; case $$code in \
	  4) echo "make restore: done, but what is named above could not be read; all else is restored in $(OUT)." >&2 ;; \
	  130) echo "make restore: interrupted; the same command goes on." >&2 ;; \
	  *) echo "make restore: stopped, for the reason above." >&2 ;; \
	esac; exit $$code; }

test: $(STAMP) lint  ## lint, types, tests
	.venv/bin/pytest -q -n auto --maxprocesses 4 --dist worksteal

test-train: build/train/installed  ## what needs torch: the training of the neural witness
	build/train/bin/python -m pytest -q -p no:cacheprovider scripts/train_infill/tests

build/train/installed:
	"$(PYTHON)" -m venv build/train
	build/train/bin/pip install -q torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxruntime==1.31.1 pytest==9.2.0
	touch $@

lint: $(STAMP)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: $(STAMP)  ## accuracy figures; needs SHARED
	.venv/bin/python -m scripts.bench "$(SHARED)"

bench-peers: $(STAMP) build/peers/installed  ## misread characters beside pycorrector; needs SHARED
	.venv/bin/python -m scripts.bench_peers "$(SHARED)" --peer build/peers/bin/python

build/peers/installed:
	"$(PYTHON)" -m venv build/peers
	build/peers/bin/pip install -q --no-deps pycorrector==1.1.4 jieba==0.42.1 pypinyin==0.55.0 kenlm==0.3.0 \
	  numpy==2.4.6 six==1.17.0 loguru==0.7.3 pyahocorasick==2.3.1
	touch $@

fuzz: $(STAMP)  ## hostile input for every reader, for SECONDS
	.venv/bin/python -m scripts.fuzzing --seconds $(SECONDS)

models: $(STAMP)  ## train models/ from CORPUS, folders of text
	.venv/bin/python -m scripts.train $(CORPUS) --out models

setup: $(STAMP)

$(STAMP): pyproject.toml setup.py requirements.lock requirements-build.lock $(wildcard pipeline/*/native/*) scripts/setup.sh scripts/install.sh
	PYTHON="$(PYTHON)" sh scripts/setup.sh
	touch $@

clean:
	rm -rf .venv build out *.egg-info pipeline/*/*.so
