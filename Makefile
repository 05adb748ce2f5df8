# Two commands are enough: `make run`, and `make chat` in a second terminal. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
# Extra words for the command that a target starts: make chat ARGS="--group 10001", make test ARGS="-k recovery".
ARGS ?=
# Rounds of kills in `make torture`; of damaged stores it plays five times as many. `make lies`, `fuzz` and `drops` have their own defaults.
ROUNDS ?= 2000
# Virtual days in `make days`; ten to twenty of them pass in a second.
DAYS ?= 20000

PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
# Much of the suite waits for processes: two at once take little more than half the time. A file's tests stay together.
TEST := $(PY) -m pytest -n 2 --dist loadfile

.DEFAULT_GOAL := help
# One pip at a time in one environment.
.NOTPARALLEL:
.PHONY: help run chat test check bench torture days lies fuzz drops tour docs lock clean

help: ## 这张表
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

run: $(VENV)/.project ## 启动机器人（127.0.0.1:8080），需要时先安装
	$(PY) bot.py $(ARGS)

chat: $(VENV)/.project ## 在终端里扮演 QQ 一侧，和正在运行的机器人说话
	@$(VENV)/bin/sja chat $(ARGS)

test: $(VENV)/.dev $(VENV)/.project ## 测试
	$(TEST) $(ARGS)

check: $(VENV)/.dev $(VENV)/.project ## 提交前必须通过的一切：格式、静态检查、类型、分层、生成的文档、测试
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/pyright
	$(VENV)/bin/lint-imports
	$(PY) -m docs.generate --check
	$(TEST) $(ARGS)

bench: $(VENV)/.dev $(VENV)/.bench $(VENV)/.pm2/.installed $(VENV)/.project ## 测量，和同类软件并排，不作门槛
	$(PY) -m pytest -m bench tests/benchmarks -s $(ARGS)

torture: $(VENV)/.dev $(VENV)/.project ## 强杀与损坏的长跑：make torture ROUNDS=2000，见 docs/reliability.md
	ROUNDS=$(ROUNDS) $(PY) -m pytest -m campaign tests/torture -s $(ARGS)

days: $(VENV)/.dev $(VENV)/.project ## 虚拟时钟下的许多天：make days DAYS=20000，见 docs/reliability.md
	DAYS=$(DAYS) $(PY) -m pytest -m campaign tests/virtual -s $(ARGS)

lies: ROUNDS = 20000
lies: $(VENV)/.dev $(VENV)/.project ## 说谎的预订平台的长跑：make lies ROUNDS=20000，见 docs/reliability.md
	ROUNDS=$(ROUNDS) $(PY) -m pytest -m campaign tests/lying -s $(ARGS)

fuzz: ROUNDS = 1000000
fuzz: $(VENV)/.dev $(VENV)/.project ## 聊天里的胡言乱语：make fuzz ROUNDS=1000000，见 docs/reliability.md
	ROUNDS=$(ROUNDS) $(PY) -m pytest -m campaign tests/fuzz -s $(ARGS)

drops: ROUNDS = 20000
drops: $(VENV)/.dev $(VENV)/.project ## 时断时续的 QQ 客户端的长跑：make drops ROUNDS=20000，见 docs/reliability.md
	ROUNDS=$(ROUNDS) $(PY) -m pytest -m campaign tests/unreliable -s $(ARGS)

tour: $(VENV)/.project ## 重新走一遍 docs/tour.md（约两分钟；图片要本机有中文字体）
	$(PY) -m docs.tour

docs: $(VENV)/.project ## 重新生成由代码得出的文档
	$(PY) -m docs.generate

# The hashes are those of the index pip uses by default: extra indexes and local folders of this machine stay out.
# The runtime lock is held to the versions of the development lock, so that one environment satisfies both.
COMPILE = env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null \
	CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links
REQUIREMENTS = $(PY) -c 'import sys, tomllib; p = tomllib.load(open("pyproject.toml", "rb")); \
	print(*p["build-system"]["requires"], *p["project"]["dependencies"], \
	*[need for group in sys.argv[1:] for need in p["dependency-groups"][group]], sep="\n")'

lock: $(VENV)/.dev ## 按 pyproject.toml 重新生成两份锁（ARGS=--upgrade 取新版本）
	$(REQUIREMENTS) dev | $(COMPILE) $(ARGS) --output-file=requirements-dev.lock -
	$(REQUIREMENTS) | $(COMPILE) $(ARGS) --constraint=requirements-dev.lock --output-file=requirements.lock -

clean: ## 删除环境与工具留下的东西；任务与日志（SJA_HOME）不动
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What is installed is remembered by stamps, so a second start is instant and a changed lock installs again.
$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "需要 Python 3.11 或更新版本；已装在别处时请用：make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "无法创建虚拟环境；Debian/Ubuntu 请先安装 python3-venv"; exit 1; }
	@touch $@

$(VENV)/.runtime: requirements.lock | $(VENV)/.created
	$(PIP) install --quiet --require-hashes -r $<
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/.created
	$(PIP) install --quiet --require-hashes -r $<
	@touch $@

# What we are compared with is no part of the locks; where it cannot be installed, the benchmarks say so and go on.
$(VENV)/.bench: pyproject.toml $(VENV)/.dev
	@$(PIP) install --quiet --group bench && touch $@ || \
		echo "同类软件（celery、circus、schedule、supervisor）装不上，略过与它们的对照"

$(VENV)/.pm2/.installed: | $(VENV)/.created
	@npm install --silent --no-audit --no-fund --prefix $(@D) pm2@7 >/dev/null 2>&1 && touch $@ || \
		echo "pm2 装不上（没有 npm，或装不了），略过与它的对照"

# setuptools comes from the lock, so nothing is built with what no hash vouches for.
$(VENV)/.project: pyproject.toml $(VENV)/.runtime
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
