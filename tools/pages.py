"""What a reader of a chapter meets: the checks of pages, off until `PAGES` in check.py is turned on.

Any time by name: check.py pages pictures asked"""
import ast, re
from common import FOLDS, called, cells, every_cell, folds, is_chapter, modules, notebooks, the_map, visible
from source import defined, dotted, imports, parse, trees

LINES, COLUMNS = 15, 100  # of a cell in view
IMPORT_LINES = 6          # of a cell of imports in view

# A cell of tests is folded. The one proof that teaches may stay in view: it carries the tag `proof` and is no longer
# than this, and a chapter has no more than so many.
PROOF_LINES, PROOFS = 10, 5

# ---- what a cell is

BLOCKS = ast.For, ast.With, ast.If, ast.Try
SHOWS = re.compile(r'(print|display|check)$|show|plot|time')  # functions whose cell is there to be looked at
ON_AXES = set('''imshow scatter barh axhline axvline annotate legend subplots suptitle tight_layout set_axis_off savefig
                 set_title set_xlabel set_ylabel set_xlim set_ylim set_xticks set_yticks set_xticklabels set_yticklabels
                 tick_params twinx'''.split())

def lines_in_view(source):
    "The lines of a cell that say something: directives, and blank lines at its ends, left out"
    left = [o for o in source.splitlines() if not re.match(r'\s*#\s*\|', o)]
    return '\n'.join(left).strip('\n').splitlines()

def form_title(source):
    "What `#@title` says, if it is the first line below the directives; Colab shows it in place of a folded cell"
    first = next(iter(lines_in_view(source)), '')
    return first.removeprefix('#@title').strip() if first.startswith('#@title') else ''

def _calls(node):
    "The names of the functions called in a piece of code"
    return [dotted(o.func).split('.')[-1] for o in ast.walk(node) if isinstance(o, ast.Call)]

def _is_test(node):
    "Is the statement a test, or a block that ends in one?"
    if isinstance(node, BLOCKS): return _is_test(node.body[-1])
    if isinstance(node, ast.Assert): return True
    called_last = _calls(node)[:1] if isinstance(node, ast.Expr) else []
    return any(o.startswith('test_') or o in ('refuses', 'prove') for o in called_last)

def only_tests(body):
    "Does a cell end in a test and show nothing: nothing but tests and what these need?"
    return bool(body) and _is_test(body[-1]) and not any(SHOWS.match(o) for node in body for o in _calls(node))

