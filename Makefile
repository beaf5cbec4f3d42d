# Needs nothing but make and a Python >= 3.12. What it makes: .venv, data (database, secrets), staticfiles.

.DEFAULT_GOAL := help
.PHONY: help run test faults bench demo messages
.DELETE_ON_ERROR:

DATA_DIR ?= data
export DATA_DIR
PYTHON := .venv/bin/python

help:  ## Say what can be made
	@awk -F ':.*  ## ' '/^[a-z]+:.*  ## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/installed $(DATA_DIR)/.env staticfiles/.collected  ## Serve the chat at http://127.0.0.1:8000 (HOST and PORT are honoured)
	@$(PYTHON) manage.py migrate --noinput --verbosity 0
	@exec $(PYTHON) -m project.serve

test: .venv/installed-dev  ## Run everything: format, lint, types, tests, browsers
	@.ci/test

faults: .venv/installed-dev  ## Run what takes longer than a minute each: a soak, dead lines, made-up histories, all of Autobahn
	@.ci/servers && .venv/bin/pytest -q -m long

bench: .venv/installed-dev  ## Measure what everything costs, beside Nchan, ws, Socket.IO, Action Cable and a first project (PARTS="post page": some of it)
	@$(PYTHON) -m e2e.bench $(PARTS)

demo: .venv/installed $(DATA_DIR)/.env  ## Fill the database with a lively sample team
	@$(PYTHON) manage.py migrate --noinput --verbosity 0
	@$(PYTHON) manage.py demo

# The date of each collection would change the file when no text has.
messages: .venv/installed $(DATA_DIR)/.env  ## Collect the texts that want translating, and compile their translations (needs gettext)
	@$(PYTHON) manage.py makemessages --locale ja --extension html,py,txt --add-location file --no-obsolete
	@sed -i.dated '/^"POT-Creation-Date/d' rooms/locale/ja/LC_MESSAGES/django.po && rm rooms/locale/ja/LC_MESSAGES/django.po.dated
	@$(PYTHON) manage.py compilemessages --locale ja --ignore .venv

# A name may be there and not work (pyenv's shims), so each is run.
.venv/installed: requirements.txt
	@for python in python3.14 python3.13 python3.12 python3; do \
		if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Rooms needs Python 3.12 or newer, with venv: install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python; or python.org)." >&2; \
		exit 1; \
	fi; \
	echo "Installing the packages into .venv ($$($$found --version)) ..."; \
	$$found -m venv .venv && $(PYTHON) -m pip install -qq --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@echo "Installing the tools of development into .venv ..."
	@$(PYTHON) -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# The root's .env points at the file, which stands with the rest of what must be kept. One written by hand moves there.
$(DATA_DIR)/.env: | .venv/installed
	@umask 077; mkdir -p "$(DATA_DIR)"; \
	if [ -f .env ] && [ ! -L .env ]; then mv .env "$@"; \
	else sed "s|^SECRET_KEY=.*|SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')|" .env.example > "$@"; fi
	@ln -sf "$@" .env

staticfiles/.collected: .venv/installed $(shell find static) | $(DATA_DIR)/.env
	@DEBUG=off $(PYTHON) manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@
