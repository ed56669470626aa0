"Reads everything from settings.ini, the one place for version, requirements and addresses."
import json, re, shlex
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

here = Path(__file__).parent
parser = ConfigParser(delimiters=['='])
parser.read(here/'settings.ini', encoding='utf-8')
cfg = parser['DEFAULT']

extras = {o: shlex.split(cfg[f'{o}_requirements']) for o in ('dev', 'lab', 'docs', 'more', 'many', 'shards')}
extras['dev'] += extras['many'] + extras['shards']  # the tests need them

site = f"{cfg['doc_host']}{cfg['doc_baseurl']}/"
files = f"{cfg['git_url']}/blob/{cfg['branch']}"

def description():
    "The README with links and pictures that work away from the repository"
    text = (here/'README.md').read_text(encoding='utf-8')
    raw = files.replace('github.com', 'raw.githubusercontent.com').replace('/blob/', '/')
    text = re.sub(r'(!\[[^\]]*\]\()(?!https?:)', rf'\1{raw}/', text)
    return re.sub(r'(?<!!)(\[[^\]]*\]\()(?!https?:|#)', rf'\1{files}/', text)

class WithoutOutputs(build_py):
    "The chapters are part of the package without their outputs: the reader makes them, and the package stays small"
    def run(self):
        super().run()
        for p in Path(self.build_lib, cfg['lib_name'], 'chapters').rglob('*.ipynb'):
            nb = json.loads(p.read_text(encoding='utf-8'))
            for c in nb['cells']:
                if c['cell_type'] == 'code': c['outputs'] = []
            p.write_text(json.dumps(nb, indent=1, ensure_ascii=False) + '\n', encoding='utf-8')

setup(
    cmdclass={'build_py': WithoutOutputs},
    name=cfg['lib_name'],
    version=cfg['version'],
    description=cfg['description'],
    long_description=description(),
    long_description_content_type='text/markdown',
    keywords=cfg['keywords'],
    author=cfg['author'],
    author_email=cfg['author_email'],
    license='Apache-2.0',
    url=site,
    project_urls={'Chapters': site, 'Source': cfg['git_url'], 'Issues': f"{cfg['git_url']}/issues",
                  'Changes': f'{files}/CHANGELOG.md'},
    classifiers=['Development Status :: 3 - Alpha', 'Intended Audience :: Education', 'Intended Audience :: Developers',
                 'Intended Audience :: Science/Research', 'Topic :: Education',
                 'Topic :: Scientific/Engineering :: Artificial Intelligence',
                 'Topic :: Scientific/Engineering :: Image Recognition', 'Framework :: Jupyter',
                 'Operating System :: OS Independent', 'Programming Language :: Python :: 3 :: Only',
                 *(f'Programming Language :: Python :: 3.{o}' for o in range(10, 14)), 'Typing :: Typed',
                 f"Natural Language :: {cfg['language']}"],
    # results, photos, the demo network, scripts and chapters belong to it: a chapter far from the repository finds them
    packages=[*find_packages(include=[cfg['lib_name'], f"{cfg['lib_name']}.*"]),
              'cnn_course.stored', 'cnn_course.pictures', 'cnn_course.trained', 'cnn_course.chapters'],
    package_dir={'cnn_course.stored': 'nbs/results', 'cnn_course.pictures': 'nbs/images/photos',
                 'cnn_course.trained': 'nbs/trained', 'cnn_course.chapters': 'nbs'},
    package_data={'cnn_course': ['py.typed', 'explorables/*.js'], 'cnn_course.stored': ['*.json'],
                  'cnn_course.pictures': ['*.jpg', '*.csv'], 'cnn_course.trained': ['*.json', '*.safetensors'],
                  'cnn_course.chapters': ['*.ipynb', 'exercises/*.ipynb', 'studies/*.ipynb', 'images/*.*']},
    python_requires=f">={cfg['min_python']}",
    install_requires=shlex.split(cfg['requirements']),
    extras_require=extras,
    entry_points={'console_scripts': shlex.split(cfg['console_scripts']),
                  'nbdev': [f"{cfg['lib_name']}={cfg['lib_name']}._modidx:d"]},
    zip_safe=False,
)
