"The prose of a page, piece by piece: paragraphs, list items, rows of tables, headings, the words of figures."
import ast, re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from common import called, cells, nbs
from pages import form_title
from source import parse

@dataclass
class Piece:
    "A piece of prose as a reader sees it, and what stands behind its words"
    path: Path            # The notebook
    cell: int             # Its cell
    kind: str             # 'text', 'item', 'row', 'heading', 'question', 'figure'
    text: str             # The words: no code, no formulas, no addresses
    raw: str              # The same as it was written
    lead: str = ''        # What introduces it: the piece before a table or a list
    section: str = ''     # The heading above it

    @property
    def place(self): return f'{page_name(self.path)}, cell {self.cell}'

def page_name(path):
    "How a message names a page: as below nbs/, or the name of a file elsewhere"
    return called(path) if path.is_relative_to(nbs) else path.name

# ---- from Markdown to words

FENCE = re.compile(r'(?ms)^ *(```|~~~).*?^ *\1 *$')
FORMULA = re.compile(r'\$\$.*?\$\$|\$[^$\n]+\$', re.S)
LINK = re.compile(r'!?\[((?:[^\[\]]|\[[^\]]*\])*)\]\([^)\s]*\)')
TAG = re.compile(r'<[^>\n]+>')

def words_of(raw):
    "A piece of Markdown without its code, formulas, tags and addresses"
    text = re.sub(r'`[^`\n]+`', ' ` ', FORMULA.sub(' $ ', raw))
    for _ in range(2): text = LINK.sub(r'\1', text)
    text = re.sub(r'https?://\S+', ' ', TAG.sub(' ', text))
    return re.sub(r'\s+', ' ', re.sub(r'[*]{1,3}', '', text)).strip()

STARTS = re.compile(r'^(\||#{1,6} |\s*(?:[-*+]|\d+\.) |> ?|<details|</details|<summary)')

def _chunks(source):
    "The lines of a cell, put together where they belong together"
    held = []
    for line in [*FENCE.sub('\n\n', source).splitlines(), '']:
        new = STARTS.match(line)
        if held and (not line.strip() or new and not (line.startswith('>') and held[-1].startswith('>'))):
            yield '\n'.join(held)
            held = []
        if line.strip(): held.append(line)

def _kind(chunk):
    "What a piece is, by how its first line begins"
    if chunk.startswith('|'): return 'row'
    if chunk.startswith('#'): return 'heading'
    if '<summary>' in chunk: return 'question'
    return 'item' if re.match(r'\s*(?:[-*+]|\d+\.) ', chunk) else 'text'

def _without_mark(chunk):
    "A piece without what makes it a heading, an item, a quotation; the number in front of a question is no number"
    chunk = re.sub(r'(?m)^> ?', '', TAG.sub(' ', chunk)).strip()
    return re.sub(r'^(?:#{1,6} +|[-*+] +)?(?:\d+\. +)?', '', chunk)

TASK = re.compile(r'\w+(?:, then \w+)?, (?:(?:about )?\d+(?: to \d+)? minutes|an? \w+\.)')   # how an exercise begins

def of_markdown(source, path, cell=0, section=''):
    "The pieces of a cell of text"
    lead = before = ''
    for chunk in _chunks(source):
        kind = _kind(chunk)
        bare = _without_mark(chunk)
        if kind == 'heading': section = bare
        elif TASK.match(words_of(bare)): section = f'{section} (minutes)'
        if kind not in ('row', 'item'): lead = ''
        elif not lead: lead = before
        if re.fullmatch(r'[\s|:-]*', bare): continue
        yield Piece(path, cell, kind, words_of(bare), bare, lead, section)
        before = bare

# ---- what figures say

def _strings(node):
    "The strings that stand in an expression as they are; what is put into them is computed"
    return ' '.join(o.value for o in ast.walk(node) if isinstance(o, ast.Constant) and isinstance(o.value, str))

def _alts(source):
    "The alternative texts that a cell of code has in words"
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.keyword) and node.arg == 'alt': yield _strings(node.value)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], 'id', '') == 'alt': yield _strings(node.value)

def of_code(source, path, cell, section=''):
    "The titles and the alternative texts in a cell of code"
    for o in filter(None, [form_title(source), *_alts(source)]):
        yield Piece(path, cell, 'figure', re.sub(r'\s+', ' ', o), o, '', section)

@cache
def pieces(path):
    "The pieces of prose of a notebook, or of a file of Markdown"
    return list(_pieces(path))

def _pieces(path):
    if path.suffix == '.md':
        yield from of_markdown(path.read_text(encoding='utf-8'), path)
        return
    section = ''
    for i, c, s in cells(path):
        if {'install', 'way'} & set(c['metadata'].get('tags', [])): continue
        look = of_markdown if c['cell_type'] == 'markdown' else of_code
        for o in look(s, path, i, section):
            section = o.section
            yield o

# ---- sentences

ABBREVIATIONS = r'(?<!\bet al)(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bcf)(?<!\bSec)(?<!\bFig)(?<!\bp)(?<!\bdoi)'
END = re.compile(rf'{ABBREVIATIONS}([.!?]["”)]*)\s+(?=[A-Z“"(`$\d])')

def sentences(text):
    "The sentences of a piece"
    return [o.strip() for o in END.sub('\\1\n', text).splitlines() if o.strip()]

# ---- what a piece cites

CITES = re.compile(r'''
    arXiv | doi\b | \bet\ al\b | \b[Ss]ections?\ [\dA-Z]+(?:\.\d)? | \b[Aa]ppendix\ [A-Z]\b | \bpaper'?s?\b
    | \b[Aa]uthors'?\b | \bREADME\b | \b[Ll]eaderboard | \bmodel\ card | \bdocumentation\b | \brepository
    | [A-ZÀ-Ž][\w’'-]+(?:\ (?:&|and)\ [A-ZÀ-Ž][\w’'-]+)?,?\ \(?(?:19|20)\d\d\b''', re.X)

def cites(raw):
    "Does a piece say where it has its facts from: a paper, a section, an address that is not the course's own?"
    own = r'cnn-course|colab\.research|kaggle\.com/kernels'
    return bool(CITES.search(raw) or any(not re.search(own, o) for o in re.findall(r'https?://[^\s)]+', raw)))
