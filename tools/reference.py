"""The reference of the library for the site: a page a module, each public name with its signature, what it is for and
its docments. Read from the modules as they are imported, so a function made by another shows its own name."""
import importlib, inspect, re
from common import lib

class Shown:
    "A value of a signature in words that fit into it"
    def __init__(self, text): self.text = text
    def __repr__(self): return self.text

def _word(value):
    "A default or an annotation, short"
    if isinstance(value, str): return value
    if inspect.isclass(value) or inspect.isfunction(value) or inspect.isbuiltin(value): return value.__name__
    text = repr(value).replace('typing.', '').replace('NoneType', 'None')
    found = re.match(r'<(?:function|class|bound method|built-in function)\s+([\w.]+)', text)
    if found: return found[1].split('.')[-1]
    return '...' if text.startswith('<') or len(text) > 60 else re.sub(r'\b(?:[a-z_]\w*\.)+([A-Za-z])', r'\1', text)

def signature(f):
    "How it is called: `(n_out: int = 10, ...)`"
    try: sig = inspect.signature(f)
    except (TypeError, ValueError): return '()'
    new = []
    for o in sig.parameters.values():
        if o.name in ('self', 'cls'): continue
        if o.annotation is not o.empty: o = o.replace(annotation=Shown(_word(o.annotation)))
        if o.default is not o.empty and not isinstance(o.default, str): o = o.replace(default=Shown(_word(o.default)))
        new.append(o)
    back = sig.return_annotation
    back = sig.empty if back is sig.empty or inspect.isclass(f) else Shown(_word(back))
    return str(sig.replace(parameters=new, return_annotation=back))

def comments(f):
    "[(parameter, its docment)] of a function or class, and what it returns"
    from fastcore.docments import docments
    target = f.__init__ if inspect.isclass(f) and '__init__' in vars(f) else f
    try: found = docments(target, full=False)
    except Exception: return []          # what is built in has no source to read
    return [(k, ' '.join(str(v).split())) for k, v in found.items() if v and k not in ('self', 'cls')]

def entry(kind, name, f, below=()):
    "One name in Markdown; what stands below it has a shorter fence"
    fence = '`'*(5 if below else 4)
    lines = [f'{fence}{{py:{kind}}} {name}{signature(f)}', '', inspect.getdoc(f) or '', '']
    for k, v in comments(f): lines.append(f':returns: {v}' if k == 'return' else f':param {k}: {v}')
    return '\n'.join([*lines, '', *below, fence, ''])

def methods(cls):
    "The public methods that a class defines itself and documents"
    for name, f in vars(cls).items():
        if isinstance(f, (classmethod, staticmethod)): f = f.__func__
        if not name.startswith('_') and inspect.isfunction(f) and inspect.getdoc(f): yield name, f

def data(name, value):
    "A table or a constant"
    kind = type(value).__name__
    short = ', '.join(map(str, value)) if isinstance(value, (dict, list, tuple, set)) else repr(value)
    if len(short) > 400: short = short[:400].rsplit(',', 1)[0] + ', …'
    return f'````{{py:data}} {name}\n:type: {kind}\n\n`{short}`\n````\n'

def names(module):
    "The public names of a module, with what they stand for"
    return [(o, getattr(module, o)) for o in getattr(module, '__all__', []) if hasattr(module, o)]

def of_module(name, about, made_from):
    "The page of a module"
    module = importlib.import_module(f'{lib.name}.{name}')
    res = [f'# {name}', '', f'```{{py:module}} {lib.name}.{name}\n```', '', f'> {about[:1].upper()}{about[1:]}.', '',
           f'Made from {made_from}.', '']
    for o, value in names(module):
        if inspect.isclass(value):
            res.append(entry('class', o, value, [entry('method', *m) for m in methods(value)]))
        elif callable(value): res.append(entry('function', o, value))
        else: res.append(data(o, value))
    return '\n'.join(res)
