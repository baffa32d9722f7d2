"""A damaged file is told from a fault of glassjax: the first is one sentence, the second an error of its own."""

import pytest

import glassjax as gj
from glassjax.errors import GlassjaxError
from glassjax.study import Study
from tests.inference.test_checkpoint import study_of_two


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return study_of_two().maximise().save(tmp_path_factory.mktemp("result") / "maximum.nc")


@pytest.mark.parametrize("fault", [TypeError, AttributeError, NameError, AssertionError, ImportError])
def test_a_fault_of_ours_is_no_damaged_file(path, monkeypatch, fault):
    def broken(plain, *more, **options):
        raise fault("ours")

    monkeypatch.setattr(Study, "from_dict", broken)
    with pytest.raises(fault, match="ours"):
        gj.load_result(path)


def test_what_was_wrong_is_the_cause(path, tmp_path, monkeypatch):
    def broken(plain, *more, **options):
        raise KeyError("glass")

    monkeypatch.setattr(Study, "from_dict", broken)
    with pytest.raises(GlassjaxError, match="damaged") as caught:
        gj.load_result(path)
    assert isinstance(caught.value.__cause__, KeyError)
    (tmp_path / "cut.nc").write_bytes(path.read_bytes()[:500])
    with pytest.raises(GlassjaxError, match=r"cut\.nc") as caught:
        gj.load_result(tmp_path / "cut.nc")
    assert isinstance(caught.value.__cause__, OSError)
