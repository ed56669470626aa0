#!/usr/bin/env python3
"""The style of notebooks, modules and tools. Runs in .venv-lint (`make lint`), with fast.ai's chkstyle, ruff and mypy.

    lint.py [--lines] [file ...]     # --lines: every line of over 100 columns in view, which is only counted otherwise

chkstyle: semicolons between statements, very long lines of code, unused imports, exports without text around them
ruff:     unused imports in whole notebooks and tools, functions of more than ten decisions in the tools
mypy:     the types of the library, as mypy.ini asks, where no file is named
names:    what a module uses and does not define (its page may import it all the same), where no file is named
here:     what they let pass: any `;`, lines over 120 columns in what becomes a module, docstrings, docments and types
Ends with `N passed, N failed`, counted in files.
"""
import argparse, ast, io, json, os, re, subprocess, tokenize
from pathlib import Path
from typing import NamedTuple
from common import Report, bin, called, cells, code_cells, directives, exported, is_chapter
from common import lib, notebooks, python, root, visible
from source import DEFINITIONS, parse

EXPORTED_COLUMNS = 120   # of a line in a module, an exported cell or a tool
SEEN_COLUMNS = 100       # of a line in view of a reader of a chapter
SEEN_IS_FAULT = True     # are lines in view that are longer faults, or only counted?
CHKSTYLE = {'semicolon', 'line-too-long', 'unused-import', 'exported-import-nonexport', 'undocumented-export'}

class Fault(NamedTuple):
    cell: str   # the cell's id; '' in a file of Python
    line: int   # in the cell or the file
    rule: str
    text: str

# ---- the two libraries

def _excused(rule, line, text, source, inside):
    "Is it no fault here? `inside` is what the cells of `#| exporti` hold, which chkstyle takes for tests"
    if rule == 'undocumented-export': return '#@title' in source
    if rule == 'unused-import': return '# noqa' in [*source.splitlines(), *['']*line][line - 1]
    return rule == 'exported-import-nonexport' and bool(re.search(rf'\b{re.escape(text.split()[-1])}\b', inside))

def by_chkstyle(path):
    "What fast.ai's checker finds, of the rules in `CHKSTYLE`; the title of a folded cell is text about it"
    from chkstyle import check_path
    sources = {c['id']: s for _, c, s in code_cells(path)} if path.suffix == '.ipynb' else {}
    inside = '\n'.join(s for s in sources.values() if 'exporti' in directives(s))
    for place, line, rule, text, _ in check_path(str(path)):
        cell, text = place.split('cell[')[-1].rstrip(']') if 'cell[' in place else '', text.split(' (hint:')[0]
        if rule not in CHKSTYLE or _excused(rule, line, text, sources.get(cell, ''), inside): continue
        yield Fault(cell, line, rule, text)

def by_ruff(paths, rules):
    "{path: faults} of what ruff finds"
    options = ['--isolated', '--no-cache', '--exit-zero', '--output-format=json', f'--select={rules}']
    done = subprocess.run([bin/'ruff', 'check', *options, *paths], capture_output=True, text=True, cwd=root)
    if done.returncode: raise SystemExit(f'ruff failed: {done.stderr}')
    res = {}
    for o in json.loads(done.stdout):
        path = Path(o['filename'])
        ids = [c['id'] for _, c, _ in cells(path)] if path.suffix == '.ipynb' else []
        cell = ids[o['cell'] - 1] if o.get('cell') and ids else ''
        rule = 'unused-import' if o['code'] == 'F401' else o['code']
        res.setdefault(path, []).append(Fault(cell, o['location']['row'], rule, o['message'].replace('`', '')))
    return res

def by_mypy():
    "What mypy finds in the modules, a line each"
    done = subprocess.run([bin/'mypy', f'--cache-dir={os.devnull}'], capture_output=True, text=True, cwd=root)
    if done.returncode > 1 or done.stderr: raise SystemExit(f'mypy failed: {done.stdout}{done.stderr}')
    return [o for o in done.stdout.splitlines() if ': error:' in o]

