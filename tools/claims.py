#!/usr/bin/env python3
"""Every sentence that gives a reason or compares, and what stands behind it: a table to read, page by page.

    claims.py [--bare] [--counts] [--about=WORD] [notebook ...]     # default: all chapters

Behind a sentence stands the nearest of these: a word such as "perhaps"; a citation beside it; a sum; another page that
it names; a cell of its section that shows or checks something, at most so many cells away; for a summary or an answer,
the piece of the page that speaks of the same. Whether that is evidence for it, a person has to judge. `make claims`

--bare     only the sentences that nothing stands behind
--counts   only the number of sentences, page by page
--about    only the sentences with this word, such as crop or depth: do sibling chapters say the same of it?"""
import re, sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple
from common import cells, is_chapter, notebooks, output_text
from pages import alt_text, form_title
from prose import cites, page_name, pieces, sentences
from quoted import mentioned, needs_none, sums, supposes

REACH = 6   # cells between a sentence and what shows it

REASONS = re.compile(r'''\b(because|since|therefore|thus|hence|so\ that|that\ is\ why|the\ reason|due\ to|thanks\ to|
    causes?d?|leads?\ to|makes?\ it|follows|explains?|needs?|needed|must|cannot|can't|has\ to|have\ to|helps?|
    prevents?|allows?|hurts?|costs?|saves?|depends?)\b|(?:^|[,:;]\ )so\b|^So\b''', re.X | re.I)
COMPARES = re.compile(r'''\b(better|worse|best|worst|more|less|fewer|most|least|higher|lower|highest|lowest|larger|
    smaller|largest|smallest|faster|slower|sooner|later|cheaper|dearer|deeper|wider|longer|shorter|steeper|stronger|
    weaker|harder|easier|wins?|loses?|beats?|ahead|behind|gains?|improves?d?|as\ (?:good|fast|much|many|well)\ as|
    (?:\w+\ )?times\ (?:as|more|less|the)|twice|half\ (?:as|of|the)|outperforms?|above|below|than)\b''', re.X | re.I)
HEDGES = re.compile(r'''\b(perhaps|maybe|probably|possibly|likely|might|could\ be|seems?|suspect|presumably|suppose|
    not\ (?:known|measured|tested|tried)|we\ do\ not\ know|cannot\ say|guess|would)\b''', re.X | re.I)
ENDS = re.compile(r'^(Summary|Question|What you|In short|Now you|You can now)')   # sections that say things again
STOP = set('''about after again also because before being between both could does each even from have here into just
    less like made make many more most much must need only other over same since some still such than that their them
    then there these they thing this those through very were what when where which while with without would your'''
    .split())

class Claim(NamedTuple):
    "A sentence that gives a reason or compares"
    cell: int
    kind: str       # 'reason', 'compare' or both
    sentence: str
    how: str        # what kind of thing stands behind it, a key of `ORDER`
    what: str       # it, in words

ORDER = 'perhaps', 'citation', 'sum', 'page', 'cell', 'said', 'nothing'

# ---- what could stand behind a sentence

def _shows(cell, source):
    "What a cell of code has to say for itself; '' if it shows and checks nothing"
    outputs = cell.get('outputs', [])
    alts = [o for out in outputs for o in [alt_text(out), *re.findall(r'alt="([^"]+)"', output_text(out))] if o]
    checks = len(re.findall(r'(?m)^\s*(?:assert\b|test_\w+\(|prove\w*\()', source))
    if alts: what = f'figure: {alts[0][:60]}'
    elif any(output_text(o).strip() for o in outputs): what = 'output'
    elif checks: what = f'{checks} checks'
    else: return ''
    return f'{form_title(source) or source.strip().splitlines()[-1][:50]} ({what})'

@cache
def shown(path):
    "{cell: what it shows} of the cells of a page that show or check something"
    found = {i: _shows(c, s) for i, c, s in cells(path) if c['cell_type'] == 'code'}
    return {i: o for i, o in found.items() if o}

@cache
def section_starts(path):
    "The cells in which a new section begins"
    return [i for i, c, s in cells(path) if c['cell_type'] == 'markdown' and re.search(r'(?m)^#{1,3} ', s)]

