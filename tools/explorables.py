#!/usr/bin/env python3
"""Figures that move, played in Chromium: kernels typed, sliders moved, digits drawn; every number against PyTorch's.

    explorables.py [--shots FOLDER] [name ...]     # names of scripts, such as kernel; default: all

Each figure stands on a page of its own, then beside the others, on a telephone, and where scripts are off.
Needs playwright (Python) and /usr/bin/chromium. Ends with `N passed, N failed`.
"""
import argparse, base64, math
from pathlib import Path
import numpy as np, torch, torch.nn.functional as F
from torch import nn
from browser import CHROMIUM
from common import Report
from cnn_course import explore
from cnn_course.convnet import ConvNet
from cnn_course.cost import layer_costs
from cnn_course.field import field_window
from cnn_course.mixup import cut_box, cutmix, mixup
from cnn_course.resnet import ResNet

LARGEST = 300_000   # characters of an output
PAGE = ('<!doctype html><title>t</title><meta name="viewport" content="width=device-width">'
        '<body style="margin:8px">%s</body>')

# ---- the figures, and what PyTorch needs to know of them

def digit_net():
    "A small network whose weights are round in half precision, as the page carries them"
    torch.manual_seed(0)
    net = ConvNet(convs=(1, 2), channels=(8, 16), norm=True)
    with torch.no_grad():
        for _ in range(20): net(torch.randn(32, 1, 28, 28))
        for p in net.parameters(): p.copy_(p.half().float())
    return net.eval()

def field_nets():
    torch.manual_seed(0)
    chain = nn.Sequential(nn.Conv2d(3, 4, 5), nn.AvgPool2d(2), nn.Conv2d(4, 4, 3, stride=2), nn.Conv2d(4, 2, 3))
    return dict(chain=(chain, 61), ResNet=(ResNet(10, [1, 1, 1, 1]), 64))

DIGIT, NETS = digit_net(), field_nets()
FIGURES = dict(
    kernel=lambda: explore.kernel_on_photo(size=40),
    sizes=explore.size_calculator,
    field=lambda: explore.field_on_photo(NETS),
    digit=lambda: explore.draw_digit(DIGIT, {'a stroke': torch.eye(28, dtype=torch.uint8)*255}),
    signal=lambda: explore.signal_through_depth(depth=12),
    blend=lambda: explore.blend_photos(size=45),
    layers=lambda: explore.layer_by_layer(NETS))

# ---- playing

class Player:
    "One figure on a page: its controls by the names that a reader sees, and the numbers that it holds"
    def __init__(self, page, place=0): self.page, self.root = page, page.locator('.explorable').nth(place)
    def values(self): return self.root.evaluate('o => o.explorable.values()')
    def slide(self, name, value): self.root.get_by_role('slider', name=name).fill(str(value))
    def press(self, name): self.root.get_by_role('button', name=name, exact=True).click()
    def tick(self, name): self.root.get_by_role('checkbox', name=name).click()
    def says(self): return self.root.locator('[role=status]').first.inner_text()
    def canvas(self, k=0): return self.root.locator('canvas').nth(k)

    def point(self, k, x, y, drag=False):
        "Go to a place on canvas number `k`, in shares of its width and height, with the button down for a drag"
        self.canvas(k).scroll_into_view_if_needed()
        box = self.canvas(k).bounding_box()
        at = box['x'] + x*box['width'], box['y'] + y*box['height']
        self.page.mouse.move(*at, steps=6 if drag else 1)

    def drag(self, k, *places):
        self.point(k, *places[0])
        self.page.mouse.down()
        for o in places[1:]: self.point(k, *o, drag=True)
        self.page.mouse.up()

def far(name, got, want, eps=1e-9):
    "[what is wrong] if two things of numbers are further apart than `eps`, relative to the largest"
    got, want = (np.asarray(o, float).ravel() for o in (got, want))
    if got.shape != want.shape: return [f'{name}: {len(got)} numbers, expected {len(want)}']
    gap = float(np.abs(got - want).max()/max(1., np.abs(want).max())) if len(want) else 0.
    return [] if gap <= eps else [f'{name}: differs by {gap:.3g}, at most {eps:g} expected']

def other(name, got, want): return [] if got == want else [f'{name}: {got!r:.120}, expected {want!r:.120}']

def pixels(photo, channels):
    "The photo that a figure carries, as numbers (channels, h, w)"
    rows = np.frombuffer(base64.b64decode(photo['v']), np.uint8).reshape(photo['h'], photo['w'], channels)
    return torch.from_numpy(rows.copy()).permute(2, 0, 1).double()

def minus(text): return text.replace('−', '-')

