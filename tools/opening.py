#!/usr/bin/env python3
"""Give every notebook the same opening: its title, badges for Colab and Kaggle, and one cell that installs the course;
and every chapter the same last line, which leads to the chapters before and after it.

    opening.py [notebook ...]     # default: every notebook except the index; says which it changed

The text stands here once; `check.py opening` holds every notebook to it."""
import json, re, sys
from pathlib import Path
from common import called, cells, cfg, is_chapter, nbs, notebooks, number, root

HOME, BRANCH = cfg['git_url'], cfg['branch']
COLAB = f"https://colab.research.google.com/github/{cfg['user']}/{cfg['repo']}/blob/{BRANCH}/"
KAGGLE = f'https://kaggle.com/kernels/welcome?src={HOME}/blob/{BRANCH}/'
INSTALL = f'''#@title Install the course where it is missing (Colab, Kaggle)
import glob, importlib.util
from IPython.utils.capture import capture_output
WHEELS = glob.glob('/kaggle/input/**/cnn_course-*.whl', recursive=True)
for package in [*WHEELS, 'cnn_course', 'git+{HOME}']:
    if importlib.util.find_spec('cnn_course') is None:
        with capture_output():
            %pip install -q --retries 1 {{package}}
if importlib.util.find_spec('cnn_course') is None:
    print('The course could not be installed: turn the internet on (Kaggle: Settings), or add a data '
          'set that holds its wheel (see the README, "Where it runs"), and run this cell again.')'''
OLD = re.compile(r'(?:\s*^|\A)(?:If you opened|Opened) this page in Colab[^\n]*', re.M)

def badges(path):
    "The badges of a notebook and what the next cell does"
    name = path.relative_to(root).as_posix()
    return (f'[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({COLAB}{name})\n'
            f'[![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)]({KAGGLE}{name})\n\n'
            'In Colab and Kaggle the next cell installs the course. Where it is installed, it does nothing.')

def is_opening(cell, source):
    "Is it a cell of the opening, of this form or an older one, or the last line of a chapter?"
    if {'install', 'way'} & set(cell['metadata'].get('tags', [])): return True
    return bool(re.search(r'(?m)^\s*%pip install', source)) if cell['cell_type'] == 'code' else bool(OLD.match(source))

def chapters():
    "The notebooks with a number, in their order"
    return [p for p in notebooks() if is_chapter(p) and number(p.stem)]

def _link(path, arrow):
    "A link to a chapter, by its number; nothing for none"
    if path is None: return []
    name = f"{'Chapter' if path.stem[0].isdigit() else 'Appendix'} {number(path.stem)}"
    return [f'[{arrow} {name}]({path.name})' if arrow == '←' else f'[{name} {arrow}]({path.name})']

def last_line(path):
    "Where a reader can go from the end of a chapter"
    every = [None, *chapters(), None]
    at = every.index(path)
    links = [*_link(every[at - 1], '←'), '[All chapters](index.ipynb)', '[Glossary](glossary.ipynb)',
             *_link(every[at + 1], '→')]
    return ' · '.join(links)

def _last(path):
    "The cell with the last line, if it is a chapter"
    if path not in chapters(): return []
    return [dict(cell_type='markdown', id='way00000', metadata={'tags': ['way']}, source=[last_line(path)])]

def _cells(path):
    "The two cells of the opening, without outputs"
    fold = {'cellView': 'form', 'jupyter': {'source_hidden': True}, 'tags': ['hide-input', 'install']}
    return [dict(cell_type='markdown', id='badges00', metadata={'tags': ['install']},
                 source=badges(path).splitlines(True)),
            dict(cell_type='code', id='install0', metadata=fold, execution_count=None, outputs=[],
                 source=INSTALL.splitlines(True))]

def opened(path):
    "The notebook with its opening, as text"
    nb = json.loads(path.read_text(encoding='utf-8'))
    rest = [c for c in nb['cells'] if not is_opening(c, ''.join(c['source']))]
    rest[0]['source'] = OLD.sub('', ''.join(rest[0]['source'])).strip('\n').splitlines(True)
    nb['cells'] = [*rest[:1], *_cells(path), *rest[1:], *_last(path)]
    return json.dumps(nb, indent=1, ensure_ascii=False, sort_keys=True) + '\n'

def with_opening(): return [p for p in notebooks() if p.stem != 'index']

def wrong_openings():
    "Notebooks that open otherwise"
    for p in with_opening():
        found = [(i, s) for i, c, s in cells(p) if is_opening(c, s)]
        last = [(len(list(cells(p))) - 1, last_line(p))] if p in chapters() else []
        if found != [(1, badges(p)), (2, INSTALL), *last]:
            yield f'{called(p)}: opens or ends unlike the rest: run tools/opening.py {p.relative_to(root).as_posix()}'

def main():
    for p in [Path(o).resolve() for o in sys.argv[1:]] or with_opening():
        new = opened(p)
        if new == p.read_text(encoding='utf-8'): continue
        p.write_text(new, encoding='utf-8')
        print(p.relative_to(nbs))

if __name__ == '__main__': main()
