#!/usr/bin/env python3
"""Do exercises by keyboard, as a student does, in JupyterLab in Chromium: first wrong, then a hint, then right.

    student.py --lab PATH_TO_JUPYTER [--shots FOLDER]

One exercise of each kind. Works on a copy of nbs/. Needs playwright (Python) and /usr/bin/chromium.
Ends with `N passed, N failed`, counted in exercises.
"""
import argparse, shutil, tempfile, time
from pathlib import Path
from typing import NamedTuple
from browser import CHROMIUM, environment, lab, run
from common import Report, nbs

class Task(NamedTuple):
    kind: str      # Predict, compute, code or explore
    name: str      # As in `ex.NAME`
    wrong: str     # What a student might write first ...
    told: str      # ... and part of what is said about it
    right: str     # What is right

TASKS = {
    '01_convolution': (
        Task('compute', 'by_hand', 'answer = [[0, 1]]', 'look at the sign', 'answer = [[0, -1]]'),
        Task('code', 'same_size', 'corr2d_same = corr2d', 'expected shape',
             'corr2d_same = lambda X, K: corr2d(F.pad(X, ((K.shape[1] - 1)//2, K.shape[1]//2, '
             '(K.shape[0] - 1)//2, K.shape[0]//2)), K)')),
    '02_cost': (
        Task('predict', 'twice_as_wide', 'weights, macs, activations = 2, 2, 2', 'weights do not grow by 2',
             'weights, macs, activations = 4, 4, 2'),
        Task('explore', 'flat_field', 'dilations = [1, 2, 4, 8]', 'not flat', 'dilations = [1, 3, 9, 27]'))}

FIND = """name => {
  const nb = window.jupyterapp.shell.currentWidget.content;
  for (let i = 0; i < nb.model.cells.length; i++) {
    const c = nb.model.cells.get(i);
    if (c.type === 'code' && c.sharedModel.getSource().includes('ex.' + name + '.check(')) return i;
  }
  return -1;
}"""

CELL = 'i => window.jupyterapp.shell.currentWidget.content.model.cells.get(i)'
COUNT, SOURCE = f'{CELL}.executionCount', f'{CELL}.sharedModel.getSource()'

OUTPUT = """i => {
  const c = window.jupyterapp.shell.currentWidget.content.model.cells.get(i);
  const res = [];
  for (let j = 0; j < c.outputs.length; j++) {
    const o = c.outputs.get(j).toJSON();
    res.push([o.text ?? o.evalue ?? ''].flat().join(''));
  }
  return res.join('');
}"""

SHOW = """async i => {
  const nb = window.jupyterapp.shell.currentWidget.content;
  nb.activeCellIndex = i;
  await nb.scrollToItem(i);
  nb.mode = 'edit';
  nb.activeCell.editor.focus();
}"""

def type_and_run(page, i, text):
    "Write `text` into cell `i` in place of what is there, run it, and wait: what it printed"
    page.evaluate(SHOW, i)
    time.sleep(.7)
    page.keyboard.press('Control+a')
    page.keyboard.press('Delete')
    page.keyboard.insert_text(text)
    before = page.evaluate(COUNT, i)
    page.keyboard.press('Control+Enter')
    for _ in range(240):
        time.sleep(.5)
        now = page.evaluate(COUNT, i)
        if now and now != before: return page.evaluate(OUTPUT, i)
    return 'nothing happened in two minutes'

def faults(page, task):
    "What goes wrong when a student does this exercise"
    i = page.evaluate(FIND, task.name)
    if i < 0: return [f'no cell calls ex.{task.name}.check']
    stub = page.evaluate(SOURCE, i)
    check = next(o for o in stub.splitlines() if f'ex.{task.name}.check(' in o).split('#')[0].strip()
    steps = [('untouched', stub, 'Your turn:'), ('wrong', f'{task.wrong}\n{check}', task.told),
             ('hint', f'ex.{task.name}.hint()', 'Hint 1 of '), ('right', f'{task.right}\n{check}', 'Right.')]
    wrong = []
    for what, text, expected in steps:
        said = type_and_run(page, i, text)
        if expected not in said: wrong.append(f'{what}: expected {expected!r}, read {said.strip()[-160:]!r}')
    return wrong

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--lab', required=True, help='the jupyter program of the environment to test')
    p.add_argument('--shots', type=Path, help='folder for a screenshot of each exercise')
    a = p.parse_args()
    from playwright.sync_api import sync_playwright
    report = Report()
    with tempfile.TemporaryDirectory() as d, sync_playwright() as pw:
        shutil.copytree(nbs, Path(d)/'nbs', ignore=shutil.ignore_patterns('.ipynb_checkpoints'))
        with lab(a.lab, Path(d)/'nbs', environment(d)) as address:
            browser = pw.chromium.launch(executable_path='/usr/bin/chromium', args=CHROMIUM)
            for notebook, tasks in TASKS.items():
                page = browser.new_page(viewport=dict(width=1400, height=1000))
                run(page, address(f'{notebook}.ipynb'), 600)
                for task in tasks:
                    report.add(f'{notebook}, {task.kind}: ex.{task.name}', faults(page, task))
                    if a.shots:
                        a.shots.mkdir(parents=True, exist_ok=True)
                        page.screenshot(path=a.shots/f'{task.name}.png')
                page.close()
            browser.close()
    report.end()

if __name__ == '__main__': main()
