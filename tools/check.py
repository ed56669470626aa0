#!/usr/bin/env python3
"""The checks of the repository, one function each; each returns a list of what is wrong.

    check.py [name ...]     # default: all in CHECKS; those of pages.py are there by name before they are switched on

Ends with `N passed, N failed`.
"""
import ast, csv, filecmp, json, os, re, shutil, subprocess, sys, tempfile
from pathlib import Path
from common import Report, bin, called, cells, cfg, code_cells, directives, every_cell, exported, is_chapter
from common import lib, modules, nbs, notebooks, number, root, the_map, unfit
from opening import wrong_openings
from pages import check_asked, check_pages, check_pictures
from quoted import check_quoted
from readme import stale
from source import defined, dotted, imports, names_in_all, parse, private_uses, trees
from way import check_way, check_words

PAGES = True  # are chapters held to the checks of pages.py?

# ---- what nbdev makes

LEFT_OUT = '.git', '.venv*', 'runs', '_docs', '__pycache__', '*.egg-info', '.ipynb_checkpoints'

def _made(base):
    "The modules and notebooks below `base`"
    found = (o for folder in (nbs, lib) for o in (base/folder.name).rglob('*') if o.suffix in ('.py', '.ipynb'))
    return {o.relative_to(base) for o in found if not {'__pycache__', '.ipynb_checkpoints'} & set(o.parts)}

def changed_by(command):
    "Files that `command` changes, run in a copy of the repository"
    with tempfile.TemporaryDirectory() as d:
        copy = Path(d)/root.name
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        env = {**os.environ, 'PYTHONWARNINGS': 'ignore'}
        done = subprocess.run([bin/command], cwd=copy, capture_output=True, text=True, env=env)
        if done.returncode: return [f'{command} failed: {done.stderr.strip().splitlines()[-1:]}']
        def same(f): return (root/f).exists() and (copy/f).exists() and filecmp.cmp(root/f, copy/f, shallow=False)
        return [f'{f}: {command} would change it' for f in sorted(_made(root) | _made(copy)) if not same(f)]

def _named_module(source):
    "The module that a cell names in `#| export name`, or None"
    return next((o for k, o in directives(source).items() if k in ('export', 'exporti', 'exports') and o), None)

def _lost_cells():
    "Cells for another notebook's module that nbdev would lose or double: it must have written that module before"
    paths = sorted(notebooks(), key=lambda p: p.name)
    owner = {}
    for k, p in enumerate(paths):
        owner |= {d['default_exp']: k for _, _, s in code_cells(p) if 'default_exp' in (d := directives(s))}
    for k, p in enumerate(paths):
        for place, _, s in every_cell([p], code=True):
            to = _named_module(s)
            if to and owner.get(to, k) >= k: yield f'{place}: goes to {to}, which no notebook before it makes'

def _left_over():
    "Modules whose notebook is gone"
    for name, path in modules().items():
        made = re.search(r'File to edit: (.*?)\.\n', path.read_text(encoding='utf-8'))
        if not made or not (path.parent/made[1]).exists(): yield f'{name}: no notebook makes it'

def check_export():
    "The modules are those that nbdev_export makes of the notebooks, and none is left over from a notebook that is gone"
    return [*_lost_cells(), *_left_over(), *changed_by('nbdev_export')]

def check_clean():
    "nbdev_clean has been run; of `jupyter` only the fold is kept, though nbdev would keep passing states, too"
    states = ((place, o) for place, c, _ in every_cell(notebooks()) for o in c['metadata'].get('jupyter', {}))
    bad = [f'{place}: metadata jupyter.{o} does not belong into git' for place, o in states if o != 'source_hidden']
    return bad + changed_by('nbdev_clean')

