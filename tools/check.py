#!/usr/bin/env python3
"""The checks of the repository, one function each; each returns a list of what is wrong.

    check.py [name ...]     # default: all in CHECKS

Ends with `N passed, N failed`.
"""
import ast, difflib, filecmp, json, os, re, shutil, subprocess, sys, tempfile
from pathlib import Path
from common import FOLDS, Report, bin, called, cells, cfg, code_cells, directives, folds, is_chapter
from common import lib, modules, nbs, notebooks, root, the_map, unfit, visible
from readme import readme
from source import defined, dotted, imports, names_in_all, parse, private_uses

# ---- what nbdev makes

def changed_by(command):
    "Files that `command` changes, run in a copy of the repository"
    with tempfile.TemporaryDirectory() as d:
        copy = Path(d)/root.name
        left_out = shutil.ignore_patterns('.git', '.venv*', 'runs', '_docs', '__pycache__', '*.egg-info', '.ipynb_checkpoints')
        shutil.copytree(root, copy, ignore=left_out)
        done = subprocess.run([bin/command], cwd=copy, capture_output=True, text=True, env={**os.environ, 'PYTHONWARNINGS': 'ignore'})
        if done.returncode: return [f'{command} failed: {done.stderr.strip().splitlines()[-1:]}']
        files = {o.relative_to(base) for base in (root, copy) for folder in (nbs.name, lib.name) for o in (base/folder).rglob('*.*')
                 if o.suffix in ('.py', '.ipynb') and '__pycache__' not in o.parts and '.ipynb_checkpoints' not in o.parts}
        same = lambda f: (root/f).exists() and (copy/f).exists() and filecmp.cmp(root/f, copy/f, shallow=False)
        return [f'{f}: {command} would change it' for f in sorted(files) if not same(f)]

def _lost_cells():
    "Cells for the module of another notebook that nbdev would lose or double: it must have written that module before"
    paths = sorted(notebooks(), key=lambda p: p.name)
    owner = {d['default_exp']: k for k, p in enumerate(paths) for _, _, s in code_cells(p) if 'default_exp' in (d := directives(s))}
    for k, p in enumerate(paths):
        for i, _, s in code_cells(p):
            to = next((name for o, name in directives(s).items() if o in ('export', 'exporti', 'exports') and name), None)
            if to and owner.get(to, k) >= k: yield f'{called(p)}, cell {i}: goes to {to}, which no notebook before it makes'

def check_export():
    "The modules are those that nbdev_export makes of the notebooks, and none is left over from a notebook that is gone"
    made = {n: re.search(r'File to edit: (.*?)\.\n', p.read_text(encoding='utf-8')) for n, p in modules().items()}
    left = [f'{n}: no notebook makes it' for n, m in made.items() if not m or not (modules()[n].parent/m[1]).exists()]
    return [*_lost_cells(), *left, *changed_by('nbdev_export')]

def check_clean():
    "nbdev_clean has been run, and a fold says only that it is one: nbdev keeps the whole of `jupyter`, passing states too"
    bad = []
    for p in notebooks():
        for i, c, _ in cells(p):
            more = set(c['metadata'].get('jupyter', {})) - {'source_hidden'}
            if more: bad.append(f'{called(p)}, cell {i}: metadata jupyter.{sorted(more)[0]} does not belong into git: keep source_hidden only')
    return bad + changed_by('nbdev_clean')

def check_readme():
    "README.md is made from nbs/index.ipynb"
    old, new = (root/'README.md').read_text(encoding='utf-8').splitlines(), readme().splitlines()
    diff = [o for o in difflib.unified_diff(old, new, 'README.md', 'nbs/index.ipynb', lineterm='', n=0) if not o.startswith('@@')]
    return ['README.md and nbs/index.ipynb disagree (make readme):', *diff[:12]] if diff else []

# ---- notebooks

def check_outputs():
    "No stored output holds an error, a warning or a path of the machine it ran on"
    return [f'{called(p)}, cell {i}: stored output {why}' for p in notebooks() for i, c, _ in cells(p)
            for o in c.get('outputs', []) if (why := unfit(o))]

def _late_directives(source):
    "Directives below other lines of a cell, where they do not count"
    lines = source.splitlines()
    for k, line in enumerate(lines):
        above = (o for o in lines[:k] if o.strip() and not re.match(r'\s*(#\s*\||%%)', o))
        if re.match(r'\s*#\s*\|', line) and any(above): yield line.strip()