def _root_name(node):
    "The name that a chain of attributes, items and calls begins with: `axes` of axes[0].plot(x).set"
    while isinstance(node, (ast.Subscript, ast.Attribute, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return dotted(node)

def _draws(node):
    "Is it a call of matplotlib: by plt, on a figure or axes, or by a name that only axes have?"
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute): return False
    return node.func.attr in ON_AXES or bool(re.fullmatch(r'plt|matplotlib|(ax|axs|axes|fig)\d*', _root_name(node)))

def kind_of(source):
    "What a code cell is: 'tests', 'plot', 'imports', or '' for what belongs to the story"
    body = parse(source).body
    if only_tests(body): return 'tests'
    if any(_draws(o) for node in body for o in ast.walk(node)): return 'plot'
    return 'imports' if body and all(isinstance(o, (ast.Import, ast.ImportFrom)) for o in body) else ''

# ---- pages

def _half_folded(cell, source):
    "A fold counts only if it holds everywhere: in JupyterLab, in Colab (with a title), and on sites"
    found = folds(cell)
    if not found: return
    for o in FOLDS.keys() - found: yield f'is folded, but not for {o}: set {FOLDS[o]}'
    if 'sites' in found and 'hide-input' not in cell['metadata']['tags']:
        yield 'is folded by hide-cell, which hides its output as well: use hide-input'
    if not form_title(source): yield 'is folded: its first line below the directives must be `#@title …`, what it holds'

def _wrong_in_view(cell, source):
    "What a reader should not meet in a cell in view"
    kind, lines, proof = kind_of(source), lines_in_view(source), is_proof(cell)
    n, wide = len(lines), max(map(len, lines), default=0)
    if kind == 'tests' and not proof: yield 'shows tests: fold them, or tag the one proof that teaches `proof`'
    if kind == 'plot': yield 'shows the code of a plot: fold it'
    if kind == 'imports' and n > IMPORT_LINES: yield f'shows {n} lines of imports, at most {IMPORT_LINES}: fold them'
    if proof and n > PROOF_LINES: yield f'is a proof of {n} lines, at most {PROOF_LINES}: fold its variations'
    if n > LINES: yield f'shows {n} lines, at most {LINES}'
    if wide > COLUMNS: yield f'shows a line of {wide} columns, at most {COLUMNS}'

def is_proof(cell): return 'proof' in cell['metadata'].get('tags', [])

def _wrong_page(path):
    "What is wrong with one chapter"
    first = next(cells(path), None)
    if not first or first[1]['cell_type'] != 'markdown' or not first[2].startswith('# '):
        yield f'{called(path)}, cell 0: must be the title, nothing stands above it'
    proofs = 0
    for place, c, s in every_cell([path], code=True):
        look = _wrong_in_view if visible(c) else _half_folded
        yield from (f'{place}: {o}' for o in look(c, s))
        proofs += visible(c) and is_proof(c)
    if proofs > PROOFS: yield f'{called(path)}: {proofs} proofs in view, at most {PROOFS}: fold what teaches least'

def chapters(): return [p for p in notebooks() if is_chapter(p)]

def check_pages():
    "A chapter begins with its title and shows text, pictures and the few lines that matter; the rest is folded"
    return [o for p in chapters() for o in _wrong_page(p)]

# ---- pictures

# Who reads the alternative text of a picture (looked up in nbconvert 7 and JupyterLab 4):
# - nbconvert's template classic: output.metadata['image/png']['alt'], else output.metadata['alt'], as its filter
#   get_metadata says, for image/png and image/jpeg.
# - nbconvert's template lab: neither. What has no alt at the end gets "No description has been provided for this
#   image". docs.py uses that template and puts ours in first.
# - JupyterLab: its RenderedImage reads width, height, unconfined and needs_background, no alt. It does keep the alt
#   of an <img> in an output of text/html.
# So a picture is right here if its output's metadata has an alt, or if it is an <img> in text/html with its alt.

def alt_text(output, kind='image/png'):
    "The alternative text of an output, looked for as nbconvert's get_metadata does"
    meta = output.get('metadata') or {}
    of_kind = meta.get(kind)
    return (of_kind.get('alt') if isinstance(of_kind, dict) else None) or meta.get('alt') or ''

def _silent_pictures(output):
    "The pictures in an output that say nothing to a person who cannot see them"
    data = output.get('data') or {}
    tags = re.findall(r'<img\b[^>]*>', ''.join(data.get('text/html', '')))
    if tags: return ['an <img> in text/html' for o in tags if not re.search(r'''\balt\s*=\s*["']\s*[^"'\s]''', o)]
    return [o for o in ('image/png', 'image/jpeg', 'image/svg+xml') if o in data and not alt_text(output, o).strip()]

def check_pictures():
    "Every stored picture has its alternative text"
    outputs = ((place, out) for place, c, _ in every_cell(notebooks()) for out in c.get('outputs', []))
    return [f'{place}: {o} without alternative text' for place, out in outputs for o in _silent_pictures(out)]

# ---- exercises

def _exercises_here(source, known):
    "{alias: module} of the modules of exercises that a cell imports"
    found = imports(parse(source), '', known)
    return {o.here: o.module for o in found if o.module.startswith('exercises.') and not o.name}

def _named(path, known):
    "(place, module, name, is it asked?) for each `ex.name` in a chapter, in comments too"
    here = {}
    for place, _, s in every_cell([path], code=True):
        here |= _exercises_here(s, known)
        for alias, module in here.items():
            found = re.findall(rf'(?<![\w.]){re.escape(alias)}\.([A-Za-z]\w*)(\.check\()?', s)
            yield from ((place, module, name, bool(asks)) for name, asks in found)

def _titles(path):
    "(place, title) of the exercises of a chapter, whose texts begin with their kind, such as *Code, 5 minutes.*"
    for place, _, s in every_cell([path]):
        yield from ((place, o.lower()) for o in re.findall(r'(?m)^### *(?:\d+\. *)?(.*)\n\n\*(?!\*)\w+, ', s))

def _repeated(found):
    "What stands at more than one place, from pairs of a place and a thing"
    first = {}
    for place, what in found:
        if first.setdefault(what, place) != place: yield f'{place}: {what} is asked in {first[what]} already'

def check_asked():
    "Every exercise that a chapter names is there, and none is asked twice in the course, by its name or by its title"
    known = {*modules(), *(m for _, m in the_map())}
    there = {n: defined(t) for n, t in trees().items() if n.startswith('exercises.')}
    named = [o for p in chapters() for o in _named(p, known)]
    lost = ((place, module, name) for place, module, name, _ in named if name not in there.get(module, ()))
    missing = [f'{place}: {module} has no exercise {name}' for place, module, name in lost]
    asked = ((place, f'{module}.{name}') for place, module, name, asks in named if asks)
    return [*missing, *_repeated(asked), *_repeated(o for p in chapters() for o in _titles(p))]