def _wrong_count():
    "What `make test` prints at the end, as the index shows it: the checks and the notebooks, counted"
    n = len(CHECKS) + len(notebooks())
    shown = [o for _, _, s in cells(nbs/'index.ipynb') for o in re.findall(r'(\d+) passed, 0 failed', s)]
    return [f'index.ipynb: shows {o} passed tests, there are {n}' for o in shown if int(o) != n]

def check_readme():
    "README.md and its pictures are made from nbs/index.ipynb, which shows as many tests as there are"
    return [*_wrong_count(), *(f'{o} and nbs/index.ipynb disagree: make readme' for o in stale())]

def _results_cell():
    "The code that makes the table of results, and the table as it is stored"
    for _, c, s in code_cells(nbs/'index.ipynb'):
        if 'results' in c['metadata'].get('tags', []):
            return s, ''.join(o for out in c['outputs'] for o in out.get('data', {}).get('text/markdown', []))

def check_numbers():
    "Every accuracy and every compute in the README is that of a stored result: they stand in tables made from these"
    code, old = _results_cell()
    lines = code.rstrip().splitlines()
    at = next(i for i, o in enumerate(lines) if o.startswith('Markdown('))
    shown = '\n'.join(lines[:at]) + '\nimport sys\nsys.stdout.write((' + '\n'.join(lines[at:]) + ').data)'
    env = {**os.environ, 'PYTHONPATH': str(root), 'PYTHONIOENCODING': 'utf-8'}
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', shown], cwd=nbs, capture_output=True, env=env)
    new = done.stdout.decode('utf-8')
    bad = [] if new == old else ['the table of results is not that of the stored results: '
                                 'tools/execute.py --store nbs/index.ipynb, then make readme']
    for place, c, s in every_cell([nbs/'index.ipynb']):
        text = re.sub(r'(?s)```.*?```', '', s) if c['cell_type'] == 'markdown' else ''
        found = re.findall(r'\d[\d.,]* ?(?:%|PFLOP)', text)
        bad += [f'{place}: {o}: let a cell make it from a stored result' for o in found]
    return bad

# ---- notebooks

def check_outputs():
    "No stored output holds an error, a warning or a path of the machine it ran on"
    found = ((place, unfit(o)) for place, c, _ in every_cell(notebooks()) for o in c.get('outputs', []))
    return [f'{place}: stored output {why}' for place, why in found if why]

def _scripts_of(output):
    "(name, script) of each figure that moves in a stored output: what stands between its opening and its start"
    page = ''.join((output.get('data') or {}).get('text/html', ''))
    return re.findall(r"""(?s)data-explorable="([a-z]+)-.*?'use strict';\n(.*?)start\('\1-""", page)

def check_scripts():
    "Every stored figure that moves holds today's scripts: those in explorables/"
    def today(name): return ''.join((lib/'explorables'/f'{o}.js').read_text(encoding='utf-8') for o in ('common', name))
    found = ((p, place, *o) for p in notebooks() for place, c, _ in every_cell([p], code=True)
             for out in c['outputs'] for o in _scripts_of(out))
    return [f'{place}: the figure holds another {name}.js or common.js than {lib.name}/explorables: '
            f'tools/execute.py --store {p.relative_to(root).as_posix()}' for p, place, name, script in found
            if script != today(name)]

def check_photos():
    "Where a photo is shown whose licence asks for its author's name, the name is there"
    with open(nbs/'images'/'photos'/'photos.csv', encoding='utf-8', newline='') as f: credits = list(csv.DictReader(f))
    for p in [*filter(is_chapter, notebooks()), root/'README.md']:
        text = p.read_text(encoding='utf-8')
        for o in (o for o in credits if o['licence'].startswith('CC BY')):
            used = p.name == 'README.md' or any(q in text for q in (f"'{o['name']}'", f"'{o['name']}.jpg'"))
            if used and o['author'] not in text: yield f"{p.name}: shows {o['name']}, and does not name {o['author']}"

