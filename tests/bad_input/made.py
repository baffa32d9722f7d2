"""Bad input that no repository can hold: devices, pipes, links, large files, archives; made when it is wanted.

Each function takes an empty folder and returns the path to give to the reader of its room.
"""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

__all__ = ["MADE", "sound_result"]

NAMES = "T [K], kappa [W/(m K)]\n"
STUDY = 'glass = "a-SiO2"\ntheory = "debye"\n[free]\n'

Maker = Callable[[Path], Path]


def _written(name: str, content: "str | bytes") -> Maker:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def _link(name: str, target: str) -> Maker:
    def make(folder: Path) -> Path:
        (folder / name).symlink_to(target)
        return folder / name

    return make


def _pipe(name: str) -> Maker:
    def make(folder: Path) -> Path:
        os.mkfifo(folder / name)
        return folder / name

    return make


def _folder(name: str) -> Maker:
    def make(folder: Path) -> Path:
        (folder / name).mkdir()
        return folder / name

    return make


def _named(name: str) -> Maker:
    return lambda folder: folder / name


def _glass(maker: Maker) -> Maker:
    return lambda folder: maker(folder).parent


def _parquet(name: str, columns: "dict[str, list]", cut: int | None = None) -> Maker:
    def make(folder: Path) -> Path:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table(columns), folder / name)
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:cut])
        return folder / name

    return make


