#!/usr/bin/env python3
"""The project's tests: checks of the repository, then nbdev's test of every notebook, each in a process of its own.

    test.py [--timeout S] [notebook]

Shows which notebook failed at which cell, fails when nothing ran or when the time is up, and ends with
`N passed, N failed`, counted from the checks and notebooks that ran.
"""
import argparse, multiprocessing, multiprocessing.connection, os, shutil, signal, sys, tempfile, time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from check import run_checks
from common import Report, called, nbs, notebooks, root

# imported once, before the processes of the notebooks are forked: they start with it, and with nothing else
PRELOAD = ['matplotlib.pyplot', 'torchvision', 'fastai.vision.all', 'nbdev.test']

def run_one(path, log, place):
    """In a process of its own: the notebook as nbdev_test runs it; ends with 0 if it passed

    What it prints goes into the file `log`, what it leaves behind into the folder `place`.
    """
    from nbdev.config import get_config
    from nbdev.test import test_nb
    os.environ['TMPDIR'] = tempfile.tempdir = str(place)
    if hasattr(os, 'setsid'): os.setsid()                     # so that its own children can be ended with it
    multiprocessing.set_start_method(None, force=True)        # its loaders start their workers as in a kernel
    with open(log, 'w', encoding='utf-8', buffering=1) as f:
        os.dup2(f.fileno(), 1)
        os.dup2(f.fileno(), 2)                 # what C libraries and child processes print belongs there too
        with redirect_stdout(f), redirect_stderr(f):
            passed, _ = test_nb(path, skip_flags=get_config().tst_flags.split(), basepath=root)
    sys.exit(0 if passed else 1)

class Running:
    "A notebook that is being tested"
    def __init__(self, context, path, folder):
        self.path, self.begin = path, time.time()
        self.log = Path(folder)/(called(path).replace('/', '.') + '.log')
        self.place = Path(tempfile.mkdtemp(dir=folder))
        self.process = context.Process(target=run_one, args=(path, self.log, self.place))
        self.process.start()

    def report(self, report, wrong=()):
        "Show what a notebook that failed has printed, and count it; what it left behind goes"
        shutil.rmtree(self.place, ignore_errors=True)
        code = self.process.exitcode
        said = 'a cell failed: see above' if code == 1 else f'its process ended with code {code}'
        if code and not wrong: wrong = [said]
        if wrong and self.log.exists(): print(self.log.read_text(encoding='utf-8', errors='replace'), flush=True)
        report.add(called(self.path), wrong, f'{time.time() - self.begin:.0f} s')

    def stop(self):
        try: os.killpg(self.process.pid, signal.SIGKILL)
        except (AttributeError, OSError): self.process.kill()
        self.process.join()

def run_notebooks(report, one=None, timeout=1800):
    "Run the notebooks as tests, all or `one`, in `timeout` seconds: as many at a time as there are cores, 8 at most"
    waiting = [p for p in notebooks() if one is None or p == Path(one).resolve()]
    if not waiting: return report.add(str(one or nbs), ['no notebook to run'])
    cores, end = os.cpu_count() or 1, time.time() + timeout
    at_once = min(len(waiting), cores, 8)
    # one thread a process where there are enough of them: more threads only wait for each other
    os.environ.setdefault('OMP_NUM_THREADS', str(max(1, cores//at_once)))
    os.environ.update(MPLBACKEND='agg', PYTHONUNBUFFERED='1',
                      PYTHONPATH=os.pathsep.join([str(root), *filter(None, [os.environ.get('PYTHONPATH')])]))
    os.chdir(nbs)
    forked = 'forkserver' in multiprocessing.get_all_start_methods()   # not on Windows
    context, running = multiprocessing.get_context('forkserver' if forked else 'spawn'), []
    if forked: context.set_forkserver_preload(PRELOAD)
    with tempfile.TemporaryDirectory() as folder:
        try:
            while waiting or running:
                while waiting and len(running) < at_once: running.append(Running(context, waiting.pop(0), folder))
                multiprocessing.connection.wait([o.process.sentinel for o in running], max(0, end - time.time()))
                ended = [o for o in running if not o.process.is_alive()]
                for o in ended: o.report(report)
                running = [o for o in running if o not in ended]
                if time.time() < end: continue
                for o in running:
                    o.stop()
                    o.report(report, [f'the time is up after {timeout} s'])
                for p in waiting: report.add(called(p), [f'never started: the time is up after {timeout} s'])
                return
        finally:
            for o in running: o.stop()

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('notebook', nargs='?')
    p.add_argument('--timeout', type=int, default=1800, help='seconds for all notebooks together')
    a = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))     # whoever stops the tests stops the notebooks too
    begin, report = time.time(), Report()
    if a.notebook is None:
        print('Checking the repository', flush=True)
        run_checks(report)
    print('Running the notebooks', flush=True)
    run_notebooks(report, a.notebook, a.timeout)
    print(f'{time.time() - begin:.0f} s')
    report.end()

if __name__ == '__main__': main()
