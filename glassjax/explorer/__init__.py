"""The explorer: a page on this machine whose sliders move κ(T), C/T³ and α(T) over the data.

`scene` is what is explored, `curves` the computation, `downloads` the files; `panels`, `page` and `server` show them
in a browser by Bokeh, an optional package (``pip install 'glassjax[explorer]'``).
"""
