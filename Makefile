# The project's commands. `make run` and `make test` need git, make and any python3; the rest comes from the lock.
SHELL := /bin/bash
.DEFAULT_GOAL := run
.PHONY: demo-wechat demo-wecom run test eval eval-server check train bench env clean

PY := .venv/bin/python
UV := .tools/bin/uv
export RASA_TELEMETRY_ENABLED := false
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR)
# the system's certificates, where Debian keeps them
ifneq (,$(wildcard /etc/ssl/certs/ca-certificates.crt))
export SSL_CERT_FILE ?= /etc/ssl/certs/ca-certificates.crt
endif

run: env
	@CHANNEL_REST=$${CHANNEL_REST:-on} $(PY) -m bot.launch

test: env
	@$(PY) -m bot.training --if-stale
	@$(PY) -m pytest -q tests

eval: env
	@$(PY) -m bot.training --if-stale
	@$(PY) -m tests.evaluation.run

eval-server: env
	@$(PY) -m bot.launch --evaluation

demo-wechat: env
	@$(PY) -m bot.training --if-stale
	@$(PY) -m tests.platform.demo

demo-wecom: env
	@$(PY) -m bot.training --if-stale
	@$(PY) -m tests.platform.demo_wecom

check: env
	@$(PY) -m bot.knowledge check
	@$(PY) -m bot.guard check
	@$(PY) -m bot.guard.scam check
	@$(PY) -m ruff check bot actions tests bench
	@$(PY) -m mypy bot actions
	@$(PY) -m bot.retrieval check

train: env
	@$(PY) -m bot.training

bench: env
	@$(PY) -m bench
	@$(PY) -m bench.wechat
	@$(PY) -m bench.wecom

env: .venv/.lock

$(UV):
	@echo "fetching uv into .tools (once)"
	@python3 -m venv .tools && .tools/bin/pip install -q uv

.venv/.lock: requirements.lock .python-version | $(UV)
	@test "$$(uname -sm)" = "Linux x86_64" || { echo "The locked packages exist together for Linux on x86-64 only; elsewhere use deploy/Containerfile."; exit 1; }
	@echo "setting up the environment from requirements.lock (2 GB, half a minute)"
	@test -x .venv/bin/python || $(UV) venv -q --python 3.10 .venv
	@$(UV) pip sync -q requirements.lock --python .venv/bin/python
	@touch $@

clean:
	rm -rf .venv .tools .cache .rasa models var
