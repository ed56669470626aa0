"""A notebook as a page of the site: what nbdev, Colab and Jupyter need is taken out, what a reader needs is put in.

Left out: cells with `#| hide` or `#| default_exp`, the cells that install the course, lines of directives.
Put in:   buttons for Colab and Kaggle, a line that opens each folded cell, links from "chapter 8" and from numbers
          of arXiv, pictures as files of their own with the size and the alternative text that they have."""
import base64, hashlib, html, json, re, struct
from functools import cache
from common import cfg, cells, directives, folds, is_chapter, nbs, notebooks, number, root
from opening import COLAB, KAGGLE, is_opening
from pages import alt_text, form_title
from words import GLOSSARY, Linker, glossary

SOURCE = f"{cfg['git_url']}/blob/{cfg['branch']}"   # where a file of the repository is looked at
# texts beside the notebooks that become pages as well
TEXTS = 'CONTRIBUTING.md', 'CODE_OF_CONDUCT.md', 'CHANGELOG.md'

# ---- text

NUMBER = r'(?:\d+[a-z]?|[A-Z]\d*)\b'
MENTION = re.compile(rf'\b([Cc]hapters?|[Aa]ppendix|[Aa]ppendices)(\s+){NUMBER}'
                     rf'(?:(?:, and |, | and | or | to ){NUMBER})*')
ARXIV = re.compile(r'\barXiv[: ](\d{4}\.\d{4,5})')
# a picture from elsewhere inside a link; a page asks no other address, so the words in its place do
BADGE = re.compile(r'!?\[!\[([^\]]*)\]\(https?:[^)]*\)\]')
# what is left as it is: code, links, addresses, formulas, tags, headings
KEPT = re.compile(r'(```.*?```|~~~.*?~~~|<summary>.*?</summary>|`[^`\n]+`|!?\[(?:[^\[\]]|\[[^\]]*\])*\]\([^)]*\)'
                  r'|\$\$.*?\$\$|\$[^$\n]+\$|<[^>\n]+>|^#+ .*?$)', re.S | re.M)

@cache
def page_of():
    "{what stands before a title: the notebook}, and of each appendix the first"
    chapters = [p for p in notebooks() if is_chapter(p) and number(p.stem)]
    res = {number(p.stem): p for p in chapters}
    for p in chapters: res.setdefault(re.match(r'[A-Z]?', number(p.stem))[0], p)
    return res

def _mentioned(found, here, up):
    "The numbers of a mention as links; the page it stands on, and what is no page, is left as it is"
    def link(m):
        page = page_of().get(m[2])
        return m[0] if page in (None, here) else f'[{m[1]}{m[2]}]({up}{page.name})'
    one = found[1] in ('chapter', 'Chapter', 'appendix', 'Appendix')
    return re.sub(rf'({found[1]}{found[2]}|)({NUMBER})' if one else rf'()(?<!\w)({NUMBER})', link, found[0])

def _home(found, path):
    "A link to a file beside the notebooks: to its page, or to the repository"
    target = found[2]
    if re.match(r'https?:|#|mailto:', target): return found[0]
    inside = (path.parent/target.split('#')[0]).resolve()
    if inside.is_relative_to(nbs): return found[0]
    name = inside.relative_to(root).as_posix()
    if name in TEXTS: return f"{found[1]}{'../'*(len(path.relative_to(nbs).parts) - 1)}{name}{found[3]}"
    return f'{found[1]}{SOURCE}/{name}{found[3]}'

def text(source, path, words=None):
    "The text of a cell with its links, those of `words` to the glossary, too"
    up = '../'*(len(path.relative_to(nbs).parts) - 1)
    res = []
    for i, piece in enumerate(KEPT.split(BADGE.sub(r'[\1]', source))):
        if i % 2: res.append(re.sub(r'(\]\()([^)\s]+)(\))', lambda m: _home(m, path), piece))
        else:
            if words: piece = words(piece)
            piece = ARXIV.sub(r'[\g<0>](https://arxiv.org/abs/\1)', piece)
            res.append(MENTION.sub(lambda m: _mentioned(m, path, up), piece))
    return ''.join(res)

# ---- pictures

PICTURE = re.compile(r'<img\b[^>]*?src="data:image/(png|jpeg);base64,([^"]+)"[^>]*>', re.S)

def _size(kind, data):
    "Width and height of a PNG, as attributes; nothing for others"
    if kind != 'png': return ''
    w, h = struct.unpack('>II', data[16:24])
    return f' width="{w}" height="{h}"'

def _as_file(found, path, out):
    "A picture inside a page becomes a file, so that the page is light and the picture waits until it is looked for"
    kind, data = found[1], base64.b64decode(found[2])
    name = f'{hashlib.sha1(data).hexdigest()[:16]}.{kind}'
    (out/'figures').mkdir(exist_ok=True)
    (out/'figures'/name).write_bytes(data)
    up = '../'*(len(path.relative_to(nbs).parts) - 1)
    tag = found[0].replace(f'data:image/{kind};base64,{found[2]}', f'{up}figures/{name}')
    return tag.replace('<img', f'<img{_size(kind, data)} loading="lazy"', 1)

