#!/usr/bin/env python3
"""Open every notebook in JupyterLab, in headless Chromium, as a student would: Run All Cells, wait, look.

    browser.py --lab PATH_TO_JUPYTER [--kernel PYTHON] [--shots FOLDER] [notebook ...]

Fails for a cell with an error, a cell that did not run, or a notebook whose pictures are not visible.
Works on a copy of nbs/, on several notebooks side by side, one a core, with one thread each.
--kernel  the Python whose packages the notebooks run on (it has ipykernel), where they are not JupyterLab's own
Needs playwright (Python) and /usr/bin/chromium. Ends with `N passed, N failed`.
"""
import argparse, json, os, shutil, socket, subprocess, tempfile, time, urllib.request
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from common import Report, called, cells, nbs, notebooks, root

CHROMIUM = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync']

def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]

def answers(url):
    try: return bool(urllib.request.urlopen(url, timeout=2))
    except OSError: return False

@contextmanager
def lab(jupyter, folder, env):
    "JupyterLab over `folder`; gives a function from a notebook's name to its address"
    port, token = free_port(), 'course'
    command = [jupyter, 'lab', '--no-browser', '--allow-root', '--ip=127.0.0.1', f'--port={port}',
               f'--IdentityProvider.token={token}', f'--ServerApp.root_dir={folder}', '--LabApp.news_url=None',
               '--expose-app-in-browser']
    proc = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            if answers(f'http://127.0.0.1:{port}/api/status?token={token}'): break
            time.sleep(.5)
        else: raise SystemExit('JupyterLab did not start')
        yield lambda name: f'http://127.0.0.1:{port}/lab/tree/{name}?reset&token={token}'
    finally:
        proc.terminate()
        proc.wait(20)

# what the page shows, collected by scrolling through the notebook's model rather than its (windowed) elements
PICTURE = """const HTML = o => [o.data['text/html'] ?? ''].flat().join('');
  const PICTURE = o => o.data && (o.data['image/png']
    || (HTML(o).includes('src="data:image/') && !HTML(o).includes('class="explorable"')));"""

STATE = """() => {
  %s
  const app = window.jupyterapp, w = app && app.shell.currentWidget;
  if (!w || !w.content || !w.content.model) return null;
  const status = w.sessionContext?.session?.kernel?.status ?? 'none';
  const res = {cells: 0, run: 0, errors: [], images: 0, status};
  for (let i = 0; i < w.content.model.cells.length; i++) {
    const c = w.content.model.cells.get(i);
    if (c.type !== 'code') continue;
    if (c.sharedModel.getSource().trim() === '') continue;
    res.cells++;
    if (c.executionCount) res.run++;
    for (let j = 0; j < c.outputs.length; j++) {
      const o = c.outputs.get(j).toJSON();
      if (o.output_type === 'error') res.errors.push('cell ' + i + ': ' + o.ename + ': ' + o.evalue);
      if (PICTURE(o)) res.images++;
    }
  }
  return res;
}""" % PICTURE

def run(page, url, timeout):
    "Run All Cells of the notebook at `url`; the final state of the page"
    page.goto(url)
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.content?.model", timeout=90_000)
    page.wait_for_selector('.jp-Notebook .jp-Cell', timeout=60_000)
    end = time.time() + 90
    while time.time() < end and (page.evaluate(STATE) or {}).get('status') != 'idle': time.sleep(.5)
    time.sleep(3)
    # the menu's Run > Run All Cells
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    time.sleep(2)
    end, quiet = time.time() + timeout, 0
    while time.time() < end:
        s = page.evaluate(STATE)
        quiet = quiet + 1 if s['status'] == 'idle' else 0
        if s['errors'] or (quiet > 2 and (s['run'] == s['cells'] or quiet > 10)): break
        time.sleep(1)
    return s

def is_picture(output):
    "A picture, or the `<img>` with its alternative text that `figures.show` makes; not the still of what moves"
    data = output.get('data') or {}
    html = ''.join(data.get('text/html', ''))
    return 'image/png' in data or ('src="data:image/' in html and 'class="explorable"' not in html)

def expected_images(path):
    "Pictures among the stored outputs of the cells that run by default"
    outputs = (o for _, c, s in cells(path) if not s.startswith('#| slow') for o in c.get('outputs', []))
    return sum(map(is_picture, outputs))

