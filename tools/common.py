"What the developers' tools share: the places, the settings, one loop over cells, one way to count."
import ast, json, re, sys
from configparser import ConfigParser
from pathlib import Path

root = Path(__file__).resolve().parent.parent
bin = Path(sys.executable).parent

def settings():
    "settings.ini, the one place for the project's name, version, requirements and addresses"
    cfg = ConfigParser(delimiters=['='])
    cfg.read(root/'settings.ini', encoding='utf-8')
    return cfg['DEFAULT']

cfg = settings()
nbs, lib = root/cfg['nbs_path'], root/cfg['lib_path']

# ---- notebooks and modules

def seen(path, top):
    "Would nbdev look at `path`, below `top`? Nothing that begins with a dot or an underscore counts."
    return not any(o[0] in '._' for o in path.relative_to(top).parts)

def notebooks():
    "Every notebook: the chapters, then those in folders (exercises)"
    found = [p for p in nbs.rglob('*.ipynb') if seen(p, nbs)]
    return sorted(found, key=lambda p: (len(p.parts), p))

def is_chapter(path):
    "Does a reader go through it page by page? The notebooks in folders are looked up instead."
    return path.parent == nbs

def number(stem):
    "What stands before the title of a page: 7 of 07_alexnet, 10b, A2; '' where there is none"
    found = re.match(r'0*([0-9]+[a-z]?|[A-Z][0-9]+)_', stem)
    return found[1] if found else ''

def parts():
    "{the first page of a part: its title}, as nbs/index.ipynb has it; a part ends where the next begins"
    found = (re.search(r'(?ms)^PARTS = (\{.*?\})$', s) for _, _, s in code_cells(nbs/'index.ipynb'))
    return next(ast.literal_eval(o[1]) for o in found if o)

def part_of(stem):
    "The part that a page belongs to"
    return max((o for o in parts() if o <= stem), default=None)

def called(path):
    "The name of a notebook in a message, as below nbs/: the exercises of a chapter are not the chapter"
    return path.relative_to(nbs).as_posix()

def modules():
    "The library's modules: {'data': path, 'exercises.data': path, ...}"
    found = sorted(p for p in lib.rglob('*.py') if seen(p, lib))
    return {'.'.join(p.relative_to(lib).with_suffix('').parts): p for p in found}

# ---- cells

def cells(path):
    "(number, cell, source) of each cell of a notebook"
    for i, c in enumerate(json.loads(path.read_text(encoding='utf-8'))['cells']): yield i, c, ''.join(c['source'])

def code_cells(path):
    "The same of its code cells"
    return (o for o in cells(path) if o[1]['cell_type'] == 'code')

def every_cell(paths, code=False):
    "(place, cell, source) of each cell, or each code cell, of several notebooks; the place as a message names it"
    for p in paths:
        for i, c, s in (code_cells if code else cells)(p): yield f'{called(p)}, cell {i}', c, s

def directives(source):
    "The directives in the first lines of a cell, as nbdev reads them: {'export': '', 'eval:': 'false', ...}"
    res = {}
    for line in source.splitlines():
        if not line.strip() or line.startswith('%%'): continue
        m = re.match(r'\s*#\s*\|\s*(\S+)\s*(.*)', line)
        if not m: break
        res[m[1]] = m[2].strip()
    return res

def exported(source):
    "Does the cell go into a module?"
    return bool({'export', 'exports', 'exporti'} & directives(source).keys())

def python(source):
    "The code of a cell without Jupyter's own commands, line by line as it was"
    if source.lstrip().startswith('%%'): return ''
    return re.sub(r'(?m)^(\s*)[%!?].*$', r'\1pass', source)

# how a cell is folded: in JupyterLab, in Colab, by the builders of sites
FOLDS = dict(
    JupyterLab='"jupyter": {"source_hidden": true}',
    Colab='"cellView": "form"',
    sites='the tag hide-input or hide-cell')

def folds(cell):
    "For which of `FOLDS` a code cell is folded"
    meta = cell.get('metadata', {})
    found = dict(
        JupyterLab=meta.get('jupyter', {}).get('source_hidden') is True,
        Colab=meta.get('cellView') == 'form',
        sites=bool({'hide-input', 'hide-cell'} & set(meta.get('tags', []))))
    return {o for o, yes in found.items() if yes}

def visible(cell):
    "Does a reader see the cell's code? Half a fold counts as one here: `check_pages` asks for all three."
    return cell['cell_type'] == 'code' and not folds(cell) and bool(''.join(cell['source']).strip())

# ---- outputs

MACHINE = re.compile(r'(?<![\w.])/(?:home|Users|root|tmp|work|content|var|private|opt|mnt|media|data)/[\w.-]+')

def output_text(out):
    "What a person would read in an output"
    texts = [out.get('text', ''), *(v for k, v in (out.get('data') or {}).items() if k.startswith('text/'))]
    return ''.join(''.join(t) for t in texts)

def unfit(out):
    "Why an output must not be stored: an error, a warning, or a path of the machine it ran on; None if it may"
    text = output_text(out)
    if out['output_type'] == 'error': return f"is an error ({out.get('ename')})"
    if m := MACHINE.search(text): return f'holds the path {m[0]}'
    if out.get('name') == 'stderr' and 'Warning' in text: return 'is a warning'

# ---- the map of the house

def the_map():
    "The rooms in CONTRIBUTING.md, the ground floor first: [(notebook, module), ...]"
    text = (root/'CONTRIBUTING.md').read_text(encoding='utf-8')
    return re.findall(r'(?m)^\| `([\w/]+)` \| `([\w.*]+)` \|', text)

# ---- counting

class Report:
    "Shows what passed and failed as it comes, and ends with `N passed, N failed`, counted from that"
    def __init__(self): self.passed, self.failed = [], []

    def add(self, name, wrong=(), note=''):
        "One result: failed if there is anything in `wrong`, which is shown below it"
        (self.failed if wrong else self.passed).append(name)
        line = f"  {'FAILED' if wrong else 'ok    '} {name}  {note}".rstrip()
        print(line, *(f'\n      {o}' for o in wrong), sep='', flush=True)

    def end(self):
        "The closing line; leaves with 1 if anything failed or nothing ran"
        if self.failed: print('Failed:', ', '.join(self.failed))
        print(f'{len(self.passed)} passed, {len(self.failed)} failed')
        sys.exit(bool(self.failed) or not self.passed)
