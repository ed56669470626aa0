#!/usr/bin/env python3
"""The project's tests: checks of the repository, then nbdev_test over every notebook.

    test.py [--timeout S] [notebook]

Shows which notebook failed at which cell, fails when nothing ran or when the time is up, and ends with
`N passed, N failed`, counted from the checks and notebooks that ran.
"""
import argparse, difflib, filecmp, json, os, re, shutil, signal, subprocess, sys, tempfile, threading, time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from readme import readme, settings

root = Path(__file__).resolve().parent.parent
bin = Path(sys.executable).parent
cfg = settings()
nbs = sorted((root/cfg['nbs_path']).glob('*.ipynb'))

def cells(path):
    for i, c in enumerate(json.loads(path.read_text(encoding='utf-8'))['cells']): yield i, c, ''.join(c['source'])

def output_text(out):
    "What a person would read in an output"
    texts = [out.get('text', ''), *(v for k, v in (out.get('data') or {}).items() if k.startswith('text/'))]
    return ''.join(''.join(t) for t in texts)

# ---- checks of the repository: each returns a list of what is wrong

def _in_copy(command):
    "Files that `command` changes, run in a copy of the repository"
    with tempfile.TemporaryDirectory() as d:
        copy = Path(d)/root.name
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns('.git', '.venv*', 'runs', '_docs', '__pycache__', '*.egg-info', '.ipynb_checkpoints'))
        done = subprocess.run([bin/command], cwd=copy, capture_output=True, text=True, env={**os.environ, 'PYTHONWARNINGS': 'ignore'})
        if done.returncode: return [f'{command} failed: {done.stderr.strip().splitlines()[-1:]}']
        files = {o.relative_to(base) for base in (root, copy) for folder in (cfg['nbs_path'], cfg['lib_path']) for o in (base/folder).rglob('*.*')
                 if o.suffix in ('.py', '.ipynb') and '__pycache__' not in o.parts and '.ipynb_checkpoints' not in o.parts}
        same = lambda f: (root/f).exists() and (copy/f).exists() and filecmp.cmp(root/f, copy/f, shallow=False)
        return [str(f) for f in sorted(files) if not same(f)]

def check_export(): return [f'{o}: nbdev_export would change it' for o in _in_copy('nbdev_export')]
def check_clean():  return [f'{o}: nbdev_clean would change it' for o in _in_copy('nbdev_clean')]

def check_readme():
    old, new = (root/'README.md').read_text(encoding='utf-8').splitlines(), readme().splitlines()
    diff = [o for o in difflib.unified_diff(old, new, 'README.md', 'nbs/index.ipynb', lineterm='', n=0) if not o.startswith('@@')]
    return ['README.md and nbs/index.ipynb disagree (make readme):', *diff[:12]] if diff else []

def check_outputs():
    "No stored output holds an error, a warning or a path of the machine it ran on"
    machine = re.compile(r'(?<![\w.])/(?:home|Users|root|tmp|work|content|var|private|opt|mnt|media|data)/[\w.-]+')
    bad = []
    for p in nbs:
        for i, c, source in cells(p):
            for o in c.get('outputs', []):
                text = output_text(o)
                if o['output_type'] == 'error': bad.append(f"{p.name}, cell {i}: stored output is an error ({o.get('ename')})")
                elif m := machine.search(text): bad.append(f'{p.name}, cell {i}: stored output holds the path {m[0]}')
                elif o.get('name') == 'stderr' and 'Warning' in text: bad.append(f'{p.name}, cell {i}: stored output is a warning')
    return bad

