#!/usr/bin/env python3
"""Every number in the prose, and where it comes from.

    quoted.py [--all] [--prove] [notebook ...]     # default: all but the exercises; the README is the index

A number may come from the output or the code of a cell of its page, or of a module or a chapter that is named there;
from a result in nbs/results that the page reads; from what is cited beside it; from a sum that stands in the sentence.
It is rounded as it is shown, and may be a per cent or in thousands of what it comes from. Names (ResNet-18, 3×3,
chapter 7, 1998) and small counts need no source. What is left is in quoted.json, with the reason, or is a fault.

--all     each number with its source, not only those without
--prove   whether the tool finds an invented number, and accepts what it should

Shows what has no source and the counts; leaves with 1 if there is any."""
import ast, json, math, operator, re, sys, tempfile
from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import NamedTuple
from common import cells, is_chapter, modules, nbs, notebooks, output_text
from prose import FENCE, FORMULA, cites, page_name, pieces
from source import dotted, imports, parse
from webpages import MENTION, NUMBER, page_of

KNOWN = Path(__file__).with_suffix('.json')   # numbers without a source, and why they may stay
SMALL = 12                                    # a count up to here is a word

# ---- numbers in a text

DIGITS = r'\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+'
PLACES = (r'chapters?|appendi(?:x|ces)|exercises?|figures?|sections?|tables?|equations?|eqs?\.|pages?|pp?\.|cells?|'
          r'questions?|versions?|seeds?|stages?|groups?|rungs?|cases?|No\.|numbers?|Python|PyTorch|torch|fastai|'
          r'JupyterLab|layers? (?=\d{1,2}\b)|ranks?|relationships?|alpha|step')
NAMES = [re.compile(o) for o in (
    rf'(?i)\b(?:{PLACES})\s+(?:\d[\w.]*)(?:(?:, and |, | and | or | to |–|-)\d[\w.]*)*',
    rf'(?:{DIGITS})(?:\s?×\s?(?:{DIGITS}|\w)\b)+',                # 3×3, 3×224×224
    r'\barXiv[: ][\d.]+v?\d*', r'\bdoi\S*\s?\S*\d',
    r'(?<![\w.])[A-Za-zÀ-ž_][\w.]*(?:[-–./]\w+)*\d[\w.-]*',      # ResNet-18, float32, C10, Inception-v3
    r'\d+[A-Za-zµ]\w*(?<![\d ][KMGT]B)(?<!\dx)',                  # 2n, 1st, 10b, 3D
    r'\b(?:1[5-9]|20)\d\ds?\b(?! ?(?:%|×|pixel|image|photo|step|second|channel|unit|MB|GB|param))',   # years
    r'\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)\b',
    r'\b\d\d?:\d\d\b', r'\bCC0\b|\bCC BY(?:-SA)? [\d.]+', r'\bFlickr \d+',   # times of day, licences, photos
    r'\b\d+\(\d+\)', r'\b(?:45|90|180|270|360)(?= degrees|°)',                 # volume and issue, turns
    r'^\w+(?:, then \w+)?, (?:about )?\d+(?: to \d+)? minutes')]                 # of an exercise
UNITS = {'%': 100, ' %': 100, 'percent': 100, 'per cent': 100, 'point': 100, 'million': 1e-6, 'thousand': 1e-3,
         'billion': 1e-9, 'trillion': 1e-12, 'ms': 1e3, 'µs': 1e6, 'milli': 1e3,
         'K': 1e-3, 'k': 1e-3, 'M': 1e-6, 'G': 1e-9, 'T': 1e-12, 'P': 1e-15}
UNIT = re.compile(r'[ -]?(%|percent|per cent|points?\b|million|thousand|billion|trillion|ms\b|µs\b|milli|'
                  r'[KMGTPk](?=i?B\b|FLOP|MAC|\b)(?!\.))')
MEASURES = re.compile(r'[ -]?(%|percent|per cent|points?\b|million|thousand|billion|trillion|ms\b|µs\b|milli|times\b|'
                      r'-?fold\b|seconds?\b|s\b|minutes?\b|hours?\b|days?\b|[KMGTPk]i?(?:B|FLOP|MAC))')