def _feather(folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.feather as feather

    feather.write_feather(pa.table({"glass": ["a-SiO2"], "R": [100.0]}), folder / "feather.parquet")
    return folder / "feather.parquet"


@cache
def sound_result() -> bytes:
    """Bytes of a sound result, without the seal that would tell any change."""
    import tempfile

    from tests.inference.test_maximise import linear_study

    with tempfile.TemporaryDirectory() as folder:
        linear_study(name="toy").maximise(starts=1).tree.to_netcdf(Path(folder, "toy.nc"), engine="h5netcdf")
        return Path(folder, "toy.nc").read_bytes()


def _result(change: Callable) -> Maker:
    """Return what makes a sound result that ``change`` then does something to, as an open HDF5 file."""

    def make(folder: Path) -> Path:
        import h5py

        path = folder / "result.nc"
        path.write_bytes(sound_result())
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    return make


def _attribute(name: str, value: object) -> Maker:
    return _result(lambda file: file.attrs.__setitem__(name, value))


def _study(change: Callable) -> Maker:
    """Return what makes a result whose study, as plain values, is changed."""

    def put(file: object) -> None:
        plain = json.loads(file.attrs["study"])  # type: ignore[attr-defined]
        change(plain)
        file.attrs["study"] = json.dumps(plain)  # type: ignore[attr-defined]

    return _result(put)


def _theory(name: str) -> Maker:
    return _study(lambda plain: plain["theory"].update({"class": name}))


def _number(path: str, value: float) -> Maker:
    def put(file: object) -> None:
        file[path][...] = value  # type: ignore[index]

    return _result(put)


def _other_netcdf(folder: Path) -> Path:
    import xarray as xr

    xr.Dataset({"T": ("x", [1.0])}).to_netcdf(folder / "other.nc", engine="h5netcdf")
    return folder / "other.nc"


def _cut(folder: Path) -> Path:
    return _written("cut.nc", sound_result()[:50_000])(folder)


_LINE = 10_000_000
MADE: dict[str, Maker] = {
    "data/folder": _folder("folder.csv"),
    "data/pipe": _pipe("pipe.csv"),
    "data/endless device": _link("zero.csv", "/dev/zero"),
    "data/link to itself": _link("loop.csv", "loop.csv"),
    "data/missing": _named("gone.csv"),
    "data/name beyond the system's": _named("k" * 5000 + ".csv"),
    "data/line of 10 MB": _written("line.csv", NAMES + "1, " + "2" * _LINE + "\n"),
    "data/a million columns": _written("wide.csv", "T [K], kappa [W/(m K)]" + ",x" * 10**6 + "\n"),
    "data/sparse 60 MB": lambda folder: _truncated(folder / "sparse.csv", 60_000_000),
    "study/folder": _folder("folder.toml"),
    "study/pipe": _pipe("pipe.toml"),
    "study/endless device": _link("zero.toml", "/dev/zero"),
    "study/link to itself": _link("loop.toml", "loop.toml"),
    "study/missing": _named("gone.toml"),
    "study/name beyond the system's": _named("s" * 5000 + ".toml"),
    "study/2 MB": _written("large.toml", STUDY + "# " + "x" * 2_000_000),
    "study/tie of 10⁵ characters": _written(
        "tie.toml", STUDY + f'R = {{ tie = "density{" + 1" * 25_000}" }}'
    ),
    "study/circle of two thousand ties": _written(
        "ties.toml",
        STUDY + "".join(f'nuisance.a{i} = {{ tie = "nuisance.a{(i + 1) % 2_000}" }}\n' for i in range(2_000)),
    ),
    "glass/folder without a glass": _folder("empty"),
    "glass/folder in its place": _glass(_folder("glass.toml")),
    "glass/endless device": _glass(_link("glass.toml", "/dev/zero")),
    "glass/link to itself": _glass(_link("glass.toml", "glass.toml")),
    "spreadsheet/pipe": _pipe("pipe.csv"),
    "spreadsheet/endless device": _link("zero.csv", "/dev/zero"),
    "spreadsheet/line of 10 MB": _written("line.csv", NAMES + "1, " + "2" * _LINE + "\n"),
    "spreadsheet/a million columns": _written("wide.csv", "1,2" + ",3" * 10**6 + "\n"),
    "table/folder": _folder("folder.csv"),
    "table/pipe": _pipe("pipe.csv"),
    "table/endless device": _link("zero.csv", "/dev/zero"),
    "table/link to itself": _link("loop.parquet", "loop.parquet"),
    "table/missing": _named("gone.csv"),
    "table/endless cell": _written("cell.csv", "glass,R\na-SiO2," + "1" * 200_000 + "\n"),
    "table/a million columns": _written("wide.csv", "glass" + ",x" * 10**6 + "\n"),
    "table/parquet cut short": _parquet("cut.parquet", {"glass": ["a-SiO2"] * 9, "R": [100.0] * 9}, -40),
    "table/parquet with a torn end": _parquet("torn.parquet", {"glass": ["a-SiO2"] * 9, "R": [1.0] * 9}, 60),
    "table/parquet without rows": _parquet("none.parquet", {"glass": [], "R": []}),
    "table/parquet of unknown columns": _parquet("other.parquet", {"user": ["x"], "password": ["y"]}),
    "table/feather": _feather,
    "result/text": _written("text.nc", "posterior of a-SiO2\n"),
    "result/empty": _written("empty.nc", b""),
    "result/cut short": _cut,
    "result/endless device": _link("zero.nc", "/dev/zero"),
    "result/netCDF 3": _written("classic.nc", b"CDF\x01" + b"\0" * 60),
    "result/of another program": _other_netcdf,
    "result/of a later version": _attribute("format_version", 99),
    "result/of an unknown kind": _attribute("kind", "../../etc/passwd"),
    "result/kind that is a number": _attribute("kind", 3.5),
    "result/without a maximum": _result(lambda file: file.__delitem__("maximum")),
    "result/without draws of a parameter": _result(lambda file: file["posterior"].__delitem__("slope")),
    "result/study that is no JSON": _attribute("study", "{'glass': "),
    "result/study that is a list": _attribute("study", "[]"),
    "result/study of nothing": _attribute("study", "{}"),
    "result/study nested without end": _attribute("study", '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"),
    "result/theory that is a command": _theory("os:system"),
    "result/theory that runs the command line": _theory("glassjax.__main__:main"),
    "result/theory that is none": _theory("glassjax.theory:Theory.mro"),
    "result/theory that is abstract": _theory("glassjax.theory:Theory"),
    "result/name that a terminal obeys": _study(lambda plain: plain.update(name="\x1b]0;owned\x07")),
    "result/data of another length": _study(lambda plain: plain["data"].append(plain["data"][0])),
    "result/tie that is code": _study(lambda plain: plain["free"].update(bend={"tie": "exit()"})),
    "result/provenance that is a number": _attribute("provenance", 3.0),
    "result/draws that are no numbers": _number("posterior/slope", float("nan")),
    "result/infinite covariance": _number("maximum/covariance", float("inf")),
    "result/covariance of nothing": _number("maximum/covariance", 0.0),
}
"""Maker by ``room/what is wrong``."""


def _truncated(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path
