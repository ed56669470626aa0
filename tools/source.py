"What a file of Python imports, defines and exports, read without running it."
import ast
from typing import NamedTuple
from common import cfg, modules, python

PACKAGE = cfg['lib_path']
DEFINITIONS = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef

class Import(NamedTuple):
    "`name` (or None: the module itself) taken from a module of the package, as `here`"
    module: str
    name: str
    here: str
    line: int

def parse(source):
    "The tree of a module or a cell; an empty one for what is not Python"
    try: return ast.parse(python(source))
    except SyntaxError: return ast.Module([], [])

def trees():
    "{module: its tree} of the library"
    return {n: parse(p.read_text(encoding='utf-8')) for n, p in modules().items()}

def _inside(dotted):
    "A dotted name without the package's: `cnn_course.data` to `data`, `cnn_course` to ``; None for others'"
    first, _, rest = dotted.partition('.')
    return rest if first == PACKAGE else None

def _origin(node, module):
    "The module a `from … import` takes from, as a name in the package; None if it is another package's"
    if not node.level: return _inside(node.module)
    folder = module.split('.')[:-node.level]
    return '.'.join([*folder, *([node.module] if node.module else [])])

def _from(node, module, known):
    origin = _origin(node, module)
    if origin is None: return
    for o in node.names:
        whole = f'{origin}.{o.name}'.lstrip('.')
        if whole in known: yield Import(whole, None, o.asname or o.name, node.lineno)
        elif origin: yield Import(origin, o.name, o.asname or o.name, node.lineno)

def _plain(node):
    for o in node.names:
        inside = _inside(o.name)
        if inside: yield Import(inside, None, o.asname or o.name, node.lineno)

def imports(tree, module, known):
    "Each import of a module of the package, in functions too; `module` is where we are, `known` holds all modules"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom): yield from _from(node, module, known)
        elif isinstance(node, ast.Import): yield from _plain(node)

def dotted(node):
    "`a.b.c` of a chain of attributes, or ''"
    if isinstance(node, ast.Name): return node.id
    if isinstance(node, ast.Attribute) and (front := dotted(node.value)): return f'{front}.{node.attr}'
    return ''

def private(name):
    "Is it a name that stays in its module?"
    return bool(name) and name.startswith('_') and not name.startswith('__')

def private_uses(tree, module, known, aliases=None):
    "(line, text) of each private name taken from another module; `aliases` gathers {name here: module} over cells"
    aliases = {} if aliases is None else aliases
    for o in imports(tree, module, known):
        if o.name is None: aliases[o.here] = o.module
        elif private(o.name) and o.module != module: yield o.line, f'from {o.module} import {o.name}'
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and private(node.attr) and dotted(node.value) in aliases:
            yield node.lineno, f'{aliases[dotted(node.value)]}.{node.attr}'

def _targets(node):
    "The names that an assignment target binds"
    if isinstance(node, ast.Name): yield node.id
    elif isinstance(node, ast.Starred): yield from _targets(node.value)
    elif isinstance(node, (ast.Tuple, ast.List)):
        for o in node.elts: yield from _targets(o)

def _patched(node):
    "Is it a method that fastcore's `@patch` hangs into a class?"
    found = (o.func if isinstance(o, ast.Call) else o for o in node.decorator_list)
    return any(dotted(o).startswith('patch') for o in found)

def _bound(node):
    "The names that one statement binds by itself"
    if isinstance(node, DEFINITIONS): return [] if _patched(node) else [node.name]
    if isinstance(node, ast.Assign): return [n for o in node.targets for n in _targets(o)]
    if isinstance(node, ast.AnnAssign): return list(_targets(node.target)) if node.value else []
    if isinstance(node, (ast.For, ast.AsyncFor)): return list(_targets(node.target))
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return [n for o in node.items if o.optional_vars for n in _targets(o.optional_vars)]
    return []

def _statements(body):
    "The statements of the top level, those under if, try, for and with included"
    for node in body:
        yield node
        if isinstance(node, DEFINITIONS): continue
        for part in ('body', 'orelse', 'finalbody'): yield from _statements(getattr(node, part, []))
        for o in getattr(node, 'handlers', []): yield from _statements(o.body)

def defined(tree):
    "{name: line} of what a module defines at its top level, private names too, imports and dunder names not"
    res = {}
    for node in _statements(tree.body):
        for name in _bound(node):
            if name not in ('_', '_all_') and not name.startswith('__'): res.setdefault(name, node.lineno)
    return res

def names_in_all(tree):
    "The names in `__all__`"
    for node in tree.body:
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == '__all__': return ast.literal_eval(node.value)
    return []
