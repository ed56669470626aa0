#!/usr/bin/env python3
"""Make the site of the course in _docs/: every notebook as a page, and the reference of the library. `make docs`

Sphinx with MyST-NB reads the notebooks as they are stored, nothing is run; webpages.py makes them ready, reference.py
writes the pages of the modules. Parts and chapters come from nbs/index.ipynb and from the folder, so a new notebook is
a new page. MathJax comes once from npm and lies beside the pages: an open page asks no other address for anything.
Ends with the number of pages; leaves with 1 if Sphinx had anything to warn of.
"""
import importlib.util, json, re, shutil, subprocess, sys, tarfile
from pathlib import Path
from common import cells, cfg, is_chapter, lib, modules, nbs, notebooks, number, part_of, parts, root
from reference import of_module
from webpages import TEXTS, page, text

MATHJAX = 'mathjax@3.2.2'   # the last of version 3: version 4 wants a font from another address
work = root/'build'/'site'  # what the site is made from
out = root/'_docs'
web = Path(__file__).parent/'web'

# ---- MathJax

def npm(package, to):
    "The files of a package of npm, in the folder `to`, which is kept"
    if to.exists(): return to
    to.parent.mkdir(parents=True, exist_ok=True)
    command = shutil.which('npm')
    if command is None: sys.exit(f'npm is missing: install Node.js, which brings it. It is needed once, for {package}')
    done = subprocess.run([command, 'pack', '--silent', package], cwd=to.parent, capture_output=True, text=True)
    if done.returncode: sys.exit(f'npm cannot get {package}: {done.stderr.strip()[-300:]}')
    with tarfile.open(to.parent/done.stdout.split()[-1]) as f: f.extractall(to.parent/f'{to.name}.part', filter='data')
    (to.parent/f'{to.name}.part'/'package').rename(to)
    return to

def mathjax(static):
    "MathJax as files of the site: its one large script, and what that may ask for"
    files = npm(MATHJAX, root/'build'/'npm'/'mathjax')/'es5'
    for o in ('tex-svg.js', 'input/tex/extensions', 'sre', 'a11y', 'ui'):
        if (files/o).is_dir(): shutil.copytree(files/o, static/'mathjax'/o)
        else:
            (static/'mathjax').mkdir(parents=True, exist_ok=True)
            shutil.copy(files/o, static/'mathjax'/o)

# ---- contents

def title(path):
    "The title of a notebook, short: what stands before the colon"
    first = next(s for _, c, s in cells(path) if c['cell_type'] == 'markdown' and s.startswith('# '))
    return first.splitlines()[0].removeprefix('# ').split(': ')[0]

def toctree(entries, caption='', hidden=True):
    "A table of contents in Markdown"
    head = [f':caption: {caption}'] if caption else []
    head += [':hidden:'] if hidden else []
    return '\n'.join(['```{toctree}', *head, ':maxdepth: 1', '', *entries, '```', ''])

def chapters_in_parts():
    "A table of contents for each part"
    found = {}
    for p in notebooks():
        if is_chapter(p) and number(p.stem): found.setdefault(part_of(p.stem), []).append(p)
    for part, pages in found.items():
        yield toctree([f'{number(p.stem)}. {title(p)} <{p.stem}>' for p in pages], parts()[part])

def about(folder, pages):
    "The page in front of a folder of notebooks"
    names = dict(
        exercises=('Exercises', 'The questions of each chapter with judges, hints and solutions. The solutions stay '
                   'folded until you open them.'),
        studies=('Studies', 'The long experiments whose stored results the chapters quote. `cnn_course study NAME` '
                 'repeats one.'))
    head, words = names.get(folder, (folder.capitalize(), ''))
    entries = [f'{number(p.stem)}. {title(p)} <{p.stem}>' if number(p.stem) else p.stem for p in pages]
    (work/folder/'index.md').write_text(f'# {head}\n\n{words}\n\n{toctree(entries, hidden=False)}', encoding='utf-8')
    return f'{folder}/index'

def the_reference():
    "The pages of the modules, in the order of the map"
    the_map = (root/'CONTRIBUTING.md').read_text(encoding='utf-8')
    rows = re.findall(r'(?m)^\| `([\w/]+)` \| `([\w.]+)` \| (.*?) \|', the_map)
    known, names = modules(), []
    (work/'api').mkdir()
    for notebook, module, what in rows:
        if module not in known or not (nbs/f'{notebook}.ipynb').exists(): continue
        made = f'[{notebook}](../{notebook}.ipynb)'
        (work/'api'/f'{module}.md').write_text(of_module(module, what, made), encoding='utf-8')
        names.append(module)
    intro = (f'# Reference\n\nThe modules of `{lib.name}`, the ground floor first: each imports only from those above '
             'it. Every parameter carries the comment that it has in the code.\n\n')
    (work/'api'/'index.md').write_text(intro + toctree(names, hidden=False), encoding='utf-8')

def contents():
    "All tables of contents, to be put at the end of the front page"
    folders = {}
    for p in notebooks():
        if not is_chapter(p): folders.setdefault(p.parent.name, []).append(p)
    more = [about(f, pages) for f, pages in folders.items()]
    texts = [Path(o).stem for o in TEXTS]
    return '\n'.join([*chapters_in_parts(), toctree(['glossary', *more, 'api/index', *texts], 'Beside the chapters')])

