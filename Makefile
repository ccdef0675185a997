# HOST and PORT say where the site listens; PYTHON which Python builds .venv; ARGS goes to pytest.
HOST ?= 127.0.0.1
PORT ?= 8000
PYTHON ?= python3
ARGS ?=
BOOTSTRAP = $(PYTHON) config/local/bootstrap.py
NO_PYTHON = { echo "There is no '$(PYTHON)' here: install Python 3.11 or newer, or say make $@ PYTHON=/path/to/python3" >&2; exit 1; }

.PHONY: run test lint lock
.SILENT:

run:
	command -v $(PYTHON) >/dev/null || $(NO_PYTHON)
	exec $(BOOTSTRAP) run --host "$(HOST)" --port "$(PORT)"

test:
	command -v $(PYTHON) >/dev/null || $(NO_PYTHON)
	exec $(BOOTSTRAP) test $(ARGS)

lint:
	command -v $(PYTHON) >/dev/null || $(NO_PYTHON)
	exec $(BOOTSTRAP) lint

# Writes config/requirements/*.txt anew from pyproject.toml.
lock:
	cd config/requirements && ./lock.sh ../../.venv/bin/pip-compile