def check_notebooks():
    "Every notebook is one that nbdev_test would really run, with its directives where they count"
    bad = []
    for p in notebooks():
        spec = json.loads(p.read_text(encoding='utf-8'))['metadata'].get('kernelspec', {})
        if spec.get('language') != 'python': bad.append(f'{called(p)}: its kernel is not Python, so nbdev_test would pass it without running it')
        if not any(code_cells(p)): bad.append(f'{called(p)}: has no code')
        bad += [f'{called(p)}, cell {i}: skip_exec, so nbdev_test would pass it without running it'
                for i, _, s in cells(p) if re.search(r'(?m)^skip_exec:\s*true', s)]
        bad += [f'{called(p)}, cell {i}: the directive "{o}" is not at the top of the cell, so it does not count'
                for i, _, s in code_cells(p) for o in _late_directives(s)]
    if not notebooks(): bad.append(f'{nbs.name}/ has no notebook')
    return bad

# ---- settings.ini

def _wrong_version():
    version = cfg['version']
    init = re.search(r'__version__ = "(.*?)"', (lib/'__init__.py').read_text(encoding='utf-8'))
    if not init or init[1] != version: yield f'{lib.name}/__init__.py: version {init and init[1]}, settings.ini has {version}'
    if f'## {version}' not in (root/'CHANGELOG.md').read_text(encoding='utf-8'): yield f'CHANGELOG.md has no section for version {version}'

def _wrong_links(texts):
    "Addresses of the project that do not follow from settings.ini"
    user, repo, branch = (cfg[o] for o in ('user', 'repo', 'branch'))
    hosted = re.compile(r'https://(?:github\.com/[\w.-]+/cnn_course|colab\.research\.google\.com|[\w-]+\.github\.io/cnn_course)[\w./@-]*')
    right = [re.compile(o) for o in (
        rf'https://github\.com/{user}/{repo}(\.git)?(@{branch}|/(blob|tree|actions|issues)[\w./-]*)?',
        rf'https://colab\.research\.google\.com/github/{user}/{repo}/blob/{branch}/nbs/((\w+/)?\w+\.ipynb)?',
        r'https://colab\.research\.google\.com/assets/[\w.-]+', rf'https://{user}\.github\.io/{repo}[\w./-]*')]
    for p, text in texts.items():
        for url in hosted.findall(text):
            if not any(o.fullmatch(url.rstrip('.')) for o in right):
                yield f'{p.relative_to(root)}: {url} does not follow from settings.ini (user {user}, repo {repo}, branch {branch})'

def _unreachable_chapters(texts):
    "Chapters without an install cell for Colab or without a badge in the README; exercises are opened from their chapter"
    user, repo, branch = (cfg[o] for o in ('user', 'repo', 'branch'))
    for p in notebooks():
        if p.stem == 'index' or not is_chapter(p): continue
        if f'git+https://github.com/{user}/{repo}' not in texts[p]: yield f'{p.name}: no install cell for Colab'
        badge = f'https://colab.research.google.com/github/{user}/{repo}/blob/{branch}/nbs/{p.name}'
        if badge not in texts[root/'README.md']: yield f'README.md: no Colab badge for {p.name}'

def check_settings():
    "Badges, install lines and links are those that follow from settings.ini"
    texts = {o: o.read_text(encoding='utf-8') for o in [*root.glob('*.md'), *(root/'.github').rglob('*.yml')]}
    texts |= {p: '\n'.join(s for _, _, s in cells(p)) for p in notebooks()}
    return [*_wrong_version(), *_wrong_links(texts), *_unreachable_chapters(texts)]

# ---- names: what crosses the walls of the house

def trees():
    "{module: its tree}"
    return {n: parse(p.read_text(encoding='utf-8')) for n, p in modules().items()}

def of_library(names):
    "Without the exercises: each of their modules is imported alone, as `ex`, so two may well ask for a `same_size`"
    return {n: t for n, t in names.items() if not n.startswith('exercises.')}

def more_than_once(found):
    "[(name, [modules])] from pairs of a name and a module, where the modules are several"
    where = {}
    for name, module in found: where.setdefault(name, []).append(module)
    return [(name, sorted(set(o))) for name, o in sorted(where.items()) if len(set(o)) > 1]