ABOUT = re.compile(r'(?i)\b(about|around|roughly|some|almost|nearly|over|more than|less than|fewer than|under|above|'
                  r'below|up to|at least|at most|close to|near|from|between|towards?|just|to)\s+(?:an?\s)?$|[≈~]\s*$')

class Quoted(NamedTuple):
    "A number in prose"
    text: str        # as it is written
    value: float
    decimals: int    # digits shown behind the point
    scales: tuple    # what a source may be multiplied by: 100 for per cent, 1e-6 for millions
    about: bool      # is it said to be about that, or on one side of it?
    unit: str        # '%', 'times' and so on, '' for a count

class Source(NamedTuple):
    "A number that something stands behind"
    value: float
    where: str       # in words
    kind: str        # output, share (an output with a %), code, test (code that asserts it), module, or the name
                     # of a stored value
    whole: bool      # was it written without a point?

def as_float(digits): return float(digits.replace(',', ''))

def numbers_in(text):
    "(value, is it whole?, is it a per cent?) of each number in an output or a piece of code"
    for m in re.finditer(rf'(?<![A-Za-z_\d.])(?:({DIGITS})(e[+-]?\d+)?)(\s?%)?', text):
        yield as_float(m[1])*10**int((m[2] or 'e0')[1:]), '.' not in m[1], bool(m[3])

def _hidden(text):
    "The text with its names blotted out, each letter by a blank"
    for o in NAMES: text = o.sub(lambda m: ' '*len(m[0]), text)
    return text

def _scales(text, end):
    "What a source may be multiplied by to give the number that ends at `end`"
    found = UNIT.match(text, end)
    unit = next((UNITS[o] for o in UNITS if found and found[1].startswith(o.strip())), None)
    if unit is None: return (1, 100) if re.search(r'%|per ?cent|points?\b', text[end:]) else (1,)
    binary = {1e-3: 1/1024, 1e-6: 1/1024**2, 1e-9: 1/1024**3}.get(unit)
    # a unit such as GB: the source may be in thousands of bytes, in other units, or in the same
    return (1, unit, binary, 1e-3, 1e3) if binary else (1, unit)

def quoted(text):
    "The numbers of a piece of prose that need a source"
    hidden = _hidden(text)
    for m in re.finditer(rf'(?<![\w.,])(?:{DIGITS})(?![\w]*\d)', hidden):
        value, end = as_float(m[0]), m.end()
        measured = MEASURES.match(text, end)
        if value in (0, 100) and measured or value in (0, 1, 255): continue
        if value <= SMALL and value == int(value) and not measured and '.' not in m[0]: continue
        decimals = len(m[0].partition('.')[2])
        yield Quoted(m[0] + (measured[0] if measured else ''), value, decimals, _scales(text, end),
                     bool(ABOUT.search(text[:m.start()])), measured[1].rstrip('s') if measured else '')

# ---- sums that stand in the text

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
             ast.Pow: operator.pow, ast.FloorDiv: operator.floordiv}
TERM = rf'\(*(?:ln )?(?:{DIGITS})²?\)*'
SUM = re.compile(rf'(?<![\w.,])(?:{TERM}\s?[-+−–·×*/:÷]\s?|ln )+{TERM}(?:\s\w+)?\s?[=≈]\s?(?:{DIGITS})')

def computed(node):
    "The value of an expression of numbers; None if there is anything else in it"
    if isinstance(node, ast.Constant):
        return float(node.value) if type(node.value) in (int, float) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        found = computed(node.operand)
        return None if found is None else -found
    if not isinstance(node, ast.BinOp) or type(node.op) not in OPERATORS: return None
    a, b = computed(node.left), computed(node.right)
    if a is None or b is None: return None
    try: return float(OPERATORS[type(node.op)](a, b))
    except (ArithmeticError, TypeError, ValueError): return None

