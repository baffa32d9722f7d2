"""How the documentation is built: `sphinx-build -W docs docs/_build`, offline.

Formulas are set by MathJax, from the package sphinx-mathjax-offline where it is installed (`pip install '.[docs]'`),
else from its content delivery network.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from glassjax._version import __version__  # noqa: E402

project = "glassjax"
author = "The glassjax developers"
version = release = __version__
html_title = f"glassjax {__version__}"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "sphinx_copybutton",
    "extensions.pages",
    "extensions.docstrings",
    "extensions.signatures",
]
exclude_patterns = ["_build", "**.ipynb_checkpoints"]

# Markdown
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # notebooks are shown as they were committed; tests/test_notebooks.py runs them

# Docstrings
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
python_maximum_signature_line_length = 90
add_module_names = False
nitpicky = True
# Names of other packages have no page here, nor have arguments in single backticks.
nitpick_ignore_regex = [("py:.*", r"(?!glassjax\.).*")]

# Pages
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["glassjax.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
linkcheck_timeout = 20
linkcheck_retries = 2

if found := find_spec("sphinx-mathjax-offline"):
    [package] = found.submodule_search_locations or []
    html_static_path.append(str(Path(package) / "static" / "mathjax" / "tex-svg.js"))
    mathjax_path = "tex-svg.js"
