"""Symbols, units, numbers and citations as HTML. Whatever comes in is plain text and is escaped."""

import re
import unicodedata

from markupsafe import Markup, escape

_VARIANTS = {"varsigma": "ς", "varphi": "φ", "varepsilon": "ε", "lambda": "λ", "Lambda": "Λ", "epsilon": "ϵ"}
_SIGNS = {"ell": "ℓ", "hbar": "ħ", "infty": "∞", "times": "×", "cdot": "·", "ln": "ln", "log": "log"}
_TOKEN = re.compile(
    r"\\(?P<word>[A-Za-z]+)\s*|(?P<script>[_^])|(?P<open>\{)|(?P<close>\})|(?P<letter>.)", re.S
)
_FONTS = ("mathrm", "rm", "text", "mathit", "mathbf", "mathcal")
_ACCENTS = {"bar": "\u0304", "tilde": "\u0303", "hat": "\u0302", "dot": "\u0307"}


class _Unknown(Exception):
    """A command of mathtext that has no place here."""


def symbol(mathtext: str, fallback: str = "") -> Markup:
    r"""Return a symbol such as ``\omega_c`` in HTML; ``fallback``, or the text itself, where it is not understood."""
    try:
        tokens = list(_TOKEN.finditer(mathtext))
        html, rest = _group(tokens, 0, upright=False)
        if rest < len(tokens):
            raise _Unknown
    except _Unknown:
        return escape(fallback or mathtext)
    return html


def _group(tokens: list[re.Match[str]], i: int, *, upright: bool) -> tuple[Markup, int]:
    """Translate up to the brace that closes the group; return the HTML and where it ends."""
    html = Markup()
    while i < len(tokens) and not tokens[i]["close"]:
        part, i = _item(tokens, i, upright=upright)
        html += part
    return html, i


def _item(tokens: list[re.Match[str]], i: int, *, upright: bool) -> tuple[Markup, int]:
    """Translate one letter, command, script or group."""
    if i >= len(tokens) or tokens[i]["close"]:
        raise _Unknown
    token = tokens[i]
    if token["open"]:
        html, i = _group(tokens, i + 1, upright=upright)
        if i >= len(tokens):
            raise _Unknown
        return html, i + 1
    if token["script"]:
        inner, i = _item(tokens, i + 1, upright=upright)
        tag = Markup("sub" if token["script"] == "_" else "sup")
        return Markup("<{0}>{1}</{0}>").format(tag, inner), i
    if token["word"] is None:
        return _letter(token["letter"], upright), i + 1
    word = token["word"]
    if word in _FONTS:
        return _item(tokens, i + 1, upright=word in _FONTS[:3])
    if word in _ACCENTS:
        inner, i = _item(tokens, i + 1, upright=upright)
        end = inner.rfind("</i>")
        return (inner + _ACCENTS[word] if end < 0 else inner[:end] + _ACCENTS[word] + inner[end:]), i
    if word in _SIGNS:
        return Markup(escape(_SIGNS[word])), i + 1
    return _letter(_VARIANTS.get(word) or _greek(word), upright), i + 1


def _letter(letter: str, upright: bool) -> Markup:
    return Markup("<i>{}</i>").format(letter) if letter.isalpha() and not upright else escape(letter)


def _greek(word: str) -> str:
    case = "CAPITAL" if word[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {word.upper()}")
    except KeyError:
        raise _Unknown from None


def unit(text: str) -> Markup:
    """Return a unit such as kg/m3 with its exponents raised."""
    return Markup(re.sub(r"(?<=[A-Za-z])(-?\d+)", r"<sup>\1</sup>", str(escape(text))))


def number(text: str) -> Markup:
    """Return numbers in a text with true minus signs and powers of ten: -2.4e-11 as −2.4 × 10⁻¹¹."""
    plain = re.sub(r"(?<![\w.])-(?=\d)", "−", str(escape(text)))
    return Markup(re.sub(r"(?<=\d)e([+-]?)0*(\d+)", _power, plain))


def _power(match: re.Match[str]) -> str:
    sign = "−" if match[1] == "-" else ""
    return f"\u202f×\u202f10<sup>{sign}{match[2]}</sup>"


_LINK = re.compile(r"(?P<url>https?://[^\s<>\"']+[\w/])|(?:doi:\s*)?(?P<doi>10\.\d{4,9}/[^\s<>\"',;]*\w)")


def linked(text: str) -> Markup:
    """Return a citation whose web addresses and DOIs are links."""
    html, end = Markup(), 0
    for match in _LINK.finditer(text):
        address = match["url"] or f"https://doi.org/{match['doi']}"
        html += escape(text[end : match.start()])
        html += Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, match[0])
        end = match.end()
    return html + escape(text[end:])
