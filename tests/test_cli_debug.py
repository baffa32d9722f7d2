"""GLASSJAX_DEBUG=1 shows the traceback behind a sentence."""

import pytest

from glassjax import cli


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["validate", "no-such-study"], "StudyError"),
        (["fit", "a-SiO2", "--no-such-option"], "NoSuchOption"),
        (["report", "no-such-result"], "GlassjaxError"),
    ],
)
@pytest.mark.parametrize(("value", "shown"), [("1", True), ("0", False), ("", False), (None, False)])
def test_tracebacks_are_shown_where_asked_for(arguments, cause, value, shown, monkeypatch, capsys):
    monkeypatch.delenv("GLASSJAX_DEBUG", raising=False)
    if value is not None:
        monkeypatch.setenv("GLASSJAX_DEBUG", value)
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert ("Traceback" in said.err) is shown
    assert (cause in said.err) is shown


def test_what_came_before_is_shown_too(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("GLASSJAX_DEBUG", "1")
    (tmp_path / "bad.toml").write_text("glass = [")
    with pytest.raises(SystemExit):
        cli.main(["validate", str(tmp_path / "bad.toml")])
    assert "TOMLDecodeError" in capsys.readouterr().err