def visible_image(page):
    "Is a picture drawn on the screen, with a size of its own?"
    return page.evaluate("""async () => {
      %s
      const nb = window.jupyterapp.shell.currentWidget.content;
      for (let i = 0; i < nb.model.cells.length; i++) {
        const c = nb.model.cells.get(i);
        if (c.type !== 'code') continue;
        let has = false;
        for (let j = 0; j < c.outputs.length; j++) {
          const o = c.outputs.get(j).toJSON();
          if (PICTURE(o)) has = true;
        }
        if (!has) continue;
        nb.activeCellIndex = i;
        await nb.scrollToItem(i);
        for (let k = 0; k < 40; k++) {
          await new Promise(r => setTimeout(r, 250));
          const shown = o => {
            const box = o.getBoundingClientRect();
            return o.naturalWidth > 50 && box.width > 50 && box.top < window.innerHeight;
          };
          if ([...document.querySelectorAll('.jp-OutputArea img')].find(shown)) return true;
        }
        return false;
      }
      return false;
    }""" % PICTURE)

def faults(page, url, path, timeout):
    "What is wrong with a notebook after Run All Cells"
    s = run(page, url, timeout)
    if s['errors']: return s['errors']
    if s['run'] < s['cells']: return [f"only {s['run']} of {s['cells']} cells ran in {timeout} s"]
    n = expected_images(path)
    if s['images'] < n: return [f"{s['images']} pictures, expected {n}"]
    return ['no picture is visible'] if n and not visible_image(page) else []

def look(browser, url, path, timeout, shots):
    "Open one notebook in a page of its own; what is wrong with it"
    page = browser.new_page(viewport=dict(width=1400, height=1000))
    try:
        wrong = faults(page, url, path, timeout)
        if shots:
            file = (shots/called(path)).with_suffix('.png')
            file.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=file)
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        return wrong
    except Exception as e: return [f'{type(e).__name__}: {e}'.splitlines()[0]]
    finally: page.close()

def environment(d):
    "JupyterLab's own files and what the notebooks leave behind in the folder `d`, the course's modules from here"
    mine = dict(JUPYTER_CONFIG_DIR='config', JUPYTER_DATA_DIR='data', JUPYTERLAB_SETTINGS_DIR='settings',
                JUPYTERLAB_WORKSPACES_DIR='workspaces', IPYTHONDIR='ipython', TMPDIR='tmp')
    mine = {k: f'{d}/{v}' for k, v in mine.items()}
    Path(mine['TMPDIR']).mkdir()
    return {**os.environ, **mine, 'PYTHONPATH': str(root), 'PYDEVD_DISABLE_FILE_VALIDATION': '1'}

def kernel_of(python, d):
    "Variables of JupyterLab's environment: its kernel `python3` is the program `python` (None: its own)"
    if python is None: return {}
    place = Path(d)/'kernels'/'kernels'/'python3'
    place.mkdir(parents=True)
    spec = dict(argv=[os.path.abspath(python), '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
                display_name='Python 3', language='python')
    (place/'kernel.json').write_text(json.dumps(spec), encoding='utf-8')
    return dict(JUPYTER_PATH=f'{d}/kernels')

def visit(path, address, timeout, shots):
    "Open one notebook in a browser of its own: (its name, what is wrong with it, seconds)"
    from playwright.sync_api import sync_playwright
    start = time.time()
    with sync_playwright() as pw:
        browser = pw.chromium.launch(executable_path='/usr/bin/chromium', args=CHROMIUM)
        wrong = look(browser, address.replace('NOTEBOOK', called(path)), path, timeout, shots)
        browser.close()
    return called(path), wrong, time.time() - start

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('notebooks', nargs='*', type=Path)
    p.add_argument('--lab', required=True, help='the jupyter program of the environment to test')
    p.add_argument('--kernel', help="the Python that runs the notebooks (default: JupyterLab's)")
    p.add_argument('--shots', type=Path, help='folder for a screenshot of each notebook')
    p.add_argument('--timeout', type=int, default=600, help='seconds a notebook')
    a = p.parse_args()
    report, paths, cores = Report(), [o.resolve() for o in a.notebooks] or notebooks(), os.cpu_count() or 1
    jobs = min(cores, len(paths), 8)
    if jobs > 1: os.environ.setdefault('OMP_NUM_THREADS', str(max(1, cores//jobs)))
    with tempfile.TemporaryDirectory() as d:
        copy = Path(d)/'nbs'
        shutil.copytree(nbs, copy, ignore=shutil.ignore_patterns('.ipynb_checkpoints'))
        with lab(a.lab, copy, environment(d) | kernel_of(a.kernel, d)) as address, ProcessPoolExecutor(jobs) as pool:
            one = partial(visit, address=address('NOTEBOOK'), timeout=a.timeout, shots=a.shots)
            for name, wrong, seconds in pool.map(one, paths): report.add(name, wrong, f'{seconds:.0f} s')
    report.end()

if __name__ == '__main__': main()
