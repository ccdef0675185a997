"""How texts are best compared: `python -m tests.bench.bench_affinity`, on the bureau's workbook and the specialties.

For each of the twenty challenges, by title and background, the specialties are ordered by likeness; what is printed is
the mean reciprocal place of the first one of the challenge's own industry, and how many challenges resemble none.
Words cut by a dictionary are compared where jieba is installed; the product does without it.
"""

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
from sklearn.feature_extraction.text import TfidfVectorizer

from reviews.affinity import candidates

ROOT = Path(__file__).resolve().parent.parent.parent
INDUSTRIES = {
    "现代煤化工": "coal_chemical", "装备制造": "equipment", "半导体光电": "optoelectronics",
    "碳基新材料": "carbon_materials", "医药健康": "medicine", "氢能": "hydrogen", "信创": "trusted_it",
}  # fmt: skip


def ways() -> dict[str, dict[str, object]]:
    """What the weights may be taken of."""
    found: dict[str, dict[str, object]] = {
        "characters and pairs": {"analyzer": "char", "ngram_range": (1, 2)},
        "pairs of characters": {"analyzer": "char", "ngram_range": (2, 2)},
        "pairs and triples": {"analyzer": "char", "ngram_range": (2, 3)},
    }
    if importlib.util.find_spec("jieba"):
        cut: Callable[[str], list[str]] = importlib.import_module("jieba").lcut
        found["words (jieba)"] = {"analyzer": cut}
    return found


def main() -> None:
    """Print the comparison, and the time of a large round."""
    sheet = openpyxl.load_workbook(ROOT / "tests" / "data" / "challenge_list.xlsx").worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    texts = [f"{row[1]} {row[4]}" for row in rows]
    specialties = importlib.import_module("reviews.migrations.0005_specialties").SPECIALTIES
    names = [(industry, name) for industry, entries in specialties.items() for name, _english in entries]
    for name, way in ways().items():
        weights = TfidfVectorizer(sublinear_tf=True, **way).fit_transform(
            [*texts, *(name for _industry, name in names)]
        )
        likeness = (weights[: len(texts)] @ weights[len(texts) :].T).toarray()
        places = []
        for row, alike in zip(rows, likeness, strict=True):
            order = [names[place][0] for place in np.argsort(-alike, kind="stable")]
            places.append(order.index(INDUSTRIES[row[2]]) + 1 if alike.any() else np.inf)
        none = sum(not alike.any() for alike in likeness)
        sys.stdout.write(f"{name}: {np.mean([1 / place for place in places]):.2f}, {none} resemble none\n")
    chance = np.random.default_rng(20_261_123)
    alphabet = list("".join(texts))
    bids = ["".join(chance.choice(alphabet, 400)) for _bid in range(10_000)]
    reviewers = ["".join(chance.choice(alphabet, 200)) for _reviewer in range(2_000)]
    begin = time.perf_counter()
    found = candidates(bids, reviewers, [1.0] * 2_000)
    seconds = time.perf_counter() - begin
    sys.stdout.write(f"10,000 bids × 2,000 reviewers: {found.bid.size} pairs in {seconds:.1f} s\n")


if __name__ == "__main__":
    main()
