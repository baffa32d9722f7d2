"""A glass.toml that cannot be used, each with the sentence a user reads; names that lead elsewhere."""

import pytest

from glassjax.datasets import load_glass, load_measurements, load_record, shipped
from glassjax.errors import DataError

SOURCED = '[constants.{}]\nvalue = {}\nuncertainty = 1.0\nunit = "{}"\nsource = "a book"\n'
DENSITY = SOURCED.format("density", 2000.0, "kg/m3")
GOOD = 'name = "mine"\ntitle = "my glass"\nmolar_mass = 60.0\n' + "".join(
    (
        SOURCED.format("glass_temperature", 500.0, "K"),
        SOURCED.format("debye_temperature", 120.0, "K"),
        DENSITY,
        SOURCED.format("sound_speed", 2000.0, "m/s"),
        '[[data]]\nquantity = "kappa"\nfile = "kappa.csv"\nlow = 0.5\n',
    )
)
PRIOR = '[constants.density]\nunit = "kg/m3"\nreason = "a guess"\nprior = {}\n'
CASES = {
    "unknown key": ('name = "mine"', 'nam = "mine"', "unknown key 'nam', did you mean 'name'?"),
    "no name": ('name = "mine"', "", "name = ''; write only letters, digits"),
    "a name that climbs": (
        'name = "mine"',
        'name = "../mine"',
        "name = '../mine'; write only letters, digits",
    ),
    "a number for a text": ('name = "mine"', "name = 3", "name must be a text in quotation marks, not 3"),
    "unknown kind": (
        'title = "my glass"',
        'kind = "semicristalline"',
        "unknown kind 'semicristalline', did you mean 'semicrystalline'?",
    ),
    "bad molar mass": ("molar_mass = 60.0", "molar_mass = -1.0", "molar_mass must be a positive number"),
    "text for a molar mass": (
        "molar_mass = 60.0",
        'molar_mass = "60"',
        "molar_mass must be a number, not '60'",
    ),
    "not TOML": ('name = "mine"', 'name = "mine', "is no valid TOML"),
    "unknown constant": (
        "[constants.density]",
        "[constants.densty]",
        "unknown constant 'densty', did you mean 'density'?",
    ),
    "missing constant": (
        DENSITY,
        "",
        "no density; add [constants.density] with a source, or with a prior",
    ),
    "another unit": ('"kg/m3"', '"g/cm3"', 'density must be given in its unit; write unit = "kg/m3"'),
    "negative constant": (
        'value = 2000.0\nuncertainty = 1.0\nunit = "kg',
        'value = -1\nuncertainty = 1.0\nunit = "kg',
        "density: value must be a positive number, not -1",
    ),
    "no source": (
        DENSITY,
        DENSITY.replace('source = "a book"\n', ""),
        "density: no source; a constant needs value, uncertainty and source, or a prior",
    ),
    "empty source": (DENSITY, DENSITY.replace("a book", " "), "density: no source"),
    "constant as a number": (
        DENSITY,
        "[constants]\ndensity = 2000.0\n",
        "density must be a table with value",
    ),
    "unknown key of a constant": (
        DENSITY,
        DENSITY + "uncertanty = 2.0\n",
        "density: unknown key 'uncertanty', did you mean 'uncertainty'?",
    ),
    "prior without a reason": (
        DENSITY,
        PRIOR.format('{ distribution = "log-normal", median = 2e3, spread = 0.1 }').replace("a guess", ""),
        "density: a prior needs a reason",
    ),
    "unknown distribution": (
        DENSITY,
        PRIOR.format('{ distribution = "lognormal", median = 2e3, spread = 0.1 }'),
        "density: unknown distribution 'lognormal', did you mean 'log-normal'?",
    ),
    "no distribution": (DENSITY, PRIOR.format("{ median = 2e3 }"), "density: a prior is spelled {"),
    "wrong number": (
        DENSITY,
        PRIOR.format('{ distribution = "log-normal", median = 2e3, sd = 0.1 }'),
        "density: the log-normal prior has no 'sd'",
    ),
    "missing number": (
        DENSITY,
        PRIOR.format('{ distribution = "log-normal", median = 2e3 }'),
        "density: the log-normal prior needs 'spread'",
    ),
    "negative spread": (
        DENSITY,
        PRIOR.format('{ distribution = "log-normal", median = 2e3, spread = -1 }'),
        "density: spread must be a positive number, not -1",
    ),
    "infinite mean": (
        DENSITY,
        PRIOR.format('{ distribution = "normal", mean = inf, sd = 1.0 }'),
        "density: mean must be a finite number, not inf",
    ),
    "reversed bounds": (
        DENSITY,
        PRIOR.format('{ distribution = "uniform", low = 3.0, high = 2.0 }'),
        "density: the prior's low (3) must lie below its high (2)",
    ),
    "negative median": (
        DENSITY,
        PRIOR.format('{ distribution = "uniform", low = -3.0, high = 2.0 }'),
        "density: the prior's median -0.5 must be positive",
    ),
    "prior below zero": (
        DENSITY,
        PRIOR.format('{ distribution = "uniform", low = -1.0, high = 9.0 }'),
        "density: the prior reaches below 0, where no constant of a glass is; write low = 0",
    ),
    "source beside a prior": (
        DENSITY,
        PRIOR.format('{ distribution = "uniform", low = 3.0, high = 4.0 }') + 'source = "a book"\n',
        "density: source and uncertainty belong to a value",
    ),
    "unknown quantity": (
        'quantity = "kappa"',
        'quantity = "kapa"',
        "unknown quantity 'kapa', did you mean 'kappa'?",
    ),
    "unknown role": ("low = 0.5", 'role = "chek"', "unknown role 'chek', did you mean 'check'?"),
    "unknown key of data": ("low = 0.5", "lo = 0.5", "unknown key 'lo', did you mean 'low'?"),
    "a file that climbs": (
        "kappa.csv",
        "../kappa.csv",
        "file = '../kappa.csv'; name a file in the same folder, without a path",
    ),
    "an absolute file": (
        '"kappa.csv"',
        '"/etc/passwd"',
        "file = '/etc/passwd'; name a file in the same folder",
    ),
    "a link that leads out": ("kappa.csv", "link.csv", "file = 'link.csv'; name a file in the same folder"),
    "missing file": (
        "kappa.csv",
        "kapa.csv",
        "there is no file 'kapa.csv' in that folder, did you mean 'kappa.csv'?",
    ),
    "no interval": ("low = 0.5", "low = 5.0\nhigh = 2.0", "kappa.csv: low (5 K) must lie below high (2 K)"),
    "data as a table": ("[[data]]", "[data]", "data must be a list of tables; write [[data]] above each"),
}