# ---- one figure after the other, against PyTorch

def kernel(p, figure):
    grey = pixels(figure.data['photo'], 1)[0]/255
    rng = np.random.default_rng(0)
    kernels = [('spots', None), ('blur', None), *((None, rng.normal(size=9).round(2)) for _ in range(2))]
    for name, typed in kernels:
        if name: p.press(name)
        else:
            for o, v in zip(p.root.get_by_role('spinbutton').all(), typed):
                o.click()
                p.page.keyboard.press('Control+a')
                p.page.keyboard.type(str(v))
        weights = torch.tensor(explore.KERNELS[name] if name else typed).double()
        for relu in (False, True):
            want = F.conv2d(grey[None, None], weights.view(1, 1, 3, 3))[0, 0]
            p.tick('ReLU')
            got = p.values()
            yield from far(f'{name or typed}, ReLU {not relu}', got['map'], want.relu() if not relu else want)
    p.point(0, .81, .31)
    at = p.values()['at']
    yield from other('the window', at, [int(.31*40) - 1, int(.81*40) - 1])
    yield from far('the sum', [float(minus(p.says().split(' = ')[-1]))], [want[tuple(at)]], .006)
    p.canvas(1).press('ArrowDown')
    p.canvas(0).press('Shift+ArrowLeft')
    yield from other('moved by keys', p.values()['at'], [at[0] + 1, at[1] - 5])

def sizes(p, figure):
    names = dict(n='input n', k='kernel k', s='stride s', p='padding p', d='dilation d')
    rng = np.random.default_rng(0)
    cases = [(14, 7, 4, 3, 1), (5, 3, 1, 0, 3), (7, 2, 2, 0, 1)]
    ranges = (1, 14), (1, 7), (1, 4), (0, 3), (1, 3)
    cases += [tuple(int(rng.integers(low, high + 1)) for low, high in ranges) for _ in range(12)]
    for case in cases:
        n, k, s, pad, d = case
        for key, v in zip(names, case): p.slide(names[key], v)
        x = torch.arange(1., n*n + 1).view(1, 1, n, n)
        fits = d*(k - 1) + 1 <= n + 2*pad
        windows = F.unfold(F.pad(x, [pad]*4), k, dilation=d, stride=s)[0].T if fits else torch.zeros(0)
        o = math.isqrt(len(windows))
        yield from other(f'{case}: size', p.values()['size'], o)
        yield from other(f'{case}: the formula', p.root.locator('.formula b').inner_text(), str(o or 'none'))
        if not fits: continue
        for place in (.2, .01): p.point(1, place, place)
        p.canvas(1).press('ArrowDown')
        got = p.values()
        yield from other(f'{case}: place', got['at'], [min(1, o - 1), 0])
        touched = [n*i + j + 1 if 0 <= i < n and 0 <= j < n else 0 for i in got['rows'] for j in got['cols']]
        yield from other(f'{case}: touched', touched, windows[got['at'][0]*o].int().tolist())
    p.root.get_by_role('slider', name='stride').press('Home')
    yield from other('a slider by keys', p.values()['s'], 1)

def depends(chain, upper, lower, at):
    "First and last column of layer `lower` on which a unit of layer `upper` depends, by its derivative"
    x = chain[:lower + 1](torch.rand(1, 3, 61, 61)).detach().requires_grad_()
    chain[lower + 1:upper + 1](x)[0, :, at[0], at[1]].sum().backward()
    cols = x.grad.abs().sum((0, 1, 2)).nonzero()[:, 0]
    return [cols.min().item(), cols.max().item()]

def field(p, figure):
    for name, (net, size) in NETS.items():
        p.press(name)
        for i, o in enumerate(figure.data['networks'][name]['layers']):
            p.slide('layer', i)
            for x, y in ((.5, .5), (.03, .7)):
                p.point(1, x, y)
                got = p.values()
                rows, cols = field_window(net, size, got['layer'], tuple(got['at']))
                yield from other(f'{name}: layer', got['layer'], o['name'])
                yield from other(f'{name} {o["name"]} {got["at"]}', [got['rows'], got['cols']],
                                 [[rows.start, rows.stop], [cols.start, cols.stop]])
                tall, wide = rows.stop - rows.start, cols.stop - cols.start
                yield from other('what is said', f'{tall}×{wide} pixels' in p.says(), True)
                if name == 'chain':
                    want = [depends(net, i, j, got['at']) for j in range(i)] + [[got['at'][1]]*2]
                    yield from other(f'{o["name"]} {got["at"]}: cone', got['cone'], want)
    p.slide('layer', 0)
    at = p.values()['at']
    p.canvas(1).press('ArrowLeft')
    yield from other('moved by keys', p.values()['at'], [at[0], at[1] - 1])
    p.canvas(0).press('ArrowUp')
    yield from other('a layer higher', p.values()['layer'], figure.data['networks'][name]['layers'][1]['name'])

