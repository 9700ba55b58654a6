# Everything here is one call of tools/house.py, which needs only a Python >= 3.11 and makes
# its own virtual environment. Another Python: make book PYTHON=python3.12
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help book publish zip test test-floor test-colab test-pythons mutants notebooks pictures bench lock lab slides assignments clean

help:            ## this list
	@sed -n 's/^\([a-z-]*\): *## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-22s%s\n", $$1, $$2}'

book:            ## build the book and print the page to open
publish:         ## the site for a web server: book, wheel, notebooks that install it
zip:             ## the book as one file that opens from disk
test:            ## run everything that guards the project
test-floor:      ## library and notebooks on Colab's versions (Python 3.13)
test-colab:      ## the published notebooks on Colab's versions, without lolakit
test-pythons:    ## the library's tests on Python 3.11, 3.12 and 3.13
mutants:         ## break the core of the library on purpose: do the tests notice?
notebooks:       ## run the notebooks in place and normalise them
pictures:        ## draw the logo and the cover
bench:           ## benchmarks
lock:            ## remake constraints.txt from the newest versions
lab:             ## JupyterLab on the notebooks
slides:          ## slides of each chapter, readable without a network
assignments:     ## student and instructor versions, autograder, and their tests
clean:           ## remove whatever the others made

book publish zip test test-floor test-colab test-pythons mutants notebooks pictures bench lock lab slides assignments clean:
	@$(PYTHON) tools/house.py $@
