"""The explorer: a page on this machine whose sliders move κ(T), C/T³ and α(T) over the data.

`subject` is what is explored, `curves` the computation, `downloads` the files; `figures`, `page` and `server` show them
in a browser by Bokeh, an optional package (``pip install 'glassjax[explorer]'``).
"""
