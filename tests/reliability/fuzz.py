"""Readers given damaged files without end: each reads or refuses, in one line, in time, and leaves nothing behind."""

import json
import shutil
import tempfile
import time
import traceback
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np

import glassjax
from glassjax.errors import GlassjaxError

from .corpus import limited, typed
from .mutation import mutate, swap_json, swap_toml
from .readers import ROOMS

__all__ = ["TARGETS", "Outcome", "Target", "fuzz"]

ROOT = Path(__file__).parents[2]
PACKAGE = Path(glassjax.__file__).parent
_CURVES, _GLASSES = "datasets/*/*.csv", "datasets/*/glass.toml"
LIMIT = 20  # seconds a reader may take


class Target(NamedTuple):
    """What is fuzzed: a reader of files of this name, valid files to begin with, and how they are changed.

    ``beside`` names the files of the repository that lie in the same folder.
    """

    what: str
    file: str
    read: Callable[[Path], Any]
    seeds: Callable[[], Sequence[bytes]]
    change: Callable[[bytes, np.random.Generator, Sequence[bytes]], bytes] = mutate
    beside: str = ""


class Outcome(NamedTuple):
    """Counts, and what went wrong: a line each, with how often."""

    tried: int
    accepted: int
    faults: dict[str, int]


def fuzz(target: Target, seed: int, *, tries: int | None = None, seconds: float = np.inf) -> Outcome:
    """Read damaged files, ``tries`` of them or for some ``seconds``; the same seed gives the same files."""
    rng, seeds = np.random.default_rng(seed), target.seeds()
    faults: Counter[str] = Counter()
    tried = accepted = 0
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, target.file)
        for entry in ROOT.glob(target.beside) if target.beside else ():
            shutil.copy(entry, place)
        there = set(Path(place).iterdir())
        while (tries is None or tried < tries) and time.monotonic() < end:
            path.write_bytes(target.change(seeds[int(rng.integers(len(seeds)))], rng, seeds))
            fault = _fault(target.read, path)
            tried, accepted = tried + 1, accepted + (fault is None)
            if fault:
                faults[fault] += 1
        left = [entry.name for entry in Path(place).iterdir() if entry not in {path, *there}]
    if left:
        faults[f"left behind: {', '.join(left)}"] += 1
    return Outcome(tried, accepted, dict(faults))


def _fault(read: Callable[[Path], Any], path: Path) -> str | None:
    """None where a file is read, an empty string where it is refused as it should be, or else what is wrong."""
    try:
        with limited(LIMIT), warnings.catch_warnings():
            warnings.simplefilter("error")
            read(path)
    except click.UsageError:  # whose words are the user's own
        return ""
    except GlassjaxError as error:
        said = str(error)
        return "" if len(said) < 3000 and all(map(_harmless, said)) else f"says {said!r}"
    except Exception as error:  # whatever it is, that is what is looked for
        if typed(error):
            return ""
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
        where = f" in {Path(ours[-1].filename).name}, {ours[-1].name}" if ours else ""
        return f"{type(error).__name__}{where}: {str(error)[:200]!r}"
    return None


def _harmless(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _files(pattern: str) -> Callable[[], Sequence[bytes]]:
    return cache(lambda: [path.read_bytes() for path in sorted(ROOT.glob(pattern))])


@cache
def _sheets() -> Sequence[bytes]:
    from tests.intake import test_dialects

    texts = [text for text in vars(test_dialects).values() if isinstance(text, str) and text.count("\n") > 2]
    return [text.encode(codec) for text in texts for codec in ("utf-8", "utf-16")] + list(_files(_CURVES)())


def _tie(path: Path) -> Any:
    from glassjax.problem.tie import Tie

    tie = Tie.parse({"tie": path.read_bytes().decode("utf-8", "replace")}, "R")
    return tie(dict.fromkeys(tie.names, 0.5), np)


def _setting(path: Path) -> Any:
    from glassjax.cli.answers import choose_theory, set_parameters
    from glassjax.cli.options import Setting
    from glassjax.datasets import load_glass

    texts = path.read_bytes().decode("utf-8", "replace").split(" ")
    settings = dict(Setting().convert(text, None, None) for text in texts[:5])
    return set_parameters(load_glass("a-SiO2"), choose_theory("debye", None), "debye", settings)


@cache
def _tables() -> Sequence[bytes]:
    return [
        b"glass,R,density\na-SiO2,100,2200\nPyrex,150,2230\n",
        (
            b"name;glass_temperature;debye_temperature;density;sound_speed;R\nx;1500;342;2200;4100;80\n"
            b"# remark\ny;700;200;1800;2900;90\n"
        ),
        b"id\tglass\tR\n007\tPTFE\t1e2\n008\tnylon\t99\n",
    ]


@cache
def _parquet() -> Sequence[bytes]:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    found = io.BytesIO()
    pq.write_table(
        pa.table({"name": ["x", "y"] * 40, "glass": ["a-SiO2", "PTFE"] * 40, "R": [90.0] * 80}), found
    )
    return [found.getvalue()]


@cache
def _results() -> Sequence[bytes]:
    from tests.bad_input.made import sound_result

    return [sound_result()]


def _result(path: Path) -> Any:
    import tests.inference.toys  # noqa: F401  whose theory it is of

    return ROOMS["result"].read(path).summary()


@cache
def _tree() -> Any:
    from glassjax.results.stored import opened

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sound.nc")
        path.write_bytes(_results()[0])
        return opened(path)


def _texts() -> Sequence[bytes]:
    """Study and provenance that a result holds."""
    return [json.dumps({name: json.loads(_tree().attrs[name]) for name in _STORED}).encode()]


_STORED = ("study", "provenance", "settings")


def _stored(path: Path) -> Any:
    """Read a result whose texts somebody changed."""
    from glassjax.results import Maximum
    from glassjax.results.stored import check_stored
    from glassjax.study import study_of

    tree = _tree().copy()
    plain = json.loads(path.read_bytes())
    tree.attrs |= {name: json.dumps(plain.get(name)) for name in _STORED}
    result = Maximum(tree, study_of)
    check_stored(result, path)
    return result


TARGETS = (
    Target("data files", "k.csv", ROOMS["data"].read, _files(_CURVES)),
    Target("spreadsheets", "k.csv", ROOMS["spreadsheet"].read, _sheets),
    Target("studies", "s.toml", ROOMS["study"].read, _files("fits/*.toml")),
    Target("values of a study", "s.toml", ROOMS["study"].read, _files("fits/*.toml"), swap_toml),
    Target("glasses", "glass.toml", ROOMS["glass"].read, _files(_GLASSES), beside=_CURVES),
    Target(
        "values of a glass", "glass.toml", ROOMS["glass"].read, _files("datasets/*/glass.toml"), swap_toml
    ),
    Target("tables of materials", "t.csv", ROOMS["table"].read, _tables),
    Target("parquet tables", "t.parquet", ROOMS["table"].read, _parquet),
    Target(
        "ties",
        "tie",
        _tie,
        lambda: [
            b"nuisance.f * 3 * xi**3 / (4 * pi**2 * A1)",
            b"exp(log(R) - 2.5) + sqrt(minimum(B, maximum(c, 1e-3)))",
            b"-(xi**-3 + glass_tg)*noise.heat_capacity",
        ],
    ),
    Target("settings", "set", _setting, lambda: [b"R=100 density=2.2e3", b"sound_speed=4100", b"R=1.5e+2"]),
    Target("results", "r.nc", _result, _results),
    Target("texts of a result", "r.json", _stored, _texts, swap_json),
)