def check_notebooks():
    "Every notebook is one that nbdev_test would really run, with its directives where they count"
    bad = []
    for p in nbs:
        nb = json.loads(p.read_text(encoding='utf-8'))
        spec = nb['metadata'].get('kernelspec', {})
        if spec.get('language') != 'python': bad.append(f'{p.name}: its kernel is not Python, so nbdev_test would pass it without running it')
        if not any(c['cell_type'] == 'code' for c in nb['cells']): bad.append(f'{p.name}: has no code')
        for i, c, source in cells(p):
            if re.search(r'(?m)^skip_exec:\s*true', source): bad.append(f'{p.name}, cell {i}: skip_exec, so nbdev_test would pass it without running it')
            if c['cell_type'] != 'code': continue
            lines = source.splitlines()
            for k, line in enumerate(lines):
                if re.match(r'\s*#\s*\|', line) and any(o.strip() and not re.match(r'\s*(#\s*\||%%)', o) for o in lines[:k]):
                    bad.append(f'{p.name}, cell {i}: the directive "{line.strip()}" is not at the top of the cell, so it does not count')
    return bad

def check_settings():
    "Badges, install lines and links are those that follow from settings.ini"
    user, repo, branch, version = (cfg[o] for o in ('user', 'repo', 'branch', 'version'))
    bad = []
    init = re.search(r'__version__ = "(.*?)"', (root/cfg['lib_path']/'__init__.py').read_text())
    if not init or init[1] != version: bad.append(f"{cfg['lib_path']}/__init__.py: version {init and init[1]}, settings.ini has {version}")
    if f'## {version}' not in (root/'CHANGELOG.md').read_text(): bad.append(f'CHANGELOG.md has no section for version {version}')
    hosted = re.compile(r'https://(?:github\.com/[\w.-]+/cnn_course|colab\.research\.google\.com|[\w-]+\.github\.io/cnn_course)[\w./@-]*')
    right = [re.compile(o) for o in (rf'https://github\.com/{user}/{repo}(\.git)?(@{branch}|/(blob|tree|actions|issues)[\w./-]*)?',
                                     rf'https://colab\.research\.google\.com/github/{user}/{repo}/blob/{branch}/nbs/(\w+\.ipynb)?',
                                     r'https://colab\.research\.google\.com/assets/[\w.-]+', rf'https://{user}\.github\.io/{repo}[\w./-]*')]
    texts = {o: o.read_text(encoding='utf-8') for o in [*root.glob('*.md'), *(root/'.github').rglob('*.yml')]}
    texts |= {p: '\n'.join(s for _, _, s in cells(p)) for p in nbs}
    for p, text in texts.items():
        for url in hosted.findall(text):
            if not any(o.fullmatch(url.rstrip('.')) for o in right): bad.append(f'{p.relative_to(root)}: {url} does not follow from settings.ini (user {user}, repo {repo}, branch {branch})')
    for p in nbs:  # every chapter: an install cell for Colab, and a badge in the README
        if p.stem == 'index': continue
        if f'git+https://github.com/{user}/{repo}' not in texts[p]: bad.append(f'{p.name}: no install cell for Colab')
        badge = f'https://colab.research.google.com/github/{user}/{repo}/blob/{branch}/nbs/{p.name}'
        if badge not in texts[root/'README.md']: bad.append(f'README.md: no Colab badge for {p.name}')
    return bad

def check_names():
    "No public name is exported by two modules; no module imports nbdev; importing the package imports no torch and warns of nothing"
    bad, seen = [], {}
    for p in sorted((root/cfg['lib_path']).glob('*.py')):
        text = p.read_text(encoding='utf-8')
        if re.search(r'^\s*(from|import) nbdev', text, re.M): bad.append(f'{p.name} imports nbdev, which students do not have')
        m = re.search(r'^__all__ = \[(.*?)\]', text, re.M | re.S)
        for name in re.findall(r"'(\w+)'", m[1]) if m and not p.name.startswith('_') else []:
            if name in seen: bad.append(f'{name} is exported by {seen[name]} and {p.name}')
            seen[name] = p.name
    for p in nbs:
        bad += [f'{p.name}, cell {i}: imports nbdev' for i, c, s in cells(p) if c['cell_type'] == 'code' and re.search(r'(?m)^\s*(from|import) nbdev', s)]
    def quiet(what, code, expected):
        done = subprocess.run([sys.executable, '-W', 'always::DeprecationWarning:cnn_course', '-c', code], cwd=root, capture_output=True, text=True)
        if done.returncode or done.stdout.strip() != expected or done.stderr: bad.append(f'{what}: {(done.stdout + done.stderr).strip()[-300:]}')
    quiet('import cnn_course is not light and quiet', "import sys, cnn_course; print([o for o in ('torch', 'fastai', 'numpy') if o in sys.modules])", '[]')
    modules = [o.stem for o in (root/cfg['lib_path']).glob('*.py') if not o.stem.startswith('_')]
    quiet('importing the modules is not quiet', '\n'.join(f"import cnn_course.{o}" for o in modules), '')
    return bad

