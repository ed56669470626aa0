#!/usr/bin/env python3
"""Make README.md from nbs/index.ipynb with nbconvert.  readme.py --check only compares them.

A picture that a cell draws becomes a file, nbs/images/hero.png and so on: GitHub shows no picture inside a text."""
import base64, re, sys
from common import nbs, root

PICTURE = re.compile(r'<img alt="([^"]*)" src="data:image/png;base64,([^"]+)"[^>]*>')
NAMES = 'hero', 'hero2', 'hero3'

def pictures(nb):
    "Put names of files in the place of the pictures that cells have drawn; {name: PNG}"
    found = {}
    def name(m):
        file = f'images/{NAMES[len(found)]}.png'
        found[file] = base64.b64decode(m[2])
        return f'![{m[1]}]({file})'
    for c in nb.cells:
        for o in c.get('outputs', []):
            page = o.get('data', {}).get('text/html', '')
            if PICTURE.search(page): o['data'] = {'text/markdown': PICTURE.sub(name, page)}
    return found

def readme():
    "README.md as it should be, and {name: PNG} of its pictures"
    nb, files = _notebook()
    return _as_markdown(nb), files

def _notebook():
    "The cells of index.ipynb without those that are hidden, and its pictures"
    import nbformat
    nb = nbformat.read(nbs/'index.ipynb', as_version=4)
    nb.cells = [c for c in nb.cells if not re.match(r'\s*#\s*\|\s*hide\b', c.source)]
    for c in nb.cells:
        if re.match(r'\s*#\s*\|\s*echo:\s*false', c.source): c.source = ''
        if c.cell_type == 'code': c.source = re.sub(r'(?m)^\s*#\s*\|.*\n', '', c.source)
    nb.metadata['language_info'] = {'name': 'python'}
    return nb, pictures(nb)

def _as_markdown(nb):
    "The text with its outputs; links and pictures, relative to nbs/ in the notebook, lead there from the root"
    from nbconvert import MarkdownExporter
    from traitlets.config import Config
    text, _ = MarkdownExporter(config=Config()).from_notebook_node(nb)
    text = re.sub(r'```python\n\s*```\n', '', text)
    text = re.sub(r'\n{3,}', '\n\n', text).strip() + '\n'
    text = re.sub(r'(\]\(|src=")(?!https?:|#|\.\./)([^)"\s]+)', lambda m: f'{m[1]}nbs/{m[2]}', text)
    text = re.sub(r'(\]\(|src=")\.\./', r'\1', text)
    note = '<!-- made from nbs/index.ipynb by `make readme`: edit the notebook -->\n\n'
    return note + text

def stale():
    "The files that `make readme` would change"
    text, files = readme()
    if text != (root/'README.md').read_text(encoding='utf-8'): yield 'README.md'
    for name, data in files.items():
        if not (nbs/name).exists() or (nbs/name).read_bytes() != data: yield f'nbs/{name}'

def write():
    "Make the README and its pictures"
    text, files = readme()
    for name, data in files.items(): (nbs/name).write_bytes(data)
    (root/'README.md').write_text(text, encoding='utf-8')

if __name__ == '__main__':
    if '--check' in sys.argv: sys.exit(any(stale()))
    write()
    print('README.md written')
