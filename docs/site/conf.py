"""Sphinx's settings for the site that scripts/docs builds of the pages of all rooms; build.py lays them out beside this file."""
project = "Spikewell"
author = "Spikewell's authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

myst_heading_anchors = 4
smartquotes = False  # they are JSON's
highlight_language = "none"  # most blocks without a language are command lines

autodoc_typehints = "none"  # texts say shapes and units
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_preprocess_types = False

html_theme = "furo"
html_title = "Spikewell"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