def _near(piece):
    "The nearest cell of the section that shows something, as words; None if there is none within reach"
    starts = section_starts(piece.path)
    first = max((o for o in starts if o <= piece.cell), default=0)
    last = min((o for o in starts if o > piece.cell), default=10**6)
    found = [i for i in shown(piece.path) if first <= i < last and abs(i - piece.cell) <= REACH]
    if found:
        i = min(found, key=lambda o: (abs(o - piece.cell), -o))
        return f'cell {i}: {shown(piece.path)[i]}'

def content(text):
    "The words of a sentence that carry its meaning"
    return {o.rstrip('s') for o in re.findall(r'[a-z]{4,}|\d[\d.,]*\d', text.lower())} - STOP

@cache
def _earlier(path):
    "(cell, words) of the pieces of a page that are no summary and no question"
    return [(o.cell, content(o.text)) for o in pieces(path) if not ENDS.match(o.section) and o.kind != 'question']

def _said(piece, sentence):
    "Where the page has said the same before, with a cell near that shows it"
    words = content(sentence)
    best = max(_earlier(piece.path), key=lambda o: len(words & o[1]), default=(0, set()))
    shared = words & best[1]
    if len(shared) >= min(3, len(words)): return f"said in cell {best[0]}: {', '.join(sorted(shared))}"

def evidence(piece, sentence):
    "(how, what) stands behind a sentence"
    if found := HEDGES.search(sentence): return 'perhaps', found[0]
    if cites(piece.raw) or piece.kind in ('row', 'item') and cites(piece.lead): return 'citation', 'beside it'
    if any(right for _, right in sums(sentence)): return 'sum', 'in it'
    if found := mentioned(piece): return 'page', page_name(found[0])
    if again := ENDS.match(piece.section): found = _said(piece, sentence)
    else: found = _near(piece)
    if found: return ('said' if again else 'cell'), found
    return 'nothing', ''

# ---- the sentences

def kind_of(sentence):
    "Does it give a reason, compare, or both? '' for neither"
    found = [word for word, test in (('reason', REASONS), ('compare', COMPARES)) if test.search(sentence)]
    return ' and '.join(found)

def is_claim(piece, sentence):
    "Does it hold something to be so? Questions and tasks do not, headings and titles say it elsewhere"
    asks = sentence.endswith('?') or piece.kind in ('question', 'figure') or needs_none(piece) or supposes(piece)
    return not asks and bool(kind_of(sentence))

def claims(path):
    "The claims of a page"
    for piece in pieces(path):
        for o in sentences(piece.text):
            if is_claim(piece, o): yield Claim(piece.cell, kind_of(o), o, *evidence(piece, o))

# ---- the table

def as_table(path, found):
    "The claims of a page as a table in Markdown"
    def behind(o): return o.what if o.how in ('cell', 'said') else f'{o.how} {o.what}'.strip()
    rows = [f'| {o.cell} | {o.kind} | {o.sentence.replace("|", "/")} | {behind(o)} |' for o in found]
    head = ['', f'## {page_name(path)}', '', '| cell | kind | sentence | behind it |', '|---|---|---|---|']
    return '\n'.join([*head, *rows])

def counts(found):
    "A line a page: how many sentences, and what stands behind them"
    width = max(len(page_name(p)) for p in found)
    yield ' '.join(['page'.ljust(width), 'claims', *(f'{o:>8}' for o in ORDER)])
    for p, claimed in found.items():
        n = Counter(o.how for o in claimed)
        yield ' '.join([page_name(p).ljust(width), f'{len(claimed):6}', *(f'{n[o] or "":>8}' for o in ORDER)])

def shown_of(claimed, options):
    "The claims that the options ask for"
    about = next((o.partition('=')[2].lower() for o in options if o.startswith('--about=')), '')
    return [o for o in claimed if about in o.sentence.lower() and (o.how == 'nothing' or '--bare' not in options)]

def main():
    options = {o for o in sys.argv[1:] if o.startswith('--')}
    named = [Path(o).resolve() for o in sys.argv[1:] if o not in options]
    found = {p: list(claims(p)) for p in named or filter(is_chapter, notebooks())}
    for p, claimed in found.items() if '--counts' not in options else ():
        if some := shown_of(claimed, options): print(as_table(p, some))
    print(*['', *counts(found)], sep='\n')

if __name__ == '__main__': main()
