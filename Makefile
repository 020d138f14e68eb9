# Two commands do all the set-up: `make demo` runs the main job, `make test` the tests, without
# those that take minutes; `make test ALL=1` runs these, too.
# `make test-fast` runs, within a minute, the tests that start no process.
# `make test-long` has stock nbgrader's side of the comparison, tries 2,000 mutants of a notebook,
# and whether the tests find seeded faults.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DEMO = demo
PRACTICE = practice

# On most machines a plain install of torch is the CUDA build, of several gigabytes. PyTorch's
# "Get started" page names the index of its CPU wheels: make demo TORCH_INDEX=<that address>
TORCH_INDEX ?=

.PHONY: demo practice test test-fast test-long lint bench release clean

demo: export GRADEBOOK_URL =
demo: $(VENV)/installed
	rm -rf $(DEMO)
	mkdir $(DEMO)
	cp -R source course_config.py nbgrader_config.py $(DEMO)
	$(BIN)/autograder release losses --course $(DEMO)
	$(BIN)/python -m tests.classroom.build $(DEMO)
	$(BIN)/autograder grade losses --course $(DEMO) --json $(DEMO)/grades.json
	@echo "Every check of every student: $(DEMO)/grades.json"
	@echo "The class on a page: $(BIN)/autograder report losses --course $(DEMO) --open"
	@echo "nbgrader's formgrader on this class: cd $(DEMO) && $(abspath $(BIN))/jupyter lab, then Nbgrader, Formgrader"

# What docs/tas.md walks through: a class as Canvas hands it out, and nothing graded yet.
practice: export GRADEBOOK_URL =
practice: $(VENV)/installed
	rm -rf $(PRACTICE)
	$(BIN)/python -m tests.practice $(PRACTICE)
	$(BIN)/autograder release losses --course $(PRACTICE)

test: $(VENV)/installed
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not $(if $(ALL),long,slow)"

test-fast: $(VENV)/installed
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not slow and not processes"

test-long: $(VENV)/installed
	$(BIN)/python -m pytest -m long
	FUZZ_MUTANTS=2000 $(BIN)/python -m pytest tests/test_mutants.py
	$(BIN)/python -m tests.faults

lint: $(VENV)/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/installed
	$(BIN)/python -m tests.benchmark

release: $(VENV)/installed
	$(BIN)/autograder release losses

clean:
	rm -rf $(DEMO) $(PRACTICE) $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing: on Debian, apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(if $(TORCH_INDEX),$(BIN)/pip install --quiet --index-url $(TORCH_INDEX) -c constraints.txt torch)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[test]'
	touch $@