CHECKS = dict(export=check_export, clean=check_clean, readme=check_readme, outputs=check_outputs, notebooks=check_notebooks, settings=check_settings, names=check_names)

# ---- the notebooks

def run_notebooks(pattern, timeout):
    "Names of the notebooks that passed and failed in nbdev_test"
    chosen = nbs if pattern is None else [p for p in nbs if p == Path(pattern).resolve()]
    if not chosen: print('no notebook to run' if pattern is None else f'no notebook matches {pattern}'); return [], []
    command = [bin/'nbdev_test', '--do_print', '--timing'] + ([] if pattern is None else ['--path', chosen[0]])
    proc = subprocess.Popen([str(o) for o in command], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                            env={**os.environ, 'PYTHONUNBUFFERED': '1', 'MPLBACKEND': 'agg',
                                 'OMP_NUM_THREADS': str(max(1, (os.cpu_count() or 1)//min(len(chosen), 8)))})  # one process a core: more threads only wait for each other
    late = threading.Event()
    def stop():
        try: os.killpg(proc.pid, signal.SIGKILL)
        except ProcessLookupError: pass
    timer = threading.Timer(timeout, lambda: (late.set(), stop()))
    timer.start()
    started, completed, failed, listing = [], [], set(), False
    try:
        for line in proc.stdout:
            line = line.rstrip()
            if m := re.match(r'Starting .*?([^/\\]+\.ipynb)$', line): started.append(m[1]); continue
            if m := re.match(r'- Completed .*?([^/\\]+\.ipynb)$', line): completed.append(m[1]); print('  ran', m[1], flush=True); continue
            if m := re.match(r'\w[\w.]* in .*?([^/\\]+\.ipynb):$', line): failed.add(m[1])  # the head of nbdev's traceback
            if 'nbdev Tests Failed On The Following Notebooks' in line: listing = True
            elif listing and line.strip().endswith('.ipynb'): failed.add(line.strip())
            if line.strip(): print('   ', line, flush=True)
        code = proc.wait()
    except KeyboardInterrupt: stop(); raise
    finally: timer.cancel()
    if late.is_set(): print(f"The time is up after {timeout} s: {', '.join(sorted(set(started) - set(completed))) or 'a notebook'} did not finish")
    names = [p.name for p in chosen]
    failed |= set(names) - set(completed)     # started and never finished, or never started
    if code and not failed: print(f'nbdev_test ended with code {code}'); failed = set(names)
    return [n for n in names if n not in failed], [n for n in names if n in failed]

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('notebook', nargs='?'); p.add_argument('--timeout', type=int, default=1800, help='seconds for all notebooks together')
    a = p.parse_args()
    start, passed, failed = time.time(), [], []
    print('Checking the repository', flush=True)
    for name, check in CHECKS.items() if a.notebook is None else ():
        wrong = check()
        (failed if wrong else passed).append(name)
        print(f"  {'FAILED' if wrong else 'ok    '} {name}", *(f'\n      {o}' for o in wrong), flush=True)
    print('Running the notebooks', flush=True)
    good, bad = run_notebooks(a.notebook, a.timeout)
    if bad: print('Failed:', ', '.join(bad))
    if not good and not bad: bad = ['nothing ran']
    passed += good; failed += bad
    print(f'{time.time() - start:.0f} s')
    print(f'{len(passed)} passed, {len(failed)} failed')
    sys.exit(bool(failed))

if __name__ == '__main__': main()
