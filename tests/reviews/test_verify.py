import json
import subprocess
import sys
from pathlib import Path

import pytest

from reviews.draw import commit, draw
from reviews.ranking import snapshot
from reviews.verify import main

PROJECT = Path(__file__).parent.parent.parent


@pytest.fixture
def ranking_file(tmp_path):
    criterion = {"key": "quality", "weight": 100, "scale": 100, "core": True}
    sheets = [
        {"id": f"s{n}", "reviewer": f"r{n}", "bid": "甲", "void": False, "scores": {"quality": f"{70 + n}.5"}}
        for n in range(5)
    ]
    rules = {"quorum": 5, "z_min_bids": 5, "trim_from": 5, "spread_limit": 20}
    made = snapshot({"bids": [{"id": "甲"}], "criteria": [criterion], "sheets": sheets, "rules": rules})
    return written(tmp_path / "ranking.json", made)


@pytest.fixture
def draw_file(tmp_path):
    pool = [{"id": f"e{n}", "organization": f"o{n}"} for n in range(9)]
    options = {"size": 5, "alternates": 2, "quota_per_organization": 2}
    made = draw(pool=pool, platform_seed="p", supervisor_seed="监督", **options)
    return written(tmp_path / "draw.json", made)


def written(path, content):
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
    return path


def changed(path, change):
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    return written(path, content)


def test_true_ranking_is_verified(ranking_file, capsys):
    sha256 = json.loads(ranking_file.read_text(encoding="utf-8"))["sha256"]

    assert main(["ranking", str(ranking_file), "--sha256", sha256]) == 0
    assert sha256 in capsys.readouterr().out


def test_true_draw_is_verified(draw_file, capsys):
    assert main(["draw", str(draw_file), "--commitment", commit("p")]) == 0
    assert "True to the byte" in capsys.readouterr().out


def test_altered_ranking_is_told(ranking_file, capsys):
    changed(ranking_file, lambda content: content["result"]["bids"][0].update(published="99.99"))

    assert main(["ranking", str(ranking_file)]) == 1
    assert "the result of bid 甲 differs" in capsys.readouterr().out


def test_ranking_under_another_hash_than_the_published_is_told(ranking_file, capsys):
    assert main(["ranking", str(ranking_file), "--sha256", "0" * 64]) == 1
    assert "not the one that was published" in capsys.readouterr().out


def test_altered_draw_is_told(draw_file, capsys):
    changed(draw_file, lambda content: content.update(chair=content["alternates"][0]))

    assert main(["draw", str(draw_file)]) == 1
    assert "chair differs" in capsys.readouterr().out


def test_draw_under_another_commitment_is_told(draw_file):
    assert main(["draw", str(draw_file), "--commitment", commit("q")]) == 1


@pytest.mark.parametrize("content", [b"", b"not json", b"[]", b"\xff\xfe", b"[" * 100_000])
@pytest.mark.parametrize("kind", ["ranking", "draw"])
def test_file_that_is_no_object_is_unreadable(kind, content, tmp_path, capsys):
    path = tmp_path / "file.json"
    path.write_bytes(content)

    assert main([kind, str(path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["ranking", "draw"])
def test_missing_file_is_unreadable(kind, tmp_path):
    assert main([kind, str(tmp_path / "none.json")]) == 2


@pytest.mark.parametrize("kind", ["ranking", "draw"])
def test_object_of_another_kind_is_told(kind, tmp_path, capsys):
    assert main([kind, str(written(tmp_path / "file.json", {"a": 1}))]) == 1
    assert "not a " in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["ranking", "draw"])
def test_standard_library_alone_is_enough(kind, ranking_file, draw_file):
    """`-S` keeps every installed package out of reach."""
    file = {"ranking": ranking_file, "draw": draw_file}[kind]
    command = [sys.executable, "-S", "-m", "reviews.verify", kind, str(file)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