def maps_of(net, x):
    "What comes out of each ReLU and pool"
    found = []
    for m in net.modules():
        if isinstance(m, (nn.ReLU, nn.MaxPool2d)): m.register_forward_hook(lambda m, args, out: found.append(out[0]))
    return net(x)[0], found

def centred(ink):
    "The drawing, moved by whole pixels so that its centre of mass is in the middle"
    total = ink.sum()
    if not total: return ink
    grid = torch.arange(28.)
    dy, dx = (math.floor(13.5 - (ink.sum(1 - axis)*grid).sum()/total + .5) for axis in (0, 1))
    out = torch.zeros(28, 28)
    for i, j in ink.nonzero().tolist():
        if 0 <= i + dy < 28 and 0 <= j + dx < 28: out[i + dy, j + dx] = ink[i, j]
    return out

def digit(p, figure):
    def check(what):
        got = p.values()
        ink = torch.tensor(got['ink']).view(28, 28)
        moved = centred(ink) if p.root.get_by_role('checkbox').is_checked() else ink
        yield from far(f'{what}: moved', got['input'], moved, 1e-6)
        with torch.no_grad(): logits, maps = maps_of(digit_net(), ((moved - .1307)/.3081)[None, None])
        yield from far(f'{what}: logits', got['logits'], logits, 4e-3)        # batch norm's scales are halves, too
        yield from far(f'{what}: shares', got['shares'], logits.softmax(0), 4e-3)
        for k, (a, b) in enumerate(zip(got['maps'], maps, strict=True)): yield from far(f'{what}: maps {k}', a, b, 4e-3)
        best = str(int(logits.argmax()))
        if ink.any() and best not in p.says(): yield f'{what}: says {p.says()!r}, expected {best}'
    yield from check('the example')
    p.press('clear')
    yield from other('cleared', sum(p.values()['ink']), 0)
    yield from check('nothing')
    p.drag(0, (.2, .2), (.6, .2), (.35, .75))
    ink = torch.tensor(p.values()['ink']).view(28, 28)
    if not (ink[5, 10] > .9 and ink[20, 10] > .9 and ink[14, 2] == 0): yield 'a stroke is not where it was drawn'
    yield from check('a seven')
    p.tick('move it')
    yield from check('a seven where it is')
    p.press('clear')
    for key in (' ', *['ArrowDown']*8, ' ', 'ArrowRight'): p.canvas(0).press(key)
    ink = torch.tensor(p.values()['ink']).view(28, 28)
    drawn = (ink[:, 14] > .5).sum().item() >= 9 and not (ink[:, 20] > 0).any()
    yield from other('drawn by keys', drawn, True)
    yield from check('drawn by keys')

def sizes_by_depth(sigma, depth, relu, norm, skip, seed=1):
    "The size of a signal and of its gradient, with PyTorch's own layers"
    drawn = torch.from_numpy(explore.normals(seed, 2*2048 + depth*4096))
    x, back = drawn[:2048].view(32, 64).requires_grad_(), drawn[2048:4096].view(32, 64)
    signals = [x]
    for w in drawn[4096:].view(depth, 64, 64):
        linear = nn.Linear(64, 64, bias=False).double()
        linear.weight.data = w*sigma
        layer = nn.Sequential(linear, *[nn.BatchNorm1d(64).double()]*norm, *[nn.ReLU()]*relu)
        signals.append(layer(signals[-1]) + (signals[-1] if skip else 0))
    grads = torch.autograd.grad(signals[-1], signals, back)
    return [[o.square().mean().sqrt().item() for o in found] for found in (signals, grads)]

def signal(p, figure):
    now, ticks = dict(relu=True, norm=False, skip=False), dict(relu='ReLU', norm='batch norm', skip='skips')
    cases = [(.177, 12), (.06, 25), (.3, 40), (.1, 1), (.2, 30), (.05, 18)]
    for (sigma, depth), key in zip(cases, ('', 'norm', 'skip', 'relu', 'norm', 'skip')):
        if key:
            p.tick(ticks[key])
            now[key] = not now[key]
        p.slide('σ', sigma)
        p.slide('layers', depth)
        got, want = p.values(), sizes_by_depth(sigma, depth, **now)
        for name, a, b in zip(('signal', 'gradient'), (got['sizes'], got['grads']), want):
            yield from far(f'{sigma}, {depth}, {now}: {name}', np.log(a), np.log(b), 1e-6)
    p.root.get_by_role('button', name='Kaiming').click()
    yield from far('Kaiming', p.values()['sigma'], (2/64)**.5)
    p.root.get_by_role('slider', name='layers').press('ArrowRight')
    yield from other('a slider by keys', p.values()['depth'], depth + 1)