def _late_directives(source):
    "Directives below other lines of a cell, where they do not count"
    lines = source.splitlines()
    for k, line in enumerate(lines):
        above = (o for o in lines[:k] if o.strip() and not re.match(r'\s*(#\s*\||%%)', o))
        if re.match(r'\s*#\s*\|', line) and any(above): yield line.strip()

def _would_not_run(path):
    "What would make nbdev_test pass a notebook without running it"
    spec = json.loads(path.read_text(encoding='utf-8'))['metadata'].get('kernelspec', {})
    if spec.get('language') != 'python': yield f'{called(path)}: its kernel is not Python'
    if not any(code_cells(path)): yield f'{called(path)}: has no code'
    for place, _, s in every_cell([path]):
        if re.search(r'(?m)^skip_exec:\s*true', s): yield f'{place}: skip_exec'

# a clock that is read in the sentence itself, or an order of times that were measured just now
CLOCK = re.compile(r'perf_counter|process_time|time\.time\(|monotonic\(|\btimes?\.is_monotonic')

def check_clocks():
    "Nothing asserts a time: on a busy machine it would stop a reader; what is compared is a study's, or shown"
    for_sure = [(place, line.strip()) for place, _, s in every_cell(notebooks(), code=True) for line in s.splitlines()
                if re.match(r'\s*(assert|test_\w+\()', line) and CLOCK.search(line)]
    return [f'{place}: asserts a time: {line}' for place, line in for_sure]

# what fastai puts on a GPU where there is one, and the line that keeps it on the processor
MAKERS = {'get_data', 'get_mnist', 'get_shards', 'get_learner', 'Learner', 'train'}
ON_PROCESSOR = re.compile(r'(?m)^_ = default_device\((None if FULL else )?False\)')

def _made_by(source):
    "The first name of `MAKERS` that a cell calls, or None"
    found = (dotted(o.func) for o in ast.walk(parse(source)) if isinstance(o, ast.Call))
    return next((o for o in found if o in MAKERS), None)

def check_device():
    "Notebooks compute on the processor, also where there is a GPU: their stored outputs and proofs are made there"
    bad = []
    for p in notebooks():
        above = []
        for place, _, s in every_cell([p], code=True):
            above.append(s)
            name = None if exported(s) else _made_by(s)
            if name is None: continue
            if not any(map(ON_PROCESSOR.search, above)):
                bad.append(f'{place}: calls {name}, and no cell above says where to compute: fastai takes a GPU if '
                           'there is one, and the outputs were made without. Put a folded cell below the imports: from '
                           'fastai.torch_core import default_device, then _ = default_device(False), or '
                           'None if FULL else False in the brackets, where FULL repeats long runs')
            break
    return bad

def check_notebooks():
    "Every notebook is one that nbdev_test would really run, with its directives where they count"
    bad = [f'{o}, so nbdev_test would pass it without running it' for p in notebooks() for o in _would_not_run(p)]
    bad += [f'{place}: the directive "{o}" is not at the top of the cell, so it does not count'
            for place, _, s in every_cell(notebooks(), code=True) for o in _late_directives(s)]
    return bad if notebooks() else [f'{nbs.name}/ has no notebook']

# ---- settings.ini

def _wrong_version():
    version = cfg['version']
    init = re.search(r'__version__ = "(.*?)"', (lib/'__init__.py').read_text(encoding='utf-8'))
    if not init or init[1] != version:
        yield f'{lib.name}/__init__.py: version {init and init[1]}, settings.ini has {version}'
    if f'## {version}' not in (root/'CHANGELOG.md').read_text(encoding='utf-8'):
        yield f'CHANGELOG.md has no section for version {version}'

# addresses that could be the project's, wherever it lives
HOSTED = re.compile(
    r'https://(?:github\.com/[\w.-]+/cnn_course|colab\.research\.google\.com|[\w-]+\.github\.io/cnn_course)[\w./@-]*')