def _calculated(text):
    "The value of a sum as it is written in prose; None if it is not one"
    for a, b in zip('−–·×÷:', '--**//'): text = text.replace(a, b)
    text = re.sub(r'(?<=\d),(?=\d{3})', '', text.replace('²', '**2'))
    text = re.sub(r'ln \(*([\d.]+)\)*', lambda m: str(math.log(float(m[1]))), text)
    try: return computed(ast.parse(text.strip(), mode='eval').body)
    except (SyntaxError, ValueError): return None

def sums(text):
    "(the sum as written, is it right?) of each sum in a text"
    for m in SUM.finditer(text):
        left, right = re.split(r'[=≈]', m[0])[-2:]
        value, shown = _calculated(left), right.strip()
        before = text[:m.start()].rstrip()[-1:]
        inside = before and before in '+−-–·×*/(√=^²$`'      # of a larger sum, which is not read as a whole
        if value is None or inside or not re.search(r'\d\s*[^\d\s.,)]|ln', left): continue
        digits = len(shown.partition('.')[2])
        loose = max(.5*10**-digits*1.001, .05*abs(value) if '≈' in m[0] else 0)
        yield m[0], abs(value - as_float(shown)) <= loose

# ---- where numbers come from

NO_SHARE = re.compile(r'loss|second|time|lr|std|norm|seed|settings|eps|momentum|wd')  # what is no per cent

def fits(q, source, scale):
    "May this number stand behind `q`, as far as its kind goes?"
    if not q.unit or source.kind in ('share', 'test'): return True
    if source.kind == 'module': return False                  # a setting elsewhere is no measurement here
    if q.unit == 'time' and source.kind.endswith('seconds'): return False     # nobody quotes a clock as a ratio
    if source.kind == 'code': return scale == 100 or not source.whole or q.unit in ('million', 'thousand')
    if source.kind != 'output' and NO_SHARE.search(source.kind): return q.unit not in SHARES
    return q.unit not in SHARES or scale == 100 or not source.whole

SHARES = '%', 'percent', 'per cent', 'point'

def margin(q):
    "How far a source may lie from a number: half of its last digit; of its last digit but zeros if it is `about` that"
    digits = re.match(DIGITS, q.text)[0].replace(',', '')
    zeros = 0 if q.decimals else len(digits) - len(digits.rstrip('0'))
    if q.about and zeros: return min(.5*10**zeros, .05*q.value)
    return .5*10**-q.decimals

class Sources:
    "Numbers with their places, to be searched"
    def __init__(self, found):
        self.found = sorted(set(found))
        self.values = [o.value for o in self.found]

    def find(self, q):
        "The place of a number that rounds to `q`, or None"
        step = margin(q)*1.0001
        for scale in q.scales:
            at = bisect_left(self.values, (q.value - step)/scale)
            while at < len(self.values) and self.values[at] <= (q.value + step)/scale:
                if fits(q, self.found[at], scale): return self.found[at].where
                at += 1

def of_text(text, where, kind='output'):
    "The numbers of an output, as sources; a per cent also as a share"
    for value, whole, percent in numbers_in(text):
        yield Source(value, where, 'share' if percent else kind, whole)
        if percent: yield Source(value/100, where, 'share', False)

def _constants(tree):
    "The numbers in a tree, and those that it computes from numbers alone"
    found = (computed(o) for o in ast.walk(tree) if isinstance(o, (ast.Constant, ast.BinOp)))
    return {abs(o) for o in found if o is not None and abs(o) < float('inf')}

def _tests(tree):
    "The parts of a tree that hold something to be so"
    for o in ast.walk(tree):
        if isinstance(o, ast.Assert) or isinstance(o, ast.Call) and dotted(o.func).startswith('test_'): yield o

def _in_words(tree):
    "The numbers that stand as strings of their own, as in test_eq(f'{accuracy:.1%}', '88.0%')"
    texts = (o.value for o in ast.walk(tree) if isinstance(o, ast.Constant) and isinstance(o.value, str))
    return ' '.join(o for o in texts if re.fullmatch(rf'(?:{DIGITS})\s?%?', o))

