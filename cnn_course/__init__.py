"The course's library: one idea a module. Importing the package alone imports nothing else."
__version__ = "0.1.0"

import warnings as _warnings
# fastai calls torch.jit.script while it is imported; recent versions of torch announce over several lines
# that it is deprecated
_warnings.filterwarnings('ignore', message=r'`torch\.jit\.script` is deprecated', category=FutureWarning)
del _warnings