def _wrong_links(texts):
    "Addresses of the project that do not follow from settings.ini"
    user, repo, branch = (cfg[o] for o in ('user', 'repo', 'branch'))
    right = [re.compile(o) for o in (
        rf'https://github\.com/{user}/{repo}(\.git)?(@{branch}|/(blob|tree|actions|issues)[\w./-]*)?',
        rf'https://colab\.research\.google\.com/github/{user}/{repo}/blob/{branch}/nbs/((\w+/)?\w+\.ipynb)?',
        r'https://colab\.research\.google\.com/assets/[\w.-]+', rf'https://{user}\.github\.io/{repo}[\w./-]*')]
    asked = f'settings.ini (user {user}, repo {repo}, branch {branch})'
    for p, text in texts.items():
        wrong = (o for o in HOSTED.findall(text) if not any(r.fullmatch(o.rstrip('.')) for r in right))
        yield from (f'{p.relative_to(root)}: {url} does not follow from {asked}' for url in wrong)

def _unreachable_chapters(texts):
    "Chapters without a badge in the README; exercises are opened from their chapter, the glossary has its link"
    user, repo, branch = (cfg[o] for o in ('user', 'repo', 'branch'))
    for p in notebooks():
        if not is_chapter(p) or not number(p.stem): continue
        badge = f'https://colab.research.google.com/github/{user}/{repo}/blob/{branch}/nbs/{p.name}'
        if badge not in texts[root/'README.md']: yield f'README.md: no Colab badge for {p.name}'

def check_opening():
    "Every notebook begins with its title, its badges and the one cell that installs the course"
    return list(wrong_openings())

def check_settings():
    "Badges, install lines and links are those that follow from settings.ini"
    texts = {o: o.read_text(encoding='utf-8') for o in [*root.glob('*.md'), *(root/'.github').rglob('*.yml')]}
    texts |= {p: '\n'.join(s for _, _, s in cells(p)) for p in notebooks()}
    return [*_wrong_version(), *_wrong_links(texts), *_unreachable_chapters(texts)]

# ---- names: what crosses the walls of the house

def of_library():
    "{module: tree} without the exercises: each of those is imported alone, as `ex`, so two may ask for a `same_size`"
    return {n: t for n, t in trees().items() if not n.startswith('exercises.')}

def more_than_once(found):
    "[(name, [modules])] from pairs of a name and a module, where the modules are several"
    where = {}
    for name, module in found: where.setdefault(name, set()).add(module)
    return [(name, sorted(o)) for name, o in sorted(where.items()) if len(o) > 1]

def private_across():
    "(file, place, text) of each private name that a module or a notebook takes from another module"
    known = modules()
    for n, tree in trees().items():
        for line, text in private_uses(tree, n, known): yield n, f'{n}.py, line {line}', text
    for p in notebooks():
        aliases = {}
        for place, _, s in every_cell([p], code=True):
            for line, text in private_uses(parse(s), '', known, aliases): yield called(p), f'{place}, line {line}', text

def check_private():
    "No private name crosses: a name that others use is public, with its documentation"
    return [f'{place}: {text}: give it a public name' for _, place, text in private_across()]

def _entry(name, module):
    "Every study has a `main`, and so has the command that calls it by that one name: that is one meaning"
    return name == 'main' and (module == 'cli' or module.startswith('studies.'))

def _shared(names):
    "[(name, [modules])] of what `names` finds in several modules of the library"
    return more_than_once((o, n) for n, t in of_library().items() for o in names(t) if not _entry(o, n))

def exported_twice(): return _shared(names_in_all)
def defined_twice():  return _shared(defined)

def check_exported():
    "No public name is exported by two modules, exercises left out"
    return [f"{name} is exported by {', '.join(o)}" for name, o in exported_twice()]

def check_defined():
    "No name has two meanings: none, private or public, is defined in two modules, exercises left out"
    return [f"{name} is defined in {', '.join(o)}" for name, o in defined_twice()]

