#!/usr/bin/env python3
"""Open every chapter in JupyterLab, in headless Chromium, as a student would: Run All Cells, wait, look.

    browser.py --lab PATH_TO_JUPYTER [--shots FOLDER] [notebook ...]

Fails for a cell with an error, a cell that did not run, or a chapter whose pictures are not visible. Works on a copy of nbs/.
Needs playwright (Python) and /usr/bin/chromium. Ends with `N passed, N failed`.
"""
import argparse, json, os, shutil, socket, subprocess, sys, tempfile, time, urllib.request
from pathlib import Path

root = Path(__file__).resolve().parent.parent

def free_port():
    with socket.socket() as s: s.bind(('127.0.0.1', 0)); return s.getsockname()[1]

def start_lab(jupyter, folder, env):
    port, token = free_port(), 'course'
    proc = subprocess.Popen([jupyter, 'lab', '--no-browser', '--allow-root', f'--port={port}', '--ip=127.0.0.1', f'--IdentityProvider.token={token}',
                             '--LabApp.news_url=None', '--expose-app-in-browser', f'--ServerApp.root_dir={folder}'], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(120):
        try: urllib.request.urlopen(f'http://127.0.0.1:{port}/api/status?token={token}', timeout=2); return proc, port, token
        except OSError: time.sleep(.5)
    proc.kill(); raise SystemExit('JupyterLab did not start')

# what the page shows, collected by scrolling through the notebook's model rather than its (windowed) elements
STATE = """() => {
  const app = window.jupyterapp, w = app && app.shell.currentWidget;
  if (!w || !w.content || !w.content.model) return null;
  const res = {cells: 0, run: 0, busy: false, errors: [], images: 0, status: w.sessionContext && w.sessionContext.session && w.sessionContext.session.kernel ? w.sessionContext.session.kernel.status : 'none'};
  for (let i = 0; i < w.content.model.cells.length; i++) {
    const c = w.content.model.cells.get(i);
    if (c.type !== 'code') continue;
    if (c.sharedModel.getSource().trim() === '') continue;
    res.cells++;
    if (c.executionCount) res.run++;
    for (let j = 0; j < c.outputs.length; j++) {
      const o = c.outputs.get(j).toJSON();
      if (o.output_type === 'error') res.errors.push('cell ' + i + ': ' + o.ename + ': ' + o.evalue);
      if (o.data && o.data['image/png']) res.images++;
    }
  }
  return res;
}"""

def run(page, url, timeout):
    "Run All Cells of the notebook at `url`; the final state of the page"
    page.goto(url)
    page.wait_for_function('() => window.jupyterapp && window.jupyterapp.shell.currentWidget && window.jupyterapp.shell.currentWidget.content && window.jupyterapp.shell.currentWidget.content.model', timeout=90_000)
    page.wait_for_selector('.jp-Notebook .jp-Cell', timeout=60_000)
    end = time.time() + 90
    while time.time() < end and (page.evaluate(STATE) or {}).get('status') != 'idle': time.sleep(.5)
    time.sleep(3)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")  # the menu's Run > Run All Cells
    time.sleep(2)
    end, quiet = time.time() + timeout, 0
    while time.time() < end:
        s = page.evaluate(STATE)
        quiet = quiet + 1 if s['status'] == 'idle' else 0
        if s['errors'] or (quiet > 2 and (s['run'] == s['cells'] or quiet > 10)): break
        time.sleep(1)
    return s

def expected_images(path):
    "Pictures among the stored outputs of the cells that run by default"
    cells = json.loads(path.read_text(encoding='utf-8'))['cells']
    return sum('image/png' in (o.get('data') or {}) for c in cells if not ''.join(c['source']).startswith('#| slow') for o in c.get('outputs', []))

def visible_image(page):
    "Is a picture drawn on the screen, with a size of its own?"
    return page.evaluate("""async () => {
      const nb = window.jupyterapp.shell.currentWidget.content;
      for (let i = 0; i < nb.model.cells.length; i++) {
        const c = nb.model.cells.get(i); if (c.type !== 'code') continue;
        let has = false; for (let j = 0; j < c.outputs.length; j++) { const o = c.outputs.get(j).toJSON(); if (o.data && o.data['image/png']) has = true; }
        if (!has) continue;
        nb.activeCellIndex = i; await nb.scrollToItem(i);
        for (let k = 0; k < 40; k++) {
          await new Promise(r => setTimeout(r, 250));
          const im = [...document.querySelectorAll('.jp-OutputArea img')].find(o => o.naturalWidth > 50 && o.getBoundingClientRect().width > 50 && o.getBoundingClientRect().top < window.innerHeight);
          if (im) return true;
        }
        return false;
      }
      return false;
    }""")

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('notebooks', nargs='*', type=Path)
    p.add_argument('--lab', required=True, help='the jupyter program of the environment to test')
    p.add_argument('--shots', type=Path, help='folder for a screenshot of each chapter')
    p.add_argument('--timeout', type=int, default=600, help='seconds a chapter')
    a = p.parse_args()
    from playwright.sync_api import sync_playwright
    chosen = [o.resolve() for o in a.notebooks] or sorted((root/'nbs').glob('*.ipynb'))
    passed = failed = 0
    with tempfile.TemporaryDirectory() as d:
        shutil.copytree(root/'nbs', Path(d)/'nbs', ignore=shutil.ignore_patterns('.ipynb_checkpoints'))
        env = {**os.environ, 'PYTHONPATH': str(root), 'JUPYTER_CONFIG_DIR': f'{d}/config', 'JUPYTER_DATA_DIR': f'{d}/data', 'JUPYTERLAB_SETTINGS_DIR': f'{d}/settings',
               'JUPYTERLAB_WORKSPACES_DIR': f'{d}/workspaces', 'IPYTHONDIR': f'{d}/ipython', 'PYDEVD_DISABLE_FILE_VALIDATION': '1'}
        proc, port, token = start_lab(a.lab, Path(d)/'nbs', env)
        try:
            with sync_playwright() as pw:
                browser = pw.chromium.launch(executable_path='/usr/bin/chromium', args=['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
                    '--disable-background-networking', '--disable-component-update', '--disable-sync'])
                for path in chosen:
                    start, page, wrong = time.time(), browser.new_page(viewport=dict(width=1400, height=1000)), []
                    try:
                        s = run(page, f'http://127.0.0.1:{port}/lab/tree/{path.name}?reset&token={token}', a.timeout)
                        wrong += s['errors']
                        if s['run'] < s['cells'] and not s['errors']: wrong.append(f"only {s['run']} of {s['cells']} cells ran in {a.timeout} s")
                        n = expected_images(path)
                        if not wrong and s['images'] < n: wrong.append(f"{s['images']} pictures, expected {n}")
                        if not wrong and n and not visible_image(page): wrong.append('no picture is visible')
                        if a.shots: a.shots.mkdir(parents=True, exist_ok=True); page.screenshot(path=a.shots/f'{path.stem}.png')
                        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
                    except Exception as e: wrong.append(f'{type(e).__name__}: {e}'.splitlines()[0])
                    page.close()
                    print(f"{'FAILED' if wrong else 'ok':6} {path.name}  {time.time() - start:.0f} s", *(f'\n       {o}' for o in wrong), flush=True)
                    if wrong: failed += 1
                    else: passed += 1
                browser.close()
        finally: proc.terminate(); proc.wait(20)
    print(f'{passed} passed, {failed} failed')
    sys.exit(bool(failed) or not passed)

if __name__ == '__main__': main()
