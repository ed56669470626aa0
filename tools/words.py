"""The glossary, nbs/glossary.ipynb, and the links to it that the site makes: the first word of each page.

An entry is a heading, its text, other names and the page that explains the word. Where that page says the word first,
or first in italics or bold, the site puts an anchor, to which the entry leads."""
import re
from functools import cache
from typing import NamedTuple
from common import cells, is_chapter, nbs

GLOSSARY = nbs/'glossary.ipynb'
ENTRY = re.compile(r'(?m)^### (.+)\n\n(.*?(?:\*Also called: (.+?)\.\* )?Explained in \[.+?\]\((\w+)\.ipynb\)\.)$')
# words that are often meant as in plain English, or have another meaning: links only where they are introduced
EVERYDAY = {'accuracy', 'activation', 'activations', 'bias', 'channel', 'confidence', 'filter', 'forward pass', 'head',
            'held-out data', 'hook', 'interval', 'kernel', 'leakage', 'loss', 'optimizer', 'paired comparison',
            'parameter', 'rank', 'recipe', 'schedule', 'seed', 'step', 'unit'}
# names beside the first that are said of nothing else
ALIASES = {'batch normalisation', 'rectified linear unit', 'stochastic gradient descent', 'TTA', 'CNN', 'linear layer',
           'multiply-accumulates', 'shortcut', 'scores', 'top-1', 'top-5', 'running mean and variance', 'cross-entropy',
           'running average of the weights', 'neuron', 'first weights', 'ResNet', 'one cycle', 'forward', 'paired gain',
           'holdout', 'ECE', 'depthwise', 'CAM', 'Kaiming initialisation', 'Xavier initialisation', 'deconvolution'}

class Word(NamedTuple):
    "An entry of the glossary"
    name: str
    also: tuple     # its other names
    page: str       # the stem of the notebook that explains it

    @property
    def anchor(self): return re.sub(r'[^\w-]', '', self.name.lower().replace(' ', '-'))

    @property
    def forms(self): return (self.name, *(o for o in self.also if o in ALIASES))

@cache
def glossary():
    "The entries, in their order"
    text = '\n'.join(s for _, c, s in cells(GLOSSARY) if c['cell_type'] == 'markdown')
    return [Word(m[1], tuple((m[3] or '').split(', ')) if m[3] else (), m[4]) for m in ENTRY.finditer(text)]

def _pattern(forms):
    "Where one of these names stands as a word, one or several of it; names with capitals only as they are"
    def one(o): return re.escape(o) if re.search(r'[A-Z]', o) else f'(?i:{re.escape(o)})'
    return rf'(?:{"|".join(map(one, sorted(forms, key=len, reverse=True)))})(?:s|es)?'

@cache
def _search(word, emphasised):
    inside = _pattern(word.forms)
    return re.compile(rf'(?<=[*])(?<!\w[*]){inside}(?=[*])' if emphasised else rf'(?<![\w*`-]){inside}(?![\w`]|-\w)')

class Linker:
    "Makes the links of one page; called with one piece of its text after another"
    def __init__(self, path, texts):
        self.path, self.done = path, set()
        self.introduced = {o for o in glossary() for t in texts if _search(o, True).search(t)}

    def _made(self, word, found):
        "The word with its anchor where it is explained, else with its link"
        if word.page == self.path.stem and is_chapter(self.path): return f'<span id="word-{word.anchor}"></span>{found}'
        up = '../'*(len(self.path.relative_to(nbs).parts) - 1)
        return f'[{found}]({up}{GLOSSARY.name}#{word.anchor})'

    def _first(self, word, text):
        "Where a word is to be marked in a text, or None"
        here = word.page == self.path.stem and is_chapter(self.path)
        waits = word in self.introduced and (here or word.name in EVERYDAY)
        if not waits and word.name in EVERYDAY and not here: return None
        return _search(word, waits).search(text)

    def __call__(self, text):
        found = []
        for word in sorted(glossary(), key=lambda o: -len(o.name)):   # the longest of several at one place
            if word in self.done: continue
            m = self._first(word, text)
            if m and not any(m.start() < end and start < m.end() for start, end, _ in found):
                found.append((*m.span(), self._made(word, m[0])))
                self.done.add(word)
        for start, end, new in sorted(found, reverse=True): text = text[:start] + new + text[end:]
        return text