def lost_names():
    "What the modules use without defining or importing it, a line each"
    found = by_ruff(sorted(lib.rglob('*.py')), 'F821')
    return [f'{p.relative_to(root)}, line {o.line}: {o.text}' for p, faults in found.items() for o in faults]

# ---- what they let pass

def tokens(source):
    "Python's tokens, as far as they can be read"
    try: yield from tokenize.generate_tokens(io.StringIO(python(source)).readline)
    except (tokenize.TokenError, IndentationError): return

def semicolons(source):
    "Lines with a `;` in their code: fields of a class and ends of lines too"
    return [t.start[0] for t in tokens(source) if t.type == tokenize.OP and t.string == ';']

def _comments(source):
    "The lines that have a comment"
    return {t.start[0] for t in tokens(source) if t.type == tokenize.COMMENT}

def too_wide(at, source, columns, rule='line-too-wide'):
    "The faults of lines with more than so many columns"
    for k, line in enumerate(source.splitlines(), 1):
        if len(line) > columns: yield Fault(at, k, rule, f'line of {len(line)} columns, at most {columns}')

def _without_docment(args, commented):
    "Parameters without a comment on their own line or above it, which is where fastcore looks for docments"
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, [args.vararg, args.kwarg])]
    every = [o for o in every if o.arg not in ('self', 'cls')]
    lines = [o.lineno for o in every]
    for o in every:
        above = o.lineno - 1 in commented and o.lineno - 1 not in lines
        if lines.count(o.lineno) > 1 or not (o.lineno in commented or above): yield o

def _of_class(node, commented):
    "The parameters of a class without a docment: those of `__init__`, or the fields of a dataclass"
    init = next((o for o in node.body if isinstance(o, ast.FunctionDef) and o.name == '__init__'), None)
    if init: return [(o.arg, o.lineno) for o in _without_docment(init.args, commented)]
    if not any('dataclass' in ast.unparse(o) for o in node.decorator_list): return []
    fields = [o for o in node.body if isinstance(o, ast.AnnAssign)]
    return [(o.target.id, o.lineno) for o in fields if not commented & {*range(o.lineno, o.end_lineno + 1)}]

def _is_judge(node):
    "Is it the judge of an exercise? Its one parameter is the student's answer, its docstring the question"
    return any('exercise(' in ast.unparse(o) for o in node.decorator_list)

def undocumented(source):
    "Public definitions of an exported cell without a docstring, and their parameters without a docment"
    commented = None
    for node in parse(source).body:
        if not isinstance(node, DEFINITIONS) or node.name.startswith('_') or _is_judge(node): continue
        commented = _comments(source) if commented is None else commented
        if not ast.get_docstring(node): yield node.lineno, f'{node.name} has no docstring'
        if isinstance(node, ast.ClassDef): missing = _of_class(node, commented)
        else: missing = [(o.arg, o.lineno) for o in _without_docment(node.args, commented)]
        for name, line in missing: yield line, f'{node.name}: parameter {name} has no comment of its own (docment)'

def _public(body):
    "The public functions of a cell, and those of its public classes"
    for o in body:
        if not isinstance(o, DEFINITIONS) or o.name.startswith('_') and o.name != '__init__': continue
        if isinstance(o, ast.ClassDef): yield from _public(o.body)
        else: yield o

def untyped(source):
    "Parameters and values of public functions without a type; fastai reads a type of its own behind `encodes`"
    for f in _public(parse(source).body):
        every = [*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs]
        missing = [o.arg for o in every if o.annotation is None and o.arg not in ('self', 'cls')]
        if f.returns is None and f.name not in ('__init__', 'encodes', 'decodes'): missing.append('its value')
        if missing: yield f.lineno, f"{f.name}: no type for {', '.join(missing)}"

