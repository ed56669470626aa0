#!/usr/bin/env python3
"""Visit the site in _docs/ as readers do, in headless Chromium: wide and narrow, light and dark. Needs playwright.

    visit.py [--shots FOLDER] [page ...]     # default: every page; a page as it stands below _docs/, without .html

Fails for an error in the console, a request to another address, a link or an anchor that leads nowhere, a picture
without alternative text, a table that is left as text, text wider than the page, a search that does not find a chapter
or a function, and for what axe-core (from npm) calls serious. Ends with `N passed, N failed`, counted in pages.
"""
import argparse, json, threading, time
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag
from browser import CHROMIUM
from common import Report, is_chapter, notebooks, number, root
from docs import npm, out

AXE = 'axe-core@4.14.1'
SIZES = {'wide': (1280, 900), 'narrow': (390, 844)}
SCHEMES = 'light', 'dark'
SERIOUS = 'serious', 'critical'

# ---- links

class Page(HTMLParser):
    "What a page links to, and the anchors it has"
    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(path.read_text(encoding='utf-8'))

    def handle_starttag(self, tag, attrs):
        d = dict(attrs)
        self.anchors |= {d[o] for o in ('id', 'name') if d.get(o)}
        if d.get('rel') != 'canonical': self.links += [d[o] for o in ('href', 'src') if d.get(o)]

def lost_links(path, pages):
    "Links of a page inside the site that lead nowhere"
    for link in pages[path].links:
        if link.startswith(('https:', 'http:', 'mailto:', 'data:', 'javascript:')): continue
        where, anchor = urldefrag(unquote(link))
        where = where.split('?')[0]
        to = (path.parent/where).resolve() if where else path
        if to.is_dir(): to = to/'index.html'
        if not to.exists(): yield f'{link} leads nowhere'
        elif anchor and to in pages and anchor not in pages[to].anchors: yield f'{link}: there is no such anchor'

# ---- in the browser

class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *args): pass

def serve():
    "The site at an address of its own"
    server = ThreadingHTTPServer(('127.0.0.1', 0), partial(Silent, directory=str(out)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f'http://127.0.0.1:{server.server_address[1]}'

LOOK = """async (all) => {
  const context = all ? document : {exclude: ['.highlight']};
  const found = await axe.run(context, {resultTypes: ['violations']});
  const serious = found.violations.filter(o => %s.includes(o.impact));
  const text = o => o.map(n => n.target.flat().join(' ')).slice(0, 3).join(' | ');
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  return {
    axe: serious.map(o => `axe: ${o.id} (${o.impact}), ${o.nodes.length} times: ${text(o.nodes)}`),
    silent: [...document.images].filter(o => !o.alt.trim()).map(o => 'no alternative text: ' + o.src.slice(0, 80)),
    raw: [...document.querySelectorAll('p')].filter(o => /\\|[-—–:]+\\|/.test(o.textContent))
      .map(o => 'a table that is none: ' + o.textContent.slice(0, 60)),
    wide: wide > 1 ? [`the page is ${wide} pixels wider than the window`] : [],
  };
}""" % json.dumps(SERIOUS)

def listen(page, home):
    "A list that fills with what a page complains of, and with what it asks of other addresses"
    heard = []
    page.on('console', lambda m: m.type == 'error' and heard.append(f'console: {m.text[:200]}'))
    page.on('pageerror', lambda e: heard.append(f'error: {str(e)[:200]}'))
    page.on('request', lambda r: r.url.startswith((home, 'data:', 'blob:')) or heard.append(f'asks {r.url[:120]}'))
    page.on('response', lambda r: r.status >= 400 and heard.append(f'{r.status}: {r.url[:120]}'))
    return heard

def look(page, url, axe, shot=None):
    "What is wrong with a page in every size and scheme"
    wrong = []
    page.set_viewport_size(dict(zip(('width', 'height'), SIZES['wide'])))
    page.emulate_media(color_scheme='light', reduced_motion='reduce')
    page.goto(url, wait_until='load')
    page.evaluate('() => window.MathJax?.startup?.promise')
    page.add_script_tag(path=axe)
    for size, (w, h) in SIZES.items():
        page.set_viewport_size(dict(width=w, height=h))
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion='reduce')
            page.wait_for_timeout(400)
            # code has thousands of pieces and looks alike at every width: it is read once light and once dark
            found = page.evaluate(LOOK, (size, scheme) in (('wide', 'light'), ('narrow', 'dark')))
            wrong += [f'{size}, {scheme}: {o}' for some in found.values() for o in some]
            if shot: page.screenshot(path=f'{shot}.{size}.{scheme}.png')
    return wrong

def searches():
    "[(what a reader types, the page that must be among the answers)]: the first chapter, and a function"
    from docs import title
    first = next(p for p in notebooks() if is_chapter(p) and number(p.stem))
    return [(title(first), f'{first.stem}.html'), ('port_weights', 'api/weights.html')]

def search(page, home, words, expected):
    "What is wrong with the answers to a search"
    page.goto(f'{home}/search.html?q={words}')
    answers = '#search-results ul.search li a, #search-results .search a'
    try: page.wait_for_selector(answers, timeout=20_000)
    except Exception: return [f'{words!r}: no answer']
    found = page.eval_on_selector_all(answers, 'all => all.map(o => o.href)')
    return [] if any(expected in o for o in found) else [f'{words!r}: {expected} is not among {len(found)} answers']

def wanted(names):
    "The pages to visit, every page if none is named"
    if not names: return sorted(out.rglob('*.html'), key=lambda p: (len(p.parts), p))
    return [out/f'{o}.html' for o in names]

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('pages', nargs='*')
    p.add_argument('--shots', type=Path, help='folder for pictures of what was visited')
    a = p.parse_args()
    if not (out/'index.html').exists(): raise SystemExit('there is no site: make docs')
    from playwright.sync_api import sync_playwright
    report, home = Report(), serve()
    pages = {o: Page(o) for o in out.rglob('*.html')}
    axe = npm(AXE, root/'build'/'npm'/'axe')/'axe.min.js'
    chromium = dict(executable_path='/usr/bin/chromium') if Path('/usr/bin/chromium').exists() else {}
    with sync_playwright() as pw:
        browser = pw.chromium.launch(args=CHROMIUM, **chromium)
        page = browser.new_page()
        heard = listen(page, home)
        for path in wanted(a.pages):
            name, start = path.relative_to(out).with_suffix('').as_posix(), time.time()
            heard.clear()
            shot = a.shots and a.shots/name.replace('/', '_')
            wrong = [*lost_links(path, pages), *look(page, f'{home}/{name}.html', axe, shot), *dict.fromkeys(heard)]
            report.add(name, wrong, f'{time.time() - start:.1f} s')
        for words, expected in searches() if not a.pages else ():
            report.add(f'search for {words}', search(page, home, words, expected))
        browser.close()
    report.end()

if __name__ == '__main__': main()
