#!/usr/bin/env python3
"""Make README.md from nbs/index.ipynb with nbconvert.  readme.py --check only compares them."""
import re, sys
from common import nbs, root

def readme():
    "README.md as it should be: the cells of index.ipynb with their text outputs; hidden cells left out"
    import nbformat
    from nbconvert import MarkdownExporter
    from traitlets.config import Config
    nb = nbformat.read(nbs/'index.ipynb', as_version=4)
    nb.cells = [c for c in nb.cells if not re.match(r'\s*#\s*\|\s*hide\b', c.source)]
    for c in nb.cells:
        if re.match(r'\s*#\s*\|\s*echo:\s*false', c.source): c.source = ''
        if c.cell_type == 'code': c.source = re.sub(r'(?m)^\s*#\s*\|.*\n', '', c.source)
    nb.metadata['language_info'] = {'name': 'python'}
    text, _ = MarkdownExporter(config=Config()).from_notebook_node(nb)
    text = re.sub(r'```python\n\s*```\n', '', text)
    text = re.sub(r'\n{3,}', '\n\n', text).strip() + '\n'
    # links and pictures in the notebook are relative to nbs/
    text = re.sub(r'(\]\(|src=")(?!https?:|#|\.\./)([^)"\s]+)', lambda m: f'{m[1]}nbs/{m[2]}', text)
    text = re.sub(r'(\]\(|src=")\.\./', r'\1', text)
    note = '<!-- made from nbs/index.ipynb by `make readme`: edit the notebook -->\n\n'
    return note + text

if __name__ == '__main__':
    new, path = readme(), root/'README.md'
    if '--check' in sys.argv: sys.exit(new != path.read_text(encoding='utf-8'))
    path.write_text(new, encoding='utf-8')
    print('README.md written')
