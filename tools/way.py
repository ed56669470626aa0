"""The way through the course: what a reader has to bring, where to go on, how long a page is, and the glossary.

The last line of a chapter is opening.py's, the alternative texts of figures are looked at in pages.py."""
import re
from common import called, cells, nbs, notebooks
from opening import chapters
from prose import pieces
from words import ENTRY, GLOSSARY, glossary

WORDS = 4000      # of the story of a chapter, without questions and exercises: about so many, at most
ABOUT = 1.1       # and what "about" may mean
AFTER = re.compile(r'(?i)^(question|exercise|further reading|project)')   # where the story is over
BRINGS_NOTHING = re.compile(r'\b(nothing|a little|Python|NumPy)\b')          # what one needs and no page teaches

def story_words(path):
    "How many words a chapter has, up to its questions; headings and text, no figures"
    n = 0
    for o in pieces(path):
        if AFTER.match(o.section): break
        if o.kind != 'figure': n += len(re.findall(r"\w[\w'’.-]*", o.text))
    return n

def _told(path, what):
    "The row of a chapter's table at the top that begins so, or ''"
    first = next(s for _, _, s in cells(path))
    return next(iter(re.findall(rf'(?m)^\| *{what}[^|]*\|(.*)\|\s*$', first)), '')

def _wrong_start(path):
    needs, time = _told(path, 'You need to know'), _told(path, 'Time')
    if not needs: yield f'{called(path)}: its table has no row `You need to know`'
    elif '.ipynb)' not in needs and not BRINGS_NOTHING.search(needs):
        yield f'{called(path)}: what one needs to know has no link to where it is taught: {needs.strip()}'
    if not re.search(r'minute|second', time): yield f'{called(path)}: its table does not say how long it takes'

def _wrong_routes():
    "The index shows two ways through the course, with links"
    text = '\n'.join(s for _, c, s in cells(nbs/'index.ipynb') if c['cell_type'] == 'markdown')
    routes = [o for o in re.findall(r'(?m)^- \*\*To .*$', text) if o.count('.ipynb)') >= 3]
    if len(routes) < 2: yield 'index.ipynb: shows fewer than two ways through, lines that begin `- **To`, with links'

def check_way():
    "A chapter says what it needs and how long it takes, and is no longer than a reader likes; the index shows two ways"
    long = [(p, n) for p in chapters() if (n := story_words(p)) > WORDS*ABOUT]
    return [*(o for p in chapters() for o in _wrong_start(p)), *_wrong_routes(),
            *(f'{called(p)}: {n} words up to its questions, about {WORDS} at most' for p, n in long)]

# ---- the glossary

def _said(stem):
    "The text of a notebook, in lower case"
    return ' '.join(s for _, c, s in cells(nbs/f'{stem}.ipynb') if c['cell_type'] == 'markdown').lower()

def _wrong_entry(word):
    if not (nbs/f'{word.page}.ipynb').exists():
        yield f'glossary.ipynb: {word.name} is to be explained in {word.page}, which is not there'
    elif not any(o.lower() in _said(word.page) for o in (word.name, *word.also)):
        yield f'glossary.ipynb: {word.name} is to be explained in {word.page}, which does not say it'

def _lost_words():
    "Links to entries of the glossary that it does not have"
    known = {o.anchor for o in glossary()}
    for p in notebooks():
        for i, _, s in cells(p):
            for o in re.findall(rf'{GLOSSARY.name}#([\w-]+)', s):
                if o.lower() not in known: yield f'{called(p)}, cell {i}: the glossary has no {o}'

def check_words():
    "Every entry of the glossary can be read and leads to a page that speaks of it, and every link to one is right"
    text = '\n'.join(s for _, c, s in cells(GLOSSARY) if c['cell_type'] == 'markdown')
    lost = set(re.findall(r'(?m)^### (.+)$', text)) - {m[1] for m in ENTRY.finditer(text)}
    names = [o.name.lower() for o in glossary()]
    bad = [f'glossary.ipynb: {o}: an entry is text, other names, and `Explained in` a link' for o in sorted(lost)]
    if names != sorted(names): bad.append('glossary.ipynb: the words are not in the order of the alphabet')
    return [*bad, *(o for w in glossary() for o in _wrong_entry(w)), *_lost_words()]
