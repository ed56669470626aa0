#!/usr/bin/env python3
"""Render every notebook as a web page into _docs/, with an index, by nbconvert. Ends with the number of pages.

Two things that nbconvert leaves out are put in: the alternative text of a picture (see `alt_text` in pages.py), and
the fold of a folded cell, which becomes a line that opens."""
import html, re, shutil
from common import folds, nbs, notebooks, root
from pages import alt_text, form_title

TEMPLATE = """{%- extends 'lab/index.html.j2' -%}
{%- block data_png -%}{{ super() | with_alt(output) }}{%- endblock -%}
{%- block data_svg -%}{{ super() | with_alt(output, 'image/svg+xml') }}{%- endblock -%}
{%- block input_group -%}{{ super() | fold(cell) }}{%- endblock -%}"""

def with_alt(page, output, kind='image/png'):
    "The element of a picture with its alternative text"
    alt = alt_text(output, kind)
    return page.replace('<img ', f'<img alt="{html.escape(alt)}" ', 1) if alt else page

def fold(page, cell):
    "A folded cell's input behind a line that opens"
    if not folds(cell): return page
    title = html.escape(form_title(cell['source']) or 'code')
    return f'<details style="margin-left: 90px"><summary>{title}</summary>{page}</details>'

def main():
    from nbconvert import HTMLExporter
    out = root/'_docs'
    shutil.rmtree(out, ignore_errors=True)
    exporter = HTMLExporter(raw_template=TEMPLATE, filters=dict(with_alt=with_alt, fold=fold))
    for path in notebooks():
        page, _ = exporter.from_filename(str(path))
        file = out/path.relative_to(nbs).with_suffix('.html')
        file.parent.mkdir(parents=True, exist_ok=True)
        # links between chapters lead to pages, not notebooks
        file.write_text(re.sub(r'\.ipynb(#[^"]*)?"', r'.html\1"', page), encoding='utf-8')
    if (nbs/'images').is_dir(): shutil.copytree(nbs/'images', out/'images')
    print(f'{len(list(out.rglob("*.html")))} pages in {out.relative_to(root)}/')

if __name__ == '__main__': main()