def of_python(source, where, kind='code'):
    "The numbers in a piece of code; those of its tests are `tests`"
    tree = parse(source)
    yield from (Source(o, where, kind, o == int(o)) for o in _constants(tree))
    for t in _tests(tree) if kind == 'code' else ():
        yield from (Source(o, where, 'test', o == int(o)) for o in _constants(t))
        yield from of_text(_in_words(t), where, 'test')

def _plain(output):
    "What an output says in numbers: its text, without scripts, pictures and what stands in tags"
    text = re.sub(r'(?s)<(script|style)\b.*?</\1>|data:image/[^"\')]*', ' ', output_text(output))
    return re.sub(r'<[^>]*>', ' ', text)

LONG = 8   # a longer list in a result is a curve, whose points nobody quotes one by one

def _leaves(value, key=''):
    "(name, number) of the numbers in a stored run, without curves and without the table of its epochs"
    if isinstance(value, dict):
        for k, o in value.items(): yield from _leaves(o, f'{key}.{k}')
    elif isinstance(value, list):
        for o in value if len(value) <= LONG and not any(isinstance(o, dict) for o in value) else []:
            yield from _leaves(o, key)
    elif type(value) in (int, float): yield key, value

@cache
def of_result(name):
    "The numbers in a file of nbs/results"
    path = nbs/'results'/f'{name}.json'
    runs = json.loads(path.read_text(encoding='utf-8')) if path.exists() else []
    found = [Source(abs(o), f'results/{name}', k, type(o) is int) for run in runs for k, o in _leaves(run)]
    return [*found, Source(len(runs), f'results/{name}: its runs', 'module', True)]

RESULT = re.compile(r'''(?:stored|load_results|store\w*|study_rows)\(\s*['"](\w+)['"]''')

@cache
def of_module(name):
    "The numbers in a module and in the results that it reads"
    text = modules()[name].read_text(encoding='utf-8')
    found = [*of_python(text, f'module {name}', 'module')]
    for o in set(RESULT.findall(text)): found += of_result(o)
    return found

def _cell_sources(i, cell, source):
    "The numbers of one cell that may stand behind a sentence"
    if cell['cell_type'] == 'markdown':
        code = [*FENCE.finditer(source), *FORMULA.finditer(source), *re.finditer(r'`[^`\n]+`', source)]
        for o in code: yield from of_text(o[0], f'code in the text of cell {i}', 'code')
        return
    yield from of_python(source, f'code of cell {i}')
    for o in cell.get('outputs', []): yield from of_text(_plain(o), f'output of cell {i}')

@cache
def of_page(path):
    "The numbers of a notebook: outputs and code of its cells, results it reads, modules it imports"
    found, known = [], set(modules())
    for i, c, s in cells(path):
        if 'install' in c['metadata'].get('tags', []): continue
        found += _cell_sources(i, c, s)
        if c['cell_type'] != 'code': continue
        for o in set(RESULT.findall(s)): found += of_result(o)
        for o in {o.module for o in imports(parse(s), '', known)} & known: found += of_module(o)
    return Sources(found)

@cache
def cited(path):
    "The numbers that a page has from a citation: said again, they need none"
    found = ((q, f'cited in cell {o.cell}') for o in pieces(path) if _cited(o) for q in quoted(o.text))
    return Sources(Source(q.value, where, 'code', q.decimals == 0) for q, where in found)

def _cited(piece): return cites(piece.raw) or piece.kind in ('row', 'item') and cites(piece.lead)

def mentioned(piece):
    "The other pages that a piece names, by a link or as `chapter 7`"
    names = re.findall(r'\]\(([\w/]+\.ipynb)', piece.raw)
    found = [(piece.path.parent/o).resolve() for o in names]
    for m in MENTION.finditer(piece.text): found += [page_of()[n] for n in re.findall(NUMBER, m[0]) if n in page_of()]
    return [p for p in dict.fromkeys(found) if p.exists() and p != piece.path]

def _in_a_sum(q, piece):
    "Is it part of a sum that is right?"
    number = q.text.split()[0].rstrip('%')
    return any(right and number in re.findall(DIGITS, text) for text, right in sums(piece.text))

