#!/usr/bin/env python3
"""Render every notebook as a web page into _docs/, with an index, by nbconvert. Ends with the number of pages."""
import shutil, subprocess, sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
out, nbs = root/'_docs', sorted((root/'nbs').glob('*.ipynb'))
shutil.rmtree(out, ignore_errors=True)
subprocess.run([sys.executable, '-m', 'jupyter', 'nbconvert', '--to', 'html', '--log-level', 'WARN', '--output-dir', out, *nbs], check=True)
for page in out.glob('*.html'):  # links between chapters lead to pages, not notebooks
    page.write_text(page.read_text(encoding='utf-8').replace('.ipynb"', '.html"'), encoding='utf-8')
if (root/'nbs'/'images').is_dir(): shutil.copytree(root/'nbs'/'images', out/'images')
print(f'{len(list(out.glob("*.html")))} pages in {out.relative_to(root)}/')