NOTEBOOK = re.compile(r'(href=")(?!https?:)([^)"#]+)\.ipynb')   # a link of an output, which leads to the page

def output(o, path, out):
    "An output as the site shows it: pictures with their alternative text, as files"
    data = o.get('data') or {}
    for kind in ('image/png', 'image/jpeg'):
        if kind in data and 'text/html' not in data:
            alt = html.escape(alt_text(o, kind))
            data = {'text/html': f'<img alt="{alt}" src="data:{kind};base64,{"".join(data[kind]).strip()}">'}
    if 'text/html' in data:
        page = ''.join(data['text/html'])
        data = {**data, 'text/html': NOTEBOOK.sub(r'\1\2.html', PICTURE.sub(lambda m: _as_file(m, path, out), page))}
    return {**o, 'data': data} if data else o

# ---- cells

def _bare(source):
    "The code without directives and title"
    lines = source.splitlines()
    while lines and (not lines[0].strip() or re.match(r'\s*#\s*\|', lines[0])): lines.pop(0)
    if lines and lines[0].startswith('#@title'): lines.pop(0)
    return '\n'.join(lines).strip('\n')

def _code(cell, source, path, out):
    "A cell of code, or None if a reader does not need it"
    d = directives(source)
    outputs = [output(o, path, out) for o in cell.get('outputs', [])]
    if {'hide', 'default_exp'} & d.keys(): return None
    made = [''.join(o['data']['text/markdown']) for o in outputs if 'text/markdown' in (o.get('data') or {})]
    if d.get('echo:') == 'false' and made:        # text that a cell has made is text
        return dict(cell_type='markdown', id=cell['id'], metadata={}, source=text('\n\n'.join(made), path))
    bare = _bare(source)
    if not bare and not outputs: return None
    meta, solves = {'tags': []}, not is_chapter(path) and path.parent.name == 'exercises'
    if d.get('echo:') == 'false': meta['tags'] = ['remove-input']
    elif folds(cell) or solves:
        title = form_title(source) or ('A solution: open it when you have yours' if solves else 'Code')
        meta = {'tags': ['hide-input'], 'mystnb': {'code_prompt_show': title, 'code_prompt_hide': title}}
    return {**cell, 'source': bare, 'metadata': meta, 'outputs': outputs, 'execution_count': None}

def buttons(path):
    "Where else a page can be opened"
    name = path.relative_to(root).as_posix()
    places = {'Colab': COLAB, 'Kaggle': KAGGLE}
    links = [f'<a href="{start}{name}">Open in {place}</a>' for place, start in places.items()]
    up = '../'*(len(path.relative_to(nbs).parts) - 1)
    links.append(f'<a href="{up}notebooks/{path.relative_to(nbs).as_posix()}" download>Download the notebook</a>')
    return f'<p class="open-in">{" ".join(links)}</p>'

def titled(source, path):
    "The first cell: the number before the title, the buttons below it"
    n = number(path.stem)
    title, _, rest = source.partition('\n')
    if n and is_chapter(path): title = f'# {n}. {title.removeprefix("# ")}'
    return f'{title}\n\n{buttons(path)}\n{rest}'

def speaking(path):
    "(number, pieces) of the cells whose words may be links: not the title with what stands below it"
    for i, cell, source in cells(path):
        if i and cell['cell_type'] == 'markdown' and not is_opening(cell, source):
            yield i, KEPT.split(BADGE.sub(r'[\1]', source))[::2]

def linker(path):
    "What makes the words of a page links to the glossary"
    return Linker(path, [o for _, pieces in speaking(path) for o in pieces])

ENTRY_LINK = re.compile(r'(?s)^### (.+?)\n\n(.*?Explained in )\[(.+?)\]\((\w+)\.ipynb\)', re.M)

def entries(source):
    "The entries of the glossary: each leads to the very place where its word is explained, where that has an anchor"
    def one(m):
        word = next(o for o in glossary() if o.name == m[1])
        at = f'#word-{word.anchor}' if word in anchored(nbs/f'{m[4]}.ipynb') else ''
        return f'### {m[1]}\n\n{m[2]}<a href="{m[4]}.html{at}">{m[3]}</a>'
    return ENTRY_LINK.sub(one, source)

@cache
def anchored(path):
    "The words that have an anchor on their page"
    words = linker(path)
    for _, pieces in speaking(path):
        for o in pieces: words(o)
    return {o for o in words.done if o.page == path.stem}

def page(path, out):
    "The notebook for the site, as JSON; pictures are written below `out`"
    res, words = [], None if path in (GLOSSARY, nbs/'index.ipynb') else linker(path)
    for i, cell, source in cells(path):
        if is_opening(cell, source): continue
        if cell['cell_type'] == 'code': new = _code(cell, source, path, out)
        else:
            source = entries(source) if path == GLOSSARY else text(source, path, words if i else None)
            new = {**cell, 'metadata': {}, 'source': titled(source, path) if not i and path.stem != 'index' else source}
        if new: res.append(new)
    nb = json.loads(path.read_text(encoding='utf-8'))
    return json.dumps({**nb, 'cells': res}, ensure_ascii=False)