def _seen_at_once(q, piece):
    "Is it a difference, or a product of counts, of two other numbers of the same piece?"
    others = [as_float(o) for o in re.findall(DIGITS, piece.text) if as_float(o) != q.value]
    close = .5*10**-q.decimals if q.decimals else 1e-6
    pairs = [(a, b) for i, a in enumerate(others) for b in others[i + 1:] if min(a, b) > 1]
    return any(abs(abs(a - b) - q.value) < close or not q.unit and a*b == q.value for a, b in pairs)

SUPPOSES = re.compile(r'minutes|^Project|^Exercise|^Open project')   # headings below which a task is set

def supposes(piece):
    "Does it set a task, whose numbers are its own?"
    return piece.kind == 'question' or bool(SUPPOSES.search(piece.section))

@cache
def supposed(path):
    "The numbers of the tasks of a page: an answer says them again"
    found = (q for o in pieces(path) if supposes(o) for q in quoted(o.text))
    return Sources(Source(q.value, 'supposed in a task', 'test', q.decimals == 0) for q in found)

def source_of(q, piece):
    "Where a number comes from, in words; None if nobody knows"
    if _in_a_sum(q, piece): return 'a sum in the text'
    if found := of_page(piece.path).find(q): return found
    if _cited(piece): return 'cited'
    if found := cited(piece.path).find(q): return found
    for p in mentioned(piece):
        if found := of_page(p).find(q) or cited(p).find(q): return f'{page_name(p)}: {found}'
    if _seen_at_once(q, piece): return 'two numbers beside it'
    if supposes(piece): return 'supposed in a task'
    if piece.section.startswith('Question'): return supposed(piece.path).find(q)

# ---- what is said without a source, and may be

@cache
def known():
    "The entries of quoted.json: page, words, why"
    return json.loads(KNOWN.read_text(encoding='utf-8')) if KNOWN.exists() else []

def allowed(q, piece):
    "The reason why a number may stand without a source, or None"
    for o in known():
        if o['page'] == page_name(piece.path) and o['words'] in piece.text and q.text in o['words']: return o['why']

def idle(paths):
    "Entries of quoted.json whose words stand nowhere any more"
    texts = {page_name(p): [o.text for o in pieces(p)] for p in paths}
    for o in known():
        if o['page'] in texts and not any(o['words'] in t for t in texts[o['page']]):
            yield f"quoted.json: {o['page']} does not say {o['words']!r} any more: take the entry out"

# ---- pages

TOLD = re.compile(r'^(\|\s*)?(Time|Data|You need)\b')   # what a reader has to bring is estimated

def needs_none(piece):
    "Is it a place where numbers are the writer's own: the minutes of an exercise, the time that a page takes?"
    return piece.kind == 'heading' or piece.kind == 'row' and bool(TOLD.match(piece.text))

def of_prose(path):
    "(piece, number, its source or None) of each number in the prose of a page"
    for piece in pieces(path):
        if needs_none(piece): continue
        for q in quoted(piece.text): yield piece, q, source_of(q, piece) or allowed(q, piece)

def wrong_sums(path):
    "Sums in the prose that are not right"
    return [f'{o.place}: {text.strip()}: it is not' for o in pieces(path) for text, right in sums(o.text) if not right]

def around(text, word, n=45):
    "A number with the words around it"
    at = text.find(word)
    return f"…{text[max(0, at - n):at + len(word) + n]}…"

def without_source(path):
    "A line for each number of a page that nothing stands behind"
    for piece, q, source in of_prose(path):
        if source is None: yield f'{piece.place}: {q.text}: no source: {around(piece.text, q.text)}'

def pages():
    "The chapters and the index, of which the README is made, and the studies; of exercises only the judges speak"
    return [p for p in notebooks() if is_chapter(p) or p.parent.name == 'studies']

def faults(paths):
    "Everything that is wrong with the numbers of these pages"
    return [*(o for p in paths for o in (*without_source(p), *wrong_sums(p))), *idle(paths)]

# ---- the proof of the tool

def _cell(kind, source, **more):
    return dict(cell_type=kind, id='a', metadata={}, source=source, **more)