def private_across():
    "(place, text) of each private name that a module or a notebook takes from another module"
    known = modules()
    for n, tree in trees().items():
        for line, text in private_uses(tree, n, known): yield f'{n}.py:{line}', text
    for p in notebooks():
        aliases = {}
        for i, _, s in code_cells(p):
            for line, text in private_uses(parse(s), '', known, aliases): yield f'{called(p)}, cell {i}, line {line}', text

def check_private():
    "No private name crosses: a name that others use is public, with its documentation"
    return [f'{place}: {text}: give it a public name' for place, text in private_across()]

def exported_twice():
    return more_than_once((o, n) for n, t in of_library(trees()).items() for o in names_in_all(t))

def check_exported():
    "No public name is exported by two modules, exercises left out"
    return [f"{name} is exported by {', '.join(o)}" for name, o in exported_twice()]

def defined_twice():
    return more_than_once((o, n) for n, t in of_library(trees()).items() for o in defined(t))

def check_defined():
    "No name has two meanings: none, private or public, is defined in two modules, exercises left out"
    return [f"{name} is defined in {', '.join(o)}" for name, o in defined_twice()]

def place_of(module, order):
    "Where a module stands in the map: its own line, or that of its folder (`exercises.*`); None if nowhere"
    return next((order.index(o) for o in (module, f"{module.partition('.')[0]}.*") if o in order), None)

def _made_from(path):
    "The notebook that a module says it is made from, as the map writes it"
    m = re.search(r'File to edit: (?:\.\./)+nbs/(.*?)\.ipynb', path.read_text(encoding='utf-8'))
    return m and m[1]

def check_order():
    "Imports point down: in the map in CONTRIBUTING.md a module stands below all that it imports. Every module has its line."
    rooms, known, bad = the_map(), modules(), []
    order, notebook = [m for _, m in rooms], {m: n for n, m in rooms}
    bad += [f'{m} has two lines in the map' for m in sorted(set(order)) if order.count(m) > 1]
    for n, tree in trees().items():
        at = place_of(n, order)
        if at is None: bad.append(f'{n}: the map in CONTRIBUTING.md has no line for it'); continue
        made = _made_from(known[n])
        if n in notebook and made != notebook[n]: bad.append(f'{n}: the map says it is made from {notebook[n]}, it is made from {made}')
        for o in imports(tree, n, known):
            there = place_of(o.module, order)
            if there is not None and there >= at: bad.append(f'{n}.py:{o.line}: imports {o.module}, which does not stand above it in the map')
    return bad

def _quiet(what, code, expected):
    "What is wrong if `code` does not print `expected` and nothing else, no warning either"
    done = subprocess.run([sys.executable, '-W', f'always::DeprecationWarning:{lib.name}', '-c', code], cwd=root, capture_output=True, text=True)
    if done.returncode or done.stdout.strip() != expected or done.stderr: return [f'{what}: {(done.stdout + done.stderr).strip()[-300:]}']
    return []

def check_imports():
    "Nothing imports nbdev, which students do not have; importing the package is light, importing the modules is quiet"
    nbdev = re.compile(r'(?m)^\s*(from|import) nbdev')
    bad = [f'{n}.py: imports nbdev' for n, p in modules().items() if nbdev.search(p.read_text(encoding='utf-8'))]
    bad += [f'{called(p)}, cell {i}: imports nbdev' for p in notebooks() for i, _, s in code_cells(p) if nbdev.search(s)]
    light = f"import sys, {lib.name}; print([o for o in ('torch', 'fastai', 'numpy') if o in sys.modules])"
    bad += _quiet(f'import {lib.name} is not light and quiet', light, '[]')
    return bad + _quiet('importing the modules is not quiet', '\n'.join(f'import {lib.name}.{o}' for o in modules()), '')

# ---- pages: what a reader of a chapter meets. Switched on by `PAGES` below, or by name: check.py pages pictures asked

LINES, COLUMNS = 15, 100  # of a cell in view
IMPORT_LINES = 6          # of a cell of imports in view
PROOF_LINES, PROOFS = 10, 5
# A cell of tests is folded. The one proof of a section that teaches may stay in view: it carries the tag `proof`, has at most
# PROOF_LINES lines, and a chapter has at most PROOFS of them.

