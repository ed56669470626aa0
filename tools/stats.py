#!/usr/bin/env python3
"""Numbers on size and style, as tables: modules, notebooks, chapters as a reader meets them.   make stats

lines    lines of code; blank lines and lines of comment only are left out
>100     lines of more than 100 columns, of any kind; so >120
;        semicolons in code
private  private names taken from another module
twice    top-level names that another module defines, too (exercises left out)
view     cells and lines of code that are not folded; the longest such cell; words of the text, and of it the story,
         up to the questions
"""
import re
from check import defined_twice, private_across
from common import called, cells, code_cells, is_chapter, modules, notebooks, visible
from lint import semicolons
from pages import lines_in_view
from way import story_words

def lines_of_code(source):
    "Lines that are neither blank nor a comment alone"
    return sum(bool(o.strip()) and not o.lstrip().startswith('#') for o in source.splitlines())

def wider(source, columns): return sum(len(o) > columns for o in source.splitlines())

def counted(sources):
    "[lines, >100, >120, ;] of several pieces of code"
    sizes = [(lines_of_code(s), wider(s, 100), wider(s, 120), len(list(semicolons(s)))) for s in sources]
    return [sum(o) for o in zip(*sizes)] or [0]*4

def words(source):
    "Words of text: not those of code, of formulas, or of addresses"
    text = re.sub(r'(?s)```.*?```|\$\$.*?\$\$|\$[^$\n]*\$|<[^>]+>|\]\([^)]*\)', ' ', source)
    return len(re.findall(r"\w[\w'’.-]*", text))

def table(title, head, rows):
    "Print a table with the sum of its numbers below it; the longest cell is no sum, but the largest"
    total = ['all', *(max(o) if h == 'longest' else sum(o) for h, o in zip(head[1:], list(zip(*rows))[1:]))]
    lines = [head, *rows, total]
    widths = [max(len(str(o)) for o in column) for column in zip(*lines)]
    print(f'\n{title}')
    for name, *numbers in lines:
        print(str(name).ljust(widths[0]), *(str(o).rjust(w) for o, w in zip(numbers, widths[1:])), sep='  ')

def of_modules():
    taken = [file for file, _, _ in private_across()]
    shared = [module for _, where in defined_twice() for module in where]
    for name, path in modules().items():
        yield [name, *counted([path.read_text(encoding='utf-8')]), taken.count(name), shared.count(name)]

def of_notebooks():
    taken = [file for file, _, _ in private_across()]
    for p in notebooks(): yield [called(p), *counted([s for _, _, s in code_cells(p)]), taken.count(called(p))]

def of_chapters():
    for p in filter(is_chapter, notebooks()):
        every, code = list(cells(p)), [s for _, c, s in cells(p) if visible(c)]
        text = [s for _, c, s in every if c['cell_type'] == 'markdown']
        longest = max((len(lines_in_view(s)) for s in code), default=0)
        shown = [len(text) + len(code), len(code), sum(map(lines_of_code, code)), longest]
        yield [called(p), len(every), *shown, sum(map(words, text)), story_words(p)]

def main():
    style = ['lines', '>100', '>120', ';', 'private']
    table('Modules', ['module', *style, 'twice'], list(of_modules()))
    table('Code in notebooks', ['notebook', *style], list(of_notebooks()))
    view = ['cells', 'in view', 'code cells', 'code lines', 'longest', 'words', 'story']
    table('Chapters in view', ['notebook', *view], list(of_chapters()))
    print('\nNames with two meanings:', ', '.join(f"{n} ({', '.join(o)})" for n, o in defined_twice()) or 'none')

if __name__ == '__main__': main()
