#!/usr/bin/env python3
"""Make the moving picture of the README, nbs/images/explore.gif: the first figure of appendix C5, button by button.

Needs the site (`make docs`), playwright and Chromium, as visit.py does. Run it when that figure has changed."""
from io import BytesIO
from browser import CHROMIUM
from common import nbs
from docs import out
from visit import serve

SECONDS = 1.4   # a button

def frames(page):
    "A picture of the figure after each of its buttons"
    from PIL import Image
    figure = page.query_selector('.explorable')
    figure.scroll_into_view_if_needed()
    for button in figure.query_selector_all('button'):
        button.click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(400)
        image = Image.open(BytesIO(figure.screenshot())).convert('RGB')
        yield image.quantize(64, dither=Image.Dither.NONE)

def main():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as pw:
        browser = pw.chromium.launch(executable_path='/usr/bin/chromium', args=CHROMIUM)
        page = browser.new_page(viewport=dict(width=1000, height=1100), color_scheme='light')
        page.goto(f'{serve()}/C5_explore.html')
        page.wait_for_timeout(1500)
        first, *rest = frames(page)
        browser.close()
    file = nbs/'images'/'explore.gif'
    first.save(file, save_all=True, append_images=rest, duration=int(1000*SECONDS), loop=0, optimize=True)
    print(f'{file.name}: {1 + len(rest)} frames, {file.stat().st_size//1000} kB, from {out.name}/')

if __name__ == '__main__': main()