def place_of(module, order):
    "Where a module stands in the map: its own line, or that of its folder (`exercises.*`); None if nowhere"
    return next((order.index(o) for o in (module, f"{module.partition('.')[0]}.*") if o in order), None)

def _upward(order):
    "Imports of a module that does not stand above in the map"
    known = modules()
    for n, tree in trees().items():
        at = place_of(n, order)
        for o in imports(tree, n, known):
            there = place_of(o.module, order)
            if None not in (at, there) and there >= at:
                yield f'{n}.py, line {o.line}: {o.module} does not stand above it in the map'

def _stale(rooms):
    "Lines of the map that name another notebook than the one a module is made from"
    notebook = {m: n for n, m in rooms}
    for n, path in modules().items():
        made = re.search(rf'File to edit: [./]*{nbs.name}/(.*?)\.ipynb', path.read_text(encoding='utf-8'))
        if n in notebook and made and made[1] != notebook[n]:
            yield f'{n}: the map says it is made from {notebook[n]}, it is made from {made[1]}'

def check_order():
    "Imports point to rooms above their own in the map of CONTRIBUTING.md, where every module has its line"
    rooms = the_map()
    order = [m for _, m in rooms]
    twice = [f'{m} has two lines in the map' for m in sorted(set(order)) if order.count(m) > 1]
    homeless = [f'{n}: the map in CONTRIBUTING.md has no line for it' for n in modules() if place_of(n, order) is None]
    return [*twice, *homeless, *_stale(rooms), *_upward(order)]

def _quiet(what, code, expected):
    "What is wrong if `code` does not print `expected` and nothing else, no warning either"
    command = [sys.executable, '-W', f'always::DeprecationWarning:{lib.name}', '-c', code]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    fine = not done.returncode and done.stdout.strip() == expected and not done.stderr
    return [] if fine else [f'{what}: {(done.stdout + done.stderr).strip()[-300:]}']

def check_imports():
    "Nothing imports nbdev, which students do not have; importing the package is light, importing the modules is quiet"
    nbdev = re.compile(r'(?m)^\s*(from|import) nbdev')
    bad = [f'{n}.py: imports nbdev' for n, p in modules().items() if nbdev.search(p.read_text(encoding='utf-8'))]
    bad += [f'{place}: imports nbdev' for place, _, s in every_cell(notebooks(), code=True) if nbdev.search(s)]
    light = f"import sys, {lib.name}; print([o for o in ('torch', 'fastai', 'numpy') if o in sys.modules])"
    every = '\n'.join(f'import {lib.name}.{o}' for o in modules())
    return [*bad, *_quiet(f'import {lib.name} is not light and quiet', light, '[]'),
            *_quiet('importing the modules is not quiet', every, '')]

# ---- all of them

CHECKS = dict(
    export=check_export, clean=check_clean, readme=check_readme, numbers=check_numbers,
    outputs=check_outputs, scripts=check_scripts, notebooks=check_notebooks, device=check_device,
    photos=lambda: list(check_photos()),
    settings=check_settings, opening=check_opening, clocks=check_clocks,
    private=check_private, exported=check_exported, defined=check_defined,
    order=check_order, imports=check_imports)
OF_PAGES = dict(pages=check_pages, pictures=check_pictures, asked=check_asked, way=check_way, words=check_words,
                quoted=check_quoted)
if PAGES: CHECKS |= OF_PAGES

def run_checks(report, names=()):
    "Run the checks of these names, or all that are switched on"
    for name in names or CHECKS: report.add(name, {**CHECKS, **OF_PAGES}[name]())

def main():
    names = sys.argv[1:]
    if unknown := set(names) - CHECKS.keys() - OF_PAGES.keys():
        sys.exit(f"no check {', '.join(sorted(unknown))}: there are {', '.join({**CHECKS, **OF_PAGES})}")
    report = Report()
    run_checks(report, names)
    report.end()

if __name__ == '__main__': main()
