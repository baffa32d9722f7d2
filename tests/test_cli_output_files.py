import pytest

from glassjax.cli.files import result_folder, write_whole
from glassjax.errors import GlassjaxError

OURS = ("summary.txt", "maximum.nc")


def make_result(parent, text):
    with result_folder(parent, "glass", OURS) as folder:
        (folder / "summary.txt").write_text(text)


def fail_half_way(parent, failure):
    with result_folder(parent, "glass", OURS) as folder:
        (folder / "summary.txt").write_text("half")
        raise failure


def everything_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_result_appears_with_missing_parents_made(tmp_path):
    make_result(tmp_path / "a" / "b", "new")
    assert (tmp_path / "a" / "b" / "glass" / "summary.txt").read_text() == "new"
    assert everything_in(tmp_path / "a" / "b") == ["glass"]


def test_earlier_result_is_replaced_whole(tmp_path):
    make_result(tmp_path, "old")
    (tmp_path / "glass" / "maximum.nc").write_text("stale")
    make_result(tmp_path, "new")
    assert everything_in(tmp_path) == ["glass"]
    assert everything_in(tmp_path / "glass") == ["summary.txt"]
    assert (tmp_path / "glass" / "summary.txt").read_text() == "new"


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_failure_leaves_the_earlier_result_and_nothing_else(tmp_path, failure):
    make_result(tmp_path, "old")
    with pytest.raises(failure):
        fail_half_way(tmp_path, failure)
    assert everything_in(tmp_path) == ["glass"]
    assert (tmp_path / "glass" / "summary.txt").read_text() == "old"


def test_failure_without_an_earlier_result_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError):
        fail_half_way(tmp_path, RuntimeError)
    assert everything_in(tmp_path) == []


def test_folder_with_files_of_others_is_refused_before_work_begins(tmp_path):
    (tmp_path / "glass").mkdir()
    (tmp_path / "glass" / "glass.toml").write_text("mine")
    with (
        pytest.raises(GlassjaxError, match=r"holds 'glass\.toml'.*--out"),
        result_folder(tmp_path, "glass", OURS),
    ):
        pytest.fail("the block must not run")
    assert everything_in(tmp_path) == ["glass"]


def test_place_that_cannot_be_written_is_refused_before_work_begins(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(GlassjaxError, match=r"cannot write to .*--out"),
        result_folder(tmp_path / "file", "glass", OURS),
    ):
        pytest.fail("the block must not run")


def test_what_a_killed_process_left_is_put_in_order(tmp_path):
    (tmp_path / ".glass-0123abcd.partial").mkdir()
    (tmp_path / ".glass-0123abcd.earlier").mkdir()
    (tmp_path / ".glass-0123abcd.earlier" / "summary.txt").write_text("moved away")
    (tmp_path / ".glass.lock").write_text("")
    others = [".glass-b-0123abcd.partial", ".glassware-0123abcd.partial"]
    for other in others:
        (tmp_path / other).mkdir()
    with pytest.raises(RuntimeError):
        fail_half_way(tmp_path, RuntimeError)
    assert everything_in(tmp_path) == [*others, "glass"]
    assert (tmp_path / "glass" / "summary.txt").read_text() == "moved away"
    (tmp_path / ".glass-0123abcd.earlier").mkdir()
    make_result(tmp_path, "new")
    assert everything_in(tmp_path) == [*others, "glass"]


def test_full_disk_while_writing_is_one_sentence(tmp_path):
    with (
        pytest.raises(GlassjaxError, match="No space left"),
        result_folder(tmp_path, "glass", OURS),
    ):
        raise OSError(28, "No space left on device")
    assert everything_in(tmp_path) == []


def test_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("old")

    def fail(work):
        assert work.suffix == ".csv"
        work.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_whole(path, fail)
    assert path.read_text() == "old"
    write_whole(path, lambda work: work.write_text("new"))
    assert path.read_text() == "new"
    assert everything_in(tmp_path) == ["x.csv"]