def blend(p, figure):
    x = torch.stack([pixels(o, 3) for o in figure.data['photos']])
    y, swap = torch.tensor([0, 1]), torch.tensor([1, 0])
    for lam in (0, .25, .6, .73, 1):
        p.slide('λ', lam)
        p.press('Mixup')
        got, want = p.values(), mixup(x, y, lam=torch.tensor(float(lam)), order=swap)[0][0].permute(1, 2, 0)
        gap = np.abs(np.array(got['pixels']) - want.numpy().ravel()).max()
        if gap > .5001: yield f'Mixup {lam}: {gap} from the numbers that are rounded to bytes'
        p.press('CutMix')
        for place in ((.5, .5), (.1, .9), (.98, .3)):
            p.drag(2, (.4, .4), place)
            got = p.values()
            box = cut_box(float(lam), *got['centre'], 45, 45)
            want, _, _, share = cutmix(x, y, box=box, order=swap)
            yield from other(f'CutMix {lam} {place}: centre', got['centre'], [int(v*45) for v in place])
            yield from other(f'CutMix {lam} {place}: box', got['box'], list(box))
            yield from far(f'CutMix {lam} {place}: pixels', got['pixels'], want[0].permute(1, 2, 0))
            yield from far(f'CutMix {lam} {place}: share', got['share'], share[0], 1e-6)
            yield from other('label', f'{share[0]:.2f} cat + {1 - share[0]:.2f} espresso' in p.says(), True)
    p.canvas(2).press('Shift+ArrowLeft')
    yield from other('moved by keys', p.values()['centre'][0], got['centre'][0] - 5)

def layers(p, figure):
    columns = dict(params='parameters', macs='multiply-accumulates', activation_bytes='activations',
                   receptive_field='receptive field')
    for name, (net, size) in NETS.items():
        p.press(name)
        rows = [o for o in layer_costs(net, size).to_dict('records') if len(o['output_shape'])]
        p.canvas(0).press('ArrowLeft')                       # stays at the first
        for i, row in enumerate(rows):
            got = p.values()
            yield from other(f'{name} {i}', [got['name'], got['shape']], [row['layer'], list(row['output_shape'])])
            for key, button in columns.items() if i % 5 == 0 else ():
                p.press(button)
                yield from far(f'{name} {row["layer"]}: {key}', p.values()['value'], row[key])
            yield from other(f'{name} {row["layer"]}: shown', f'{row["params"]:,}' in p.says(), True)
            p.canvas(0).press('ArrowRight')
        p.point(0, .999, .5)
        yield from other(f'{name}: at the right', p.values()['name'], rows[-1]['layer'])

PLAYED = dict(kernel=kernel, sizes=sizes, field=field, digit=digit, signal=signal, blend=blend, layers=layers)

# ---- the page around them

class Pages:
    "Pages of Chromium that load nothing: what they ask for, and what they complain of, is written down"
    def __init__(self, browser, shots=None): self.browser, self.shots, self.noise = browser, shots, []

    def open(self, html, **context):
        context = self.browser.new_context(**{'viewport': dict(width=1000, height=900), **context})
        page, self.noise = context.new_page(), []
        page.on('request', lambda o: self.note(not o.url.startswith(('data:', 'about:')), f'asks for {o.url}'))
        page.on('console', lambda o: self.note(o.type in ('error', 'warning'), f'console: {o.text}'))
        page.on('pageerror', lambda o: self.note(True, f'error: {o}'))
        page.route('**/*', lambda route: route.abort())
        page.set_content(PAGE % html)
        page.wait_for_timeout(150)
        return page

    def note(self, bad, text):
        if bad: self.noise.append(text)

    def shot(self, page, name):
        if not self.shots: return
        self.shots.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=self.shots/f'{name}.png', full_page=True)

def is_live(page): return page.locator('.explorable canvas').count() > 0
def still(page): return page.locator('.explorable-still img')

def numbers(pages, name, figure):
    page = pages.open(figure.html)
    wrong = [] if is_live(page) and not still(page).is_visible() else ['the still picture is there, not the live one']
    if len(figure.html) > LARGEST: wrong.append(f'{len(figure.html):,} characters, at most {LARGEST:,}')
    wrong = wrong or list(PLAYED[name](Player(page), figure))
    pages.shot(page, name)
    page.context.close()
    return wrong + pages.noise

