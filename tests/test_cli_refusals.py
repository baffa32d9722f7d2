"""What a user can get wrong is answered by one sentence with what, where and the remedy; never by a traceback."""

import pytest

from tests.commands import enter, run


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    enter(tmp_path, monkeypatch)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "empty.toml").touch()
    (tmp_path / "empty.nc").touch()
    (tmp_path / "kappa.csv").write_text("T [K], kappa [W/(m K)]\n1, 0.02\n")
    (tmp_path / "binary.toml").write_bytes(b"\xff\x00")
    (tmp_path / "free.toml").write_text(
        'glass = "a-SiO2"\n[free]\nomga_c = { distribution = "uniform", low = 0, high = 1 }\n'
    )
    return tmp_path


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("fitt a-SiO2", "Did you mean 'fit'?"),
        ("fit a-SiO2 --quik", "Did you mean '--quick'?"),
        ("doctor --jsn", "Did you mean '--json'?"),
        ("fit", "Missing argument 'STUDY'"),
        ("fit kappa.csv", "'glassjax new NAME' with --kappa, --cp or --alpha kappa.csv makes a study of it"),
        ("fit folder", "'folder' is a folder, and no study; name a TOML file in it"),
        ("fit empty.toml", "empty.toml names no glass; add glass ="),
        ("fit binary.toml", "binary.toml is no text in UTF-8; save it as that"),
        ("fit free.toml", "study 'free.toml': no parameter 'omga_c' to free, did you mean 'omega_c'?"),
        ("fit a-SiO2 --out file", "'file' is a file"),
        ("validate a-SiO2 --plot nowhere/x.png", "there is no folder 'nowhere'); choose another file"),
        ("validate a-SiO2 --plot x.jpg", "cannot draw 'x.jpg'; end its name in .png, .svg, .pdf"),
        ("predict a-SiO2 --quantity kapa", "'kapa' is not one of 'kappa', 'heat-capacity', 'expansion'"),
        ("predict folder --quantity kappa", "'folder' holds no posterior.nc or maximum.nc; give the folder"),
        ("predict empty.nc --quantity kappa", "empty.nc is no complete NetCDF file"),
        ("predict a-SiO2 --quantity kappa --theory debey", "did you mean 'debye'?"),
        ("predict a-SiO2 --quantity kappa --from 9 --to 1", "--from (9 K) must lie below --to (1 K)"),
        ("predict a-SiO2 --quantity kappa --plot nowhere/x.pdf", "there is no folder 'nowhere')"),
        ("glasses a-Si02", "no glass 'a-Si02' is shipped, did you mean 'a-SiO2'?"),
        ("glasses folder", "no glass.toml there; name a shipped glass"),
        ("compare a-SiO2", "a comparison takes two fits at least; name more"),
        ("compare a-SiO2 --theories debye,standart-tunnelling", "did you mean 'standard-tunnelling'?"),
        (
            "sensitivity a-SiO2 --profile omga_c",
            "'omga_c' is not free in study 'a-SiO2'; free are softening,",
        ),
        ("design a-SiO2 --error kappa=3%", "'3%' in 'kappa=3%' is not a number"),
        ("report folder", "'folder' holds no posterior.nc or maximum.nc; give the folder"),
        ("report empty.nc --out nowhere/x.html", "there is no folder 'nowhere'); choose another file"),
        ("batch kappa.csv --out r.csv", "rename it, delete it, or pass it through with --keep 'T [K]'"),
        ("batch kappa.csv --out r.xlsx", "end its name in .parquet or .csv"),
        ("campaign folder --out out", "the folder 'folder' holds no study; give one with TOML files in it"),
        ("calibrate a-SiO2 --simulations 5", "5 is not in the range x>=20"),
        ("paper --only fig-91", "no figure 'fig-91', did you mean 'fig-19'?"),
        ("completion tcsh", "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
    ],
)
def test_a_sentence_says_what_where_and_the_remedy(workplace, capsys, words, sentence):
    before = sorted(workplace.rglob("*"))
    assert run(*words.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in " ".join(err.split())
    assert "Traceback" not in err
    assert sorted(workplace.rglob("*")) == before