def make(folder, old="", new=""):
    folder.mkdir()
    (folder.parent / "outside.csv").write_text("T [K], kappa [W/m/K]\n1, 2\n")
    (folder / "kappa.csv").write_text("T [K], kappa [W/m/K]\n0.2, 1\n1, 2\n")
    (folder / "link.csv").symlink_to(folder.parent / "outside.csv")
    (folder / "glass.toml").write_text(GOOD.replace(old, new) if old else GOOD)
    return folder


@pytest.mark.parametrize("case", CASES)
def test_bad_glass_is_refused_with_file_and_reason(case, tmp_path):
    old, new, sentence = CASES[case]
    assert old in GOOD
    folder = make(tmp_path / "mine", old, new)
    with pytest.raises(DataError) as caught:
        load_record(folder)
    assert str(caught.value).startswith(str(folder / "glass.toml"))
    assert sentence in str(caught.value)


def test_good_glass_loads_from_folder_and_file(tmp_path):
    folder = make(tmp_path / "mine")
    for place in (folder, str(folder), folder / "glass.toml"):
        assert load_glass(place).density == 2000.0
    assert [len(m) for m in load_measurements(folder)] == [1]
    assert load_record(folder).molar_mass == 60.0


def test_glass_that_is_not_text(tmp_path):
    folder = make(tmp_path / "mine")
    (folder / "glass.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(DataError, match="is no text in UTF-8"):
        load_record(folder)


@pytest.mark.parametrize(
    ("name", "nearest"), [("ptfe", "PTFE"), ("a-SiO", "a-SiO2"), ("Vespel", "Vespel-SP1")]
)
def test_unknown_name_suggests_the_nearest(name, nearest):
    with pytest.raises(
        DataError, match=rf"no glass '{name}' is shipped, did you mean '{nearest}'\? There are"
    ):
        load_glass(name)


@pytest.mark.parametrize("name", ["../fits", "..", "/etc", "", "a\0b", "~", "datasets/../../etc/passwd"])
def test_names_that_lead_elsewhere(name):
    with pytest.raises(DataError, match=r"no glass\.toml there; name a shipped glass"):
        load_record(name)


def test_unknown_room_and_role():
    with pytest.raises(DataError, match="nothing is shipped as 'dataset', did you mean 'datasets'"):
        shipped("dataset")
    with pytest.raises(DataError, match="unknown role 'fits', did you mean 'fit'"):
        load_measurements("PTFE", role="fits")