SET_UP = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
BLOCKS = (ast.For, ast.With, ast.If, ast.Try)
ON_AXES = set('imshow scatter barh axhline axvline annotate legend subplots suptitle tight_layout set_axis_off savefig set_title '
              'set_xlabel set_ylabel set_xlim set_ylim set_xticks set_yticks set_xticklabels set_yticklabels tick_params twinx'.split())

def lines_in_view(source):
    "The lines of a cell that say something: directives, and blank lines at its ends, left out"
    left = [o for o in source.splitlines() if not re.match(r'\s*#\s*\|', o)]
    return '\n'.join(left).strip('\n').splitlines()

def form_title(source):
    "What `#@title` says, if it is the first line below the directives; Colab shows it in place of a folded cell"
    first = next(iter(lines_in_view(source)), '')
    return first.removeprefix('#@title').strip() if first.startswith('#@title') else ''

def _is_test(node):
    "Is the statement a test, or a block of nothing but tests and their set-up?"
    if isinstance(node, ast.Assert): return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        name = dotted(node.value.func).split('.')[-1]
        return name.startswith('test_') or name in ('refuses', 'prove')
    return isinstance(node, BLOCKS) and only_tests(node.body)

def only_tests(body):
    "Do the statements show nothing: tests and what these need, a test at the end?"
    return bool(body) and _is_test(body[-1]) and all(_is_test(o) or isinstance(o, SET_UP) for o in body)

def _draws(node):
    "Is it a call of matplotlib?"
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute): return False
    base = node.func.value
    while isinstance(base, (ast.Subscript, ast.Attribute, ast.Call)): base = base.func if isinstance(base, ast.Call) else base.value
    first = dotted(base)
    return first in ('plt', 'matplotlib') or bool(re.match(r'(ax|axs|axes|fig)\d*$', first)) or node.func.attr in ON_AXES

def kind_of(source):
    "What a code cell is: 'tests', 'plot', 'imports', or '' for what belongs to the story"
    body = parse(source).body
    if only_tests(body): return 'tests'
    if any(_draws(o) for node in body for o in ast.walk(node)): return 'plot'
    if body and all(isinstance(o, (ast.Import, ast.ImportFrom)) for o in body): return 'imports'
    return ''

def _half_folded(cell, source):
    "A fold counts only if it holds everywhere: in JupyterLab, in Colab (with a title), and on sites"
    found = folds(cell)
    if not found: return
    tags = cell['metadata'].get('tags', [])
    for o in FOLDS.keys() - found: yield f'is folded, but not for {o}: set {FOLDS[o]}'
    if 'sites' in found and 'hide-input' not in tags: yield 'is folded by hide-cell, which hides its output as well: use hide-input'
    if not form_title(source): yield 'is folded: its first line below the directives must be `#@title …` and say what it holds'

def _wrong_in_view(cell, source):
    "What a reader should not meet in a cell in view"
    kind, lines, tags = kind_of(source), lines_in_view(source), cell['metadata'].get('tags', [])
    if kind == 'tests' and 'proof' not in tags: yield 'shows tests: fold them, or tag the one proof that teaches `proof`'
    if kind == 'plot': yield 'shows the code of a plot: fold it'
    if kind == 'imports' and len(lines) > IMPORT_LINES: yield f'shows {len(lines)} lines of imports, at most {IMPORT_LINES}: fold them'
    if 'proof' in tags and len(lines) > PROOF_LINES: yield f'is a proof of {len(lines)} lines, at most {PROOF_LINES}: fold its variations'
    if len(lines) > LINES: yield f'shows {len(lines)} lines, at most {LINES}'
    wide = max(map(len, lines), default=0)
    if wide > COLUMNS: yield f'shows a line of {wide} columns, at most {COLUMNS}'

def _wrong_page(path):
    "(cell, what is wrong) of one chapter"
    first = next(cells(path), None)
    if not first or first[1]['cell_type'] != 'markdown' or not first[2].startswith('# '): yield 0, 'must be the title: nothing stands above it'
    shown = [o for o in code_cells(path) if visible(o[1])]
    for i, c, s in code_cells(path): yield from ((i, o) for o in (_wrong_in_view if visible(c) else _half_folded)(c, s))
    proofs = [i for i, c, _ in shown if 'proof' in c['metadata'].get('tags', [])]
    if len(proofs) > PROOFS: yield proofs[PROOFS], f'is proof {PROOFS + 1} of {len(proofs)} in view, at most {PROOFS} a chapter'