def _faults_of(cells_of_page):
    "What the tool says of a page with these cells"
    with tempfile.TemporaryDirectory() as d:
        path = Path(d).resolve()/'page.ipynb'
        path.write_text(json.dumps(dict(cells=cells_of_page)), encoding='utf-8')
        return [*without_source(path), *wrong_sums(path)]

def _tried(sentence, code='x = 1', output=''):
    "What it says of a page with one sentence and one cell"
    out = [dict(output_type='stream', name='stdout', text=output)]
    return _faults_of([_cell('markdown', sentence), _cell('code', code, outputs=out)])

INVENTED = '63.71 %', '4,187', '83.17 times'   # of which no page knows

def _not_found():
    "Numbers that were written into a copy of each chapter of a few, and are not found there"
    for p in pages()[::12]:
        known_before = [c for _, c, _ in cells(p)]
        found = _faults_of([*known_before, *(_cell('markdown', f'It took {o} in all.') for o in INVENTED)])
        yield from (f'quoted.py does not find {o} in {page_name(p)}' for o in INVENTED if o not in str(found))

FINE = [  # sentence, code, output
    ('At 2.2 times the work.', "test_eq(f'{x:.1f}', '2.2')", ''),
    ('It reaches 88.3 %.', '', 'accuracy 0.8829'), ('It reaches 88 percent.', '', '88.29% of 240'),
    ('With 11.2 million parameters.', '', '11,200,874 parameters'), ('About 300 photos.', '', '287'),
    ('Images of 224 pixels.', 'size = 224', ''), ('The 3×3 kernel of ResNet-18, chapter 7, 1998.', '', ''),
    ('It was 57.4 % (He et al. 2015, arXiv:1512.03385).', '', ''), ('There are 3 · 32 + 5 = 101.', '', ''),
    ('It was 57.4 % (He et al. 2015).\n\nAgain: 57.4 %.', '', ''), ('Three of 5 channels.', '', '')]
BAD = [('It reaches 63.7 %.', '', 'accuracy 0.8829'), ('It reaches 88.4 %.', '', 'accuracy 0.8829'),
       ('It is 17.5 times as fast.', 'x = 3', '21 times'), ('There are 3 · 32 + 5 = 102.', '', ''),
       ('A gain of 7 points.', '', '0.8829'), ('It took 417 images.', 'x = "417"', '')]

def not_proven():
    "Sentences that the tool judges wrongly"
    yield from (f'quoted.py finds fault with {o[0]!r}: {found}' for o in FINE if (found := _tried(*o)))
    yield from (f'quoted.py finds no fault with {o[0]!r}, beside {o[2]!r}' for o in BAD if not _tried(*o))
    yield from _not_found()

def check_quoted():
    "Every number in the prose of every page has its source"
    return [*not_proven(), *faults(pages())]

# ---- the command

def show(paths, every):
    "A line a number, then the counts"
    counts = []
    for p in paths:
        found = list(of_prose(p))
        for piece, q, source in found:
            if every and source: print(f'{piece.place}: {q.text}: {source}')
        for o in (wrong := [*without_source(p), *wrong_sums(p)]): print(o)
        counts.append((page_name(p), len(found), len(wrong)))
    for o in idle(paths): print(o)
    width = max(len(o[0]) for o in counts)
    print(f"\n{'page':{width}}  numbers  without a source")
    for name, n, bad in counts: print(f'{name:{width}}  {n:7}  {bad or ""}')
    return sum(o[2] for o in counts)

def main():
    options = {o for o in sys.argv[1:] if o.startswith('--')}
    paths = [Path(o).resolve() for o in sys.argv[1:] if o not in options] or pages()
    if '--prove' in options:
        for o in (wrong := list(not_proven())): print(o)
        print(f'{len(FINE) + len(BAD)} sentences, {len(wrong)} judged wrongly')
        sys.exit(bool(wrong))
    missing = show(paths, '--all' in options)
    print(f'{missing} numbers without a source')
    sys.exit(bool(missing))

if __name__ == '__main__': main()
