"Reads everything from settings.ini, the one place for version, requirements and addresses."
import shlex
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

here = Path(__file__).parent
parser = ConfigParser(delimiters=['='])
parser.read(here/'settings.ini', encoding='utf-8')
cfg = parser['DEFAULT']

extras = {o: shlex.split(cfg[f'{o}_requirements']) for o in ('dev', 'lab', 'docs')}

setup(
    name=cfg['lib_name'],
    version=cfg['version'],
    description=cfg['description'],
    long_description=(here/'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    keywords=cfg['keywords'],
    author=cfg['author'],
    author_email=cfg['author_email'],
    license='Apache-2.0',
    url=cfg['git_url'],
    classifiers=['Development Status :: 3 - Alpha', 'Intended Audience :: Education',
                 'Programming Language :: Python :: 3', f"Natural Language :: {cfg['language']}"],
    # results, photos and scripts are part of the package, so that a chapter opened far from the repository finds them
    packages=[*find_packages(include=[cfg['lib_name'], f"{cfg['lib_name']}.*"]),
              'cnn_course.stored', 'cnn_course.pictures'],
    package_dir={'cnn_course.stored': 'nbs/results', 'cnn_course.pictures': 'nbs/images/photos'},
    package_data={'cnn_course.stored': ['*.json'], 'cnn_course.pictures': ['*.jpg', '*.csv'],
                  'cnn_course': ['explorables/*.js']},
    python_requires=f">={cfg['min_python']}",
    install_requires=shlex.split(cfg['requirements']),
    extras_require=extras,
    entry_points={'console_scripts': shlex.split(cfg['console_scripts']),
                  'nbdev': [f"{cfg['lib_name']}={cfg['lib_name']}._modidx:d"]},
    zip_safe=False,
)
