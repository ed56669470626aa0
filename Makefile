# The two commands of the README are `make course` and `make test`.
.PHONY: help course test lint stats numbers claims lab bench readme docs results clean
.DEFAULT_GOAL := help
BIN = .venv/bin

help:     ## list the targets
	@grep -E '^[a-z]+: .*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

course:   ## install the course and train its ResNet on the built-in images
	@MAKECMDGOALS=course tools/install course
	@$(BIN)/cnn_course train

test:     ## install the developers' tools and run every notebook as a test
	@MAKECMDGOALS=test tools/install dev
	@$(BIN)/python tools/test.py

lint:     ## check the style of notebooks, modules and tools
	@MAKECMDGOALS=lint tools/install lint
	@.venv-lint/bin/python tools/lint.py

stats:    ## count lines, words and faults of style, notebook by notebook
	@python3 tools/stats.py

numbers:  ## list the numbers in the prose that no cell, stored result or citation stands behind
	@python3 tools/quoted.py $(NB)

claims:   ## list the sentences that give a reason or compare, each with what stands behind it
	@python3 tools/claims.py $(ARGS) $(NB)

lab:      ## open the chapters in JupyterLab
	@MAKECMDGOALS=lab tools/install dev
	@$(BIN)/cnn_course lab --folder nbs

bench:    ## measure this machine, two minutes; make bench ARGS=--full takes an hour or more
	@MAKECMDGOALS=bench tools/install dev
	@$(BIN)/cnn_course bench $(ARGS)

readme:   ## make README.md from nbs/index.ipynb
	@$(BIN)/python tools/readme.py

docs:     ## make the site in _docs/: the chapters as pages, and the reference of the library
	@MAKECMDGOALS=docs tools/install docs
	@$(BIN)/python tools/docs.py

results:  ## repeat the long runs on the real data (hours) and store their results: make results NB=nbs/09_resnet.ipynb
	@MAKECMDGOALS=results tools/install dev
	@$(BIN)/python tools/execute.py --full --store $(NB)

clean:    ## remove what the other targets made, except runs/: what you trained stays
	rm -rf .venv .venv-lint .venv-newest _docs build dist *.egg-info
