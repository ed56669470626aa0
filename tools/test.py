#!/usr/bin/env python3
"""The project's tests: checks of the repository, then nbdev_test over every notebook.

    test.py [--timeout S] [notebook]

Shows which notebook failed at which cell, fails when nothing ran or when the time is up, and ends with
`N passed, N failed`, counted from the checks and notebooks that ran.
"""
import argparse, os, re, signal, subprocess, threading, time
from pathlib import Path
from check import run_checks
from common import Report, bin, called, nbs, notebooks, root

class Progress:
    "What nbdev_test says of each notebook, gathered line by line"
    def __init__(self, chosen):
        self.chosen, self.listing = chosen, False
        self.started, self.completed, self.failed = [], [], set()

    def names(self, file):
        "The notebooks that nbdev means: it writes a path, except in its last list, where a bare name may stand for two"
        path = Path(file)
        if path.is_absolute(): return [called(p) for p in self.chosen if p == path.resolve()]
        return [called(p) for p in self.chosen if p.name == path.name]

    def read(self, line):
        "Take in one line; False if it is news of a start, which nobody needs to see"
        if m := re.match(r'Starting (.*\.ipynb)$', line): self.started += self.names(m[1])
        elif m := re.match(r'- Completed (.*\.ipynb)$', line): self.completed += self.names(m[1])
        # the head of nbdev's traceback
        elif m := re.match(r'\w[\w.]* in (.*\.ipynb):$', line): self.failed.update(self.names(m[1]))
        elif 'nbdev Tests Failed On The Following Notebooks' in line: self.listing = True
        elif self.listing and line.strip().endswith('.ipynb'): self.listed(line.strip())
        return not line.startswith('Starting ')

    def listed(self, name):
        "A notebook in nbdev's list of failures: known from its traceback, or any of that name"
        found = self.names(name)
        if not self.failed & set(found): self.failed.update(found)

    def end(self, code):
        "[(name, what is wrong)] for each notebook"
        res = {}
        for name in map(called, self.chosen):
            if name not in self.started: res[name] = ['never started']
            elif name not in self.completed: res[name] = ['did not finish']
            elif name in self.failed: res[name] = ['a cell failed: see above']
            else: res[name] = []
        if code and not any(res.values()): res = {o: [f'nbdev_test ended with code {code}'] for o in res}
        return res.items()

def start(chosen, one):
    "nbdev_test over all notebooks, or over `one`; one process a core: more threads only wait for each other"
    threads = max(1, (os.cpu_count() or 1)//min(len(chosen), 8))
    env = {**os.environ, 'PYTHONUNBUFFERED': '1', 'MPLBACKEND': 'agg', 'OMP_NUM_THREADS': str(threads)}
    command = [bin/'nbdev_test', '--do_print', '--timing', *(['--path', one] if one else [])]
    return subprocess.Popen([str(o) for o in command], cwd=root, env=env, text=True, start_new_session=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

def run_notebooks(report, one=None, timeout=1800):
    "Run the notebooks as tests, all or `one`, in `timeout` seconds"
    chosen = [p for p in notebooks() if one is None or p == Path(one).resolve()]
    if not chosen: return report.add(str(one or nbs), ['no notebook to run'])
    proc, progress, late = start(chosen, one and chosen[0]), Progress(chosen), threading.Event()
    def stop():
        try: os.killpg(proc.pid, signal.SIGKILL)
        except ProcessLookupError: pass
    def time_is_up():
        late.set()
        stop()
    timer = threading.Timer(timeout, time_is_up)
    timer.start()
    try:
        for line in map(str.rstrip, proc.stdout):
            if progress.read(line) and line.strip(): print('   ', line, flush=True)
        code = proc.wait()
    except KeyboardInterrupt:
        stop()
        raise
    finally: timer.cancel()
    if late.is_set(): print(f'The time is up after {timeout} s')
    for name, wrong in progress.end(code): report.add(name, wrong)

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('notebook', nargs='?')
    p.add_argument('--timeout', type=int, default=1800, help='seconds for all notebooks together')
    a = p.parse_args()
    begin, report = time.time(), Report()
    if a.notebook is None:
        print('Checking the repository', flush=True)
        run_checks(report)
    print('Running the notebooks', flush=True)
    run_notebooks(report, a.notebook, a.timeout)
    print(f'{time.time() - begin:.0f} s')
    report.end()

if __name__ == '__main__': main()
