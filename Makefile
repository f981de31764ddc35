# Regent: everything a stranger needs. `make demo` or `make test` on a fresh Debian 12 with Node 20, as root.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: build packages demo test bench interop soak fuzz simulation clean

KEEP ?=
export npm_config_fund = false
export npm_config_audit = false
export npm_config_update_notifier = false

# npm's own record cannot serve as the stamp: it is rewritten whenever npm runs. A copy of the lock file can.
LOCK_COPY := node_modules/.regent-package-lock.json

build: packages
	@cmp -s package-lock.json $(LOCK_COPY) || { npm ci && cp package-lock.json $(LOCK_COPY); }
	@$(MAKE) --no-print-directory dist/.built build/guardian

packages:
	@scripts/install-debian-packages.sh

SOURCES := $(shell find src -name '*.ts')

# Types are checked by `make test`; what runs needs none of them.
dist/.built: rolldown.config.js tsconfig.json package-lock.json $(SOURCES)
	@npx --no-install rolldown -c >/dev/null
	@touch $@

build/guardian: $(wildcard native/*.c native/*.h)
	@mkdir -p build
	gcc -O2 -Wall -Wextra -o $@ $(filter %.c,$^)

# Boots the lab and tells the story of a director pair; KEEP=1 leaves it running.
demo: build
	@scripts/demo.sh "$(KEEP)"

# Types, lint, unit tests and a short fuzz, then real directors in namespaces. The last line counts all tests.
test: build
	@scripts/test.sh

bench: build
	@bench/run.sh

# Regent beside keepalived, the whole matrix, over and over: INTEROP_ROUNDS=3 by default.
interop: build
	@scripts/interop.sh

# A thousand reloads, 200 kills at random moments, 200 misfortunes for each pair: hours.
soak: build
	@scripts/soak.sh

# Directors in memory, ten thousand seeds of trouble; `make test` has five hundred.
simulation: build
	@SIMULATION_DIRECTORS=10000 SIMULATION_SEEDS=2000 npx --no-install vitest run --project unit test/vrrp/simulation

# Every decoder with FUZZ_ROUNDS inputs of each kind (default 1000000), the loader with fewer; chosen by FUZZ_SEED (default: now).
fuzz: build
	@npm run --silent fuzz

clean:
	rm -rf dist build coverage
