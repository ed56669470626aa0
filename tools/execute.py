#!/usr/bin/env python3
"""Run notebooks in a real kernel with nbclient, honouring nbdev's directives.

    execute.py [--store] [--full] [--timeout S] [notebook ...]     # default: every notebook below nbs/

Several notebooks run side by side, one a core, on one thread each; with --store or --full one after the other.
Cells that start with `#| eval: false` or with a flag of settings.ini's `tst_flags` (notest, slow, cuda) are left out.
--store  writes the outputs back; cells that were left out keep the outputs they have
--full   runs the slow cells too and turns the notebook's own switch, `FULL = False`, to True
Ends with `N passed, N failed`, counted from the notebooks that ran.
"""
import argparse, os, re, tempfile, time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from common import Report, called, cfg, directives, nbs, notebooks, root, unfit

def skipped(cell, flags):
    "Is this a code cell that is left out?"
    d = directives(cell.source)
    return cell.cell_type == 'code' and (d.get('eval:', '').lower() == 'false' or bool(flags & d.keys()))

def prepare(nb, skip, full):
    "Empty the cells that are left out; turn the notebook's switch"
    for c, s in zip(nb.cells, skip):
        if s: c.source = ''
        elif full and c.cell_type == 'code': c.source = re.sub(r'(?m)^FULL = False\b', 'FULL = True ', c.source)

def execute(nb, timeout, folder, originals):
    "Run the cells in `folder`, as Jupyter does; the error as text, or None"
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    client = NotebookClient(nb, timeout=timeout, kernel_name='python3', resources={'metadata': {'path': str(folder)}})
    try: client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as e:
        broken = (i for i, c in enumerate(nb.cells) if any(o.output_type == 'error' for o in c.get('outputs', [])))
        at = next(broken, None)
        return f'{e}' if at is None else f'cell {at}:\n{originals[at]}\n\n{e}'

def restore(nb, originals, skip, kept):
    "Put the sources back as they were, and the outputs of the cells that were left out"
    for c, source, s, old in zip(nb.cells, originals, skip, kept):
        c.source = source
        if c.cell_type != 'code': continue
        if s: c.outputs = old
        c.execution_count = None
        c.metadata.pop('execution', None)
    for o in ('language_info', 'widgets'): nb.metadata.pop(o, None)

def run(path, flags, timeout, full, store):
    "Run one notebook, and store it; the error as text, or None"
    import nbformat
    nb = nbformat.read(path, as_version=4)
    originals = [c.source for c in nb.cells]
    skip = [skipped(c, flags) for c in nb.cells]
    kept = [c.get('outputs') for c in nb.cells]
    prepare(nb, skip, full)
    error = execute(nb, timeout, path.parent, originals)
    if error or not store: return error
    restore(nb, originals, skip, kept)
    outputs = ((i, o) for i, c in enumerate(nb.cells) for o in c.get('outputs', []))
    bad = [f'cell {i}: the output {why}' for i, o in outputs if (why := unfit(o))]
    if bad: return '\n'.join(['ran, and is not stored:', *bad])
    part = path.with_suffix('.part')
    nbformat.write(nb, part)
    part.replace(path)

def timed(path, **options):
    "Run one notebook: (its name, the error as text or None, seconds)"
    start = time.time()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:    # what the notebook leaves behind goes
        os.environ['TMPDIR'] = place
        error = run(path, **options)
    return called(path) if path.is_relative_to(nbs) else path.name, error, time.time() - start

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('notebooks', nargs='*', type=Path)
    p.add_argument('--store', action='store_true')
    p.add_argument('--full', action='store_true')
    p.add_argument('--timeout', type=int, default=None)
    a = p.parse_args()
    flags = set(cfg['tst_flags'].split()) - ({'slow'} if a.full else set())
    os.environ['IN_TEST'] = '1'
    os.environ['PYTHONPATH'] = os.pathsep.join([str(root), *filter(None, [os.environ.get('PYTHONPATH')])])
    os.environ['PYDEVD_DISABLE_FILE_VALIDATION'] = '1'
    paths, cores = [o.resolve() for o in a.notebooks] or notebooks(), os.cpu_count() or 1
    jobs = 1 if a.store or a.full else min(cores, len(paths), 8)
    if jobs > 1: os.environ.setdefault('OMP_NUM_THREADS', str(max(1, cores//jobs)))
    one = partial(timed, flags=flags, timeout=a.timeout or (None if a.full else 600), full=a.full, store=a.store)
    report = Report()
    with ProcessPoolExecutor(jobs) as pool:
        for name, error, seconds in pool.map(one, paths):
            report.add(name, error.splitlines() if error else [], f'{seconds:.0f} s')
    report.end()

if __name__ == '__main__': main()