def check_pages():
    "A chapter shows its title first, then text, pictures and the few lines that matter; tests, plots and imports are folded"
    return [f'{called(p)}, cell {i}: {o}' for p in notebooks() if is_chapter(p) for i, o in _wrong_page(p)]

# Who reads the alternative text of a picture (looked up in nbconvert 7 and JupyterLab 4):
# - nbconvert's template classic reads output.metadata['image/png']['alt'], then output.metadata['alt'] (its filter get_metadata).
# - nbconvert's template lab reads neither; what has no alt by then is given "No description has been provided for this image".
#   docs.py adds a template that puts ours in first.
# - JupyterLab's RenderedImage reads width, height, unconfined and needs_background, no alt. It does keep <img alt="…"> in an
#   output of text/html, as do the sites that show notebooks, so that is what reaches most readers.
# A picture is therefore right if it has one or the other, and every <img> in text/html must have its alt.

def alt_text(output, kind='image/png'):
    "The alternative text of an output, looked for as nbconvert's get_metadata does"
    meta = output.get('metadata') or {}
    of_kind = meta.get(kind)
    return (of_kind.get('alt') if isinstance(of_kind, dict) else None) or meta.get('alt') or ''

def _silent_pictures(output):
    "The pictures in an output that say nothing to who cannot see them"
    data = output.get('data') or {}
    page = ''.join(data.get('text/html', ''))
    tags = re.findall(r'<img\b[^>]*>', page)
    yield from ('an <img> in text/html' for o in tags if not re.search(r'\balt\s*=\s*("\s*[^"\s]|\'\s*[^\'\s])', o))
    if not tags: yield from (o for o in ('image/png', 'image/jpeg', 'image/svg+xml') if o in data and not alt_text(output, o).strip())

def check_pictures():
    "Every stored picture has its alternative text"
    return [f'{called(p)}, cell {i}: {o} without alternative text' for p in notebooks() for i, c, _ in cells(p)
            for out in c.get('outputs', []) for o in _silent_pictures(out)]

def _asked(path, known):
    "(cell, module, name, is it a question?) for each `ex.name` in a chapter, in text and comments too"
    here = {}
    for i, c, s in cells(path):
        if c['cell_type'] == 'code': here |= {o.here: o.module for o in imports(parse(s), '', known) if o.module.startswith('exercises.') and not o.name}
        for alias, module in here.items():
            for name, asks in re.findall(rf'(?<![\w.]){re.escape(alias)}\.([A-Za-z]\w*)(\.check\()?', s): yield i, module, name, bool(asks)

def check_asked():
    "Every exercise that a chapter names is there, and none is asked twice in the course"
    known = {**modules(), **{m: None for _, m in the_map()}}
    there = {n: defined(t) for n, t in trees().items() if n.startswith('exercises.')}
    bad, asked, titles = [], {}, {}
    def once(seen, what, place):
        if what in seen and seen[what] != place: bad.append(f'{place}: {what} is asked in {seen[what]} already')
        seen.setdefault(what, place)
    for p in (o for o in notebooks() if is_chapter(o)):
        for i, module, name, asks in _asked(p, known):
            if name not in there.get(module, ()): bad.append(f'{called(p)}, cell {i}: {module} has no exercise {name}')
            if asks: once(asked, f'{module}.{name}', f'{called(p)}, cell {i}')
        for i, _, s in cells(p):  # two modules may ask the same under two names: then the titles, which carry stars, often agree
            for title in re.findall(r'(?m)^#+ *(?:\d+\. *)?(.*?) *★', s): once(titles, f'"{title.lower()}"', f'{called(p)}, cell {i}')
    return bad

# ---- all of them

PAGES = False  # are chapters held to the checks of pages?

CHECKS = dict(export=check_export, clean=check_clean, readme=check_readme, outputs=check_outputs, notebooks=check_notebooks,
              settings=check_settings, private=check_private, exported=check_exported, defined=check_defined, order=check_order,
              imports=check_imports)
OF_PAGES = dict(pages=check_pages, pictures=check_pictures, asked=check_asked)
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