def telephone(pages, name, figure):
    page = pages.open(figure.html, viewport=dict(width=390, height=844), color_scheme='dark', has_touch=True)
    wide = page.evaluate('() => document.documentElement.scrollWidth')
    pages.shot(page, f'{name}-390')
    page.locator('canvas').first.tap()
    page.context.close()
    return ([] if wide <= 390 else [f'{wide} pixels wide']) + pages.noise

def no_scripts(pages, name, figure):
    page = pages.open(figure.html, java_script_enabled=False)
    shown, alt = still(page).is_visible(), still(page).get_attribute('alt')
    page.context.close()
    broken = type(figure)(name, {}, explore.figure()[0], figure.alt).html
    assert broken.count(', {});') == 1
    page = pages.open(broken.replace(', {});', ', null);'))             # its script fails: the picture has to stay
    stays = still(page).is_visible() and not is_live(page)
    page.context.close()
    return [text for text, fine in {'no still picture without scripts': shown, 'another alt': alt == figure.alt,
                                    'no still picture where the script fails': stays}.items() if not fine]

FOCUSED = """() => {
  let o = document.activeElement;
  while (o && o.shadowRoot && o.shadowRoot.activeElement) o = o.shadowRoot.activeElement;
  if (!o || o === document.body) return '';
  return o.tagName + ' ' + (o.ariaLabel || o.textContent || o.closest('label')?.textContent);
}"""

def keyboard(pages, name, figure):
    "The tab key reaches every control, and each has a name"
    page = pages.open(figure.html)
    controls = page.locator('.explorable').locator('button, input, canvas[tabindex]').count()
    page.locator('.explorable').locator('button, input').first.focus()
    alone = page.evaluate('() => document.activeElement.hasAttribute("data-lm-suppress-shortcuts")')
    page.evaluate('() => document.activeElement.blur()')
    reached = []
    for _ in range(2*controls + 3):                             # wherever it begins, it comes round
        page.keyboard.press('Tab')
        reached.append(page.evaluate(FOCUSED))
    page.context.close()
    met = [o for o in reached if o]
    nameless = [o for o in met if not o.split(' ', 1)[1].strip()]
    wrong = [] if len(set(met)) >= controls else [f'the tab key reaches {len(set(met))} of {controls} controls']
    if not alone: wrong.append('JupyterLab would take the keys for its own: cut cells at x')
    return wrong + [f'{o}: without a name' for o in nameless] + pages.noise

def together(pages, name, figure, every):
    "Twice on a page that holds all the others: what is done to one leaves the rest alone"
    html = ''.join(o.html for o in every.values()) + figure.html
    page = pages.open(html)
    players = [Player(page, i) for i in range(len(every) + 1)]
    before = [o.values() for o in players]
    mine = players[list(every).index(name)]
    for o in mine.root.locator('canvas[tabindex]').all()[-1:]:
        for key in (' ', 'ArrowRight', 'ArrowDown'): o.press(key)
    if mine.root.get_by_role('slider').count(): mine.root.get_by_role('slider').first.press('ArrowRight')
    after = [o.values() for o in players]
    left = page.evaluate('() => ["build", "start", "COLOURS", "slider"].filter(o => o in window)')
    page.context.close()
    moved = [o for o, a, b in zip([*every, f'the second {name}'], before, after) if a != b]
    return other('moved', moved, [name]) + other('names left on the page', left, []) + pages.noise

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('names', nargs='*', metavar='name', help=', '.join(FIGURES))
    p.add_argument('--shots', type=Path, help='folder for screenshots')
    a = p.parse_args()
    if unknown := set(a.names) - FIGURES.keys(): p.error(f'{unknown}: expected {", ".join(FIGURES)}')
    from playwright.sync_api import sync_playwright
    every, report = {k: f() for k, f in FIGURES.items()}, Report()
    tests = dict(numbers=numbers, telephone=telephone, keyboard=keyboard, without_scripts=no_scripts,
                 together=lambda pages, name, o: together(pages, name, o, every))
    with sync_playwright() as pw:
        browser = pw.chromium.launch(executable_path='/usr/bin/chromium', args=CHROMIUM)
        pages = Pages(browser, a.shots)
        for name in a.names or every:
            for what, test in tests.items():
                try: wrong = test(pages, name, every[name])
                except Exception as e: wrong = [f'{type(e).__name__}: {e}'.splitlines()[0]]
                report.add(f'{name}: {what}', wrong)
        browser.close()
    report.end()

if __name__ == '__main__': main()