def of_cell(cell, source, seen):
    "What is wrong in a code cell, besides what the libraries find"
    out, at = exported(source), cell['id']
    yield from (Fault(at, k, 'semicolon', 'semicolon') for k in semicolons(source))
    if out: yield from too_wide(at, source, EXPORTED_COLUMNS)
    if {'export', 'exports'} & directives(source).keys():
        yield from (Fault(at, k, 'undocumented', o) for k, o in undocumented(source))
    if SEEN_IS_FAULT and seen: yield from in_view(cell, source)

def in_view(cell, source):
    "Lines of a cell of examples that a reader sees and that are too wide for the page"
    if visible(cell) and not exported(source): yield from too_wide(cell['id'], source, SEEN_COLUMNS, 'wide-in-view')

def of_notebook(path):
    for _, c, s in code_cells(path):
        yield from of_cell(c, s, is_chapter(path))
        # what a student writes, and who judges it, is of any type
        if path.parent.name == 'exercises' or not {'export', 'exports'} & directives(s).keys(): continue
        yield from (Fault(c['id'], k, 'untyped', o) for k, o in untyped(s))

def of_python(path):
    source = path.read_text(encoding='utf-8')
    yield from (Fault('', k, 'semicolon', 'semicolon') for k in semicolons(source))
    yield from too_wide('', source, EXPORTED_COLUMNS)

# ---- all of it

def by_hand():
    "The files of Python that no notebook makes"
    return [*sorted((root/'tools').glob('*.py')), root/'setup.py', *sorted(lib.rglob('__init__.py'))]

def order(path):
    "{id: number} of the cells of a notebook"
    return {c['id']: i for i, c, _ in cells(path)} if path.suffix == '.ipynb' else {}

def where(fault, number):
    "How a message names the place of a fault"
    return f'cell {number[fault.cell]} ({fault.cell}), line {fault.line}' if fault.cell else f'line {fault.line}'

def faults(paths):
    "{path: faults} with each place and rule once, whoever found it"
    ours = [p for p in paths if p.suffix == '.py']
    books = [p for p in paths if p.suffix == '.ipynb']
    ruff = by_ruff(ours, 'F401,C901') if ours else {}
    if books: ruff |= by_ruff(books, 'F401')
    res = {}
    for p in paths:
        once = {}
        mine = of_notebook(p) if p.suffix == '.ipynb' else of_python(p)
        for o in [*by_chkstyle(p), *ruff.get(p, []), *mine]: once.setdefault((o.cell, o.line, o.rule), o)
        number = order(p)
        res[p] = sorted(once.values(), key=lambda o: (number.get(o.cell, 0), o.line, o.rule))
    return res

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('files', nargs='*', type=Path)
    p.add_argument('--lines', action='store_true', help=f'list the lines of over {SEEN_COLUMNS} columns in view')
    a = p.parse_args()
    paths = [o.resolve() for o in a.files] or [*notebooks(), *by_hand()]
    report, wide = Report(), 0
    for path, found in faults(paths).items():
        number = order(path)
        wrong = [f'{where(o, number)}: {o.text} [{o.rule}]' for o in found]
        report.add(str(path.relative_to(root)), wrong, f'{len(found) or ""}')
    if not a.files:
        report.add('types', by_mypy())
        report.add('names', lost_names())
    for path in (o for o in paths if o.suffix == '.ipynb' and is_chapter(o)):
        found = [o for _, c, s in code_cells(path) for o in in_view(c, s)]
        wide += len(found)
        for o in found if a.lines else (): print(f'  {called(path)}, {where(o, order(path))}: {o.text}')
    how = '' if SEEN_IS_FAULT else ' (counted only)'
    print(f'{wide} lines of examples in view have more than {SEEN_COLUMNS} columns{how}')
    report.end()

if __name__ == '__main__': main()