# ---- the site

def sources():
    "Everything Sphinx reads, below `work`"
    shutil.rmtree(work, ignore_errors=True)
    (work/'extra').mkdir(parents=True)
    static = work/'_static'
    shutil.copytree(web, static)
    mathjax(static)
    if (nbs/'images').is_dir(): shutil.copytree(nbs/'images', work/'images')
    for p in notebooks():
        file, copy = (o/p.relative_to(nbs) for o in (work, work/'extra'/'notebooks'))
        for o in (file, copy): o.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(p, work/'extra'), encoding='utf-8')
        shutil.copy(p, copy)
    for o in TEXTS: (work/o).write_text(text((root/o).read_text(encoding='utf-8'), nbs/o), encoding='utf-8')
    the_reference()
    front = json.loads((work/'index.ipynb').read_text(encoding='utf-8'))
    front['cells'].append(dict(cell_type='markdown', id='contents', metadata={}, source=contents()))
    (work/'index.ipynb').write_text(json.dumps(front, ensure_ascii=False), encoding='utf-8')

OPTIONS = dict(
    project=cfg['title'], author=cfg['author'], copyright=cfg['copyright'] % cfg, language='en',
    version=cfg['version'], release=cfg['version'],
    extensions=['myst_nb', 'sphinx.ext.mathjax'], exclude_patterns=['extra', '_static'],
    myst_enable_extensions=['dollarmath', 'fieldlist'], myst_heading_anchors=4, myst_dmath_double_inline=True,
    nb_execution_mode='off', nb_ipywidgets_js={}, suppress_warnings=['mystnb.unknown_mime_type'],
    python_maximum_signature_line_length=70, add_module_names=False, toc_object_entries_show_parents='hide',
    mathjax_path='mathjax/tex-svg.js', mathjax3_config={'options': {'enableMenu': False}},
    html_theme='sphinx_book_theme', html_title=cfg['title'],
    html_favicon='_static/logo.svg', html_static_path=['_static'], html_extra_path=['extra'],
    html_css_files=['course.css'], html_js_files=[('course.js', {'defer': 'defer'})], html_copy_source=False,
    html_show_sourcelink=False,
    html_context=dict(default_mode='auto'), html_baseurl=f"{cfg['doc_host']}{cfg['doc_baseurl']}/",
    html_theme_options=dict(
        logo=dict(text=cfg['title'], image_light='_static/logo.svg', image_dark='_static/logo.svg',
                  alt_text='A kernel of nine weights'),
        repository_url=cfg['git_url'], repository_branch=cfg['branch'], use_repository_button=True,
        use_download_button=False, home_page_in_toc=True, show_toc_level=2, search_bar_text='Search the course',
        pygments_light_style='a11y-high-contrast-light', pygments_dark_style='a11y-high-contrast-dark'))

# what the builders leave that a reader of the screen, by ear or by eye, would stumble over: (what, what for)
MENDS = [
    (r' aria-label="Toggle hidden content"', ''),                       # a fold is called by its own line
    (r'(search-button__button[^>]*?) aria-label="Search"', r'\1'),      # and the button by what stands on it
    (r'<summary>(?=<span class="toctree-toggle")', '<summary aria-label="The pages below">'),
    (r'<thead>(?:\s|</?(?:tr|th|p)\b[^>]*>)*</thead>', ''),             # the head of a table that has none
    # the parameters of a signature are lines of it, no list of definitions
    (r'(?s)<dl>\s*((?:<dd><em class="sig-param">.*?</em>,?</dd>\s*)+)</dl>',
     lambda m: re.sub(r'<dd>(.*?)</dd>', r'<span class="sig-line">\1</span>', m[1])),
]

def mend():
    "Mend every page"
    for p in out.rglob('*.html'):
        page = p.read_text(encoding='utf-8')
        for what, to in MENDS: page = re.sub(what, to, page)
        p.write_text(page, encoding='utf-8')

def build():
    "Run Sphinx; the warnings it had"
    from io import StringIO
    from sphinx.application import Sphinx
    warnings = StringIO()
    made = root/'build'/'html'   # not _docs/ itself: MyST-NB leaves a folder of its own beside it
    shutil.rmtree(made, ignore_errors=True)
    app = Sphinx(work, None, made, root/'build'/'doctrees', 'html', confoverrides=OPTIONS, freshenv=True,
                 status=None, warning=warnings)
    app.build()
    for o in ('_sources', '.buildinfo'): shutil.rmtree(made/o, ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)
    for o in (made/'_static').glob('*.html'): o.unlink()   # templates of the theme
    made.rename(out)
    return [o for o in re.sub(r'\x1b\[[0-9;]*m', '', warnings.getvalue()).splitlines() if o.strip()]

def main():
    if importlib.util.find_spec('myst_nb') is None:
        sys.exit("Sphinx is missing: make docs installs it, or pip install -e '.[docs]'")
    sources()
    warnings = build()
    mend()
    (out/'.nojekyll').touch()
    for o in warnings: print(o)
    print(f'{len(list(out.rglob("*.html")))} pages in {out.relative_to(root)}/, {len(warnings)} warnings')
    sys.exit(bool(warnings))

if __name__ == '__main__': main()
