"""How to cite glassjax, in words: for `glassjax --version`, the report and the README."""

PAPER = (
    "V. Lubchenko and P. G. Wolynes, The microscopic quantum theory of low temperature amorphous solids (2005), "
    "arXiv:cond-mat/0506708"
)
"""The paper whose theory the package computes."""


def citation(version: str) -> str:
    """Return a sentence that says what to cite for a result of this ``version``."""
    return (
        f"If you publish a result, please cite the software (The glassjax developers, glassjax {version}), the theory "
        f"({PAPER}) and the sources of the data, which 'glassjax glasses' and the report of a fit list."
    )
