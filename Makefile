# Each target is a session of noxfile.py; tools/run.py brings what runs it. Without make:
# python tools/run.py book. Another Python: make book PYTHON=python3.12. Words for the
# session: make library ARGS='-- -k dice'
# In Chinese: make book LANGUAGE=zh_CN
PYTHON ?= python3
# not the variable of the environment, which many desktops set
ifeq ($(origin LANGUAGE), command line)
export LOLAKIT_LANGUAGE := $(LANGUAGE)
endif
# What a secret of the teacher's decides: make assignments SECRET=..., make exam SECRET=...
ifeq ($(origin SECRET), command line)
export LOLAKIT_SECRET := $(SECRET)
endif
TARGETS = book translate publish zip pdf package test test-slow test-floor test-colab test-pythons mutants checks lint \
    types layers outputs library nbval chapters browser notebooks pictures bench lock lab gpu test-gpu slides \
    assignments exam clean

.PHONY: help $(TARGETS)
help:
	@$(PYTHON) tools/run.py
$(TARGETS):
	@$(PYTHON) tools/run.py $@ $(ARGS)
