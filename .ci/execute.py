#!/usr/bin/env python3
"""Run notebooks in a real kernel with nbclient, honouring nbdev's directives.

    execute.py [--store] [--full] [--timeout S] [notebook ...]     # default: every notebook in nbs/

Cells that start with `#| eval: false` or with a flag of settings.ini's `tst_flags` (notest, slow, cuda) are left out.
--store  writes the outputs back; cells that were left out keep the outputs they have
--full   runs the slow cells too and turns the notebook's own switch, `FULL = False`, to True
Ends with `N passed, N failed`, counted from the notebooks that ran.
"""
import argparse, os, re, sys, time
from configparser import ConfigParser
from pathlib import Path

root = Path(__file__).resolve().parent.parent
nbs = root/'nbs'
# a path of this machine in an output: such outputs must not be stored
home = str(Path.home())

def directives(source):
    "The directives in the first lines of a cell, as nbdev reads them: {'export': '', 'eval:': 'false', ...}"
    res = {}
    for line in source.splitlines():
        if not line.strip() or line.startswith('%%'): continue
        m = re.match(r'\s*#\s*\|\s*(\S+)\s*(.*)', line)
        if not m: break
        res[m[1]] = m[2].strip()
    return res

def skipped(cell, flags):
    d = directives(cell.source)
    return cell.cell_type == 'code' and (d.get('eval:', '').lower() == 'false' or bool(flags & d.keys()))

def run(path, flags, timeout, full, store):
    "Run one notebook; the error as text, or None"
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    nb = nbformat.read(path, as_version=4)
    originals = [c.source for c in nb.cells]
    skip = [skipped(c, flags) for c in nb.cells]
    kept = [c.get('outputs') for c in nb.cells]
    for c, s in zip(nb.cells, skip):
        if s: c.source = ''
        elif full and c.cell_type == 'code': c.source = re.sub(r'(?m)^FULL = False\b', 'FULL = True ', c.source)
    client = NotebookClient(nb, timeout=timeout, kernel_name='python3', resources={'metadata': {'path': str(nbs)}})
    count, error = 0, None
    try: client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as e:
        at = next((i for i, c in enumerate(nb.cells) if c.cell_type == 'code' and any(o.output_type == 'error' for o in c.outputs)), None)
        where = '' if at is None else f', cell {at}:\n{originals[at]}\n'
        error = f'{path.name}{where}\n{e}'
    if store and error is None:
        for c, source, s, old in zip(nb.cells, originals, skip, kept):
            c.source = source
            if c.cell_type != 'code': continue
            if s: c.outputs = old
            c.execution_count = None
            c.metadata.pop('execution', None)
        nb.metadata.pop('language_info', None); nb.metadata.pop('widgets', None)
        part = path.with_suffix('.part')
        nbformat.write(nb, part)
        part.replace(path)
    return error

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('notebooks', nargs='*', type=Path)
    p.add_argument('--store', action='store_true'); p.add_argument('--full', action='store_true')
    p.add_argument('--timeout', type=int, default=None)
    a = p.parse_args()
    cfg = ConfigParser(delimiters=['=']); cfg.read(root/'settings.ini')
    flags = set(cfg['DEFAULT']['tst_flags'].split()) - ({'slow'} if a.full else set())
    os.environ['IN_TEST'] = '1'
    os.environ['PYTHONPATH'] = os.pathsep.join([str(root), *filter(None, [os.environ.get('PYTHONPATH')])])
    os.environ['PYDEVD_DISABLE_FILE_VALIDATION'] = '1'
    paths = [o.resolve() for o in a.notebooks] or sorted(nbs.glob('*.ipynb'))
    passed = failed = 0
    for path in paths:
        start = time.time()
        error = run(path, flags, a.timeout or (None if a.full else 600), a.full, a.store)
        print(f"{'FAILED' if error else 'ok':6} {path.name}  {time.time() - start:.0f} s", flush=True)
        if error: failed += 1; print(error, file=sys.stderr, flush=True)
        else: passed += 1
    print(f'{passed} passed, {failed} failed')
    sys.exit(bool(failed) or not passed)

if __name__ == '__main__': main()
