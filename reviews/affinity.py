"""How well a reviewer fits a bid: half by field, half by the likeness of what both wrote.

Likeness is the cosine of TF-IDF weights over single characters and pairs of characters, which for short Chinese texts
finds more of what belongs together than words cut by a dictionary do, and knows no word it has not seen
(`python -m tests.bench.bench_affinity` compares them). Field is the reviewer's level in the specialties of the
challenge's industry. Both are scaled so that the best pairs of the round reach 1.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from reviews.matching import SCALE, Pairs

CANDIDATES = 50  # of each bid, and of each reviewer, so that nobody is left without choice
_ROWS_AT_ONCE = 1000
_BEST = 99  # the percentile of likeness that counts as full

Scores = NDArray[np.float64]


def candidates(
    bids: Sequence[str],
    reviewers: Sequence[str],
    fields: Sequence[float],
    *,
    forbidden: Collection[tuple[int, int]] = (),
    most: int = CANDIDATES,
) -> Pairs:
    """The best pairs of each bid and of each reviewer, with affinities from 0 to SCALE; no pair that is forbidden.

    `bids` and `reviewers` are texts, `fields` the reviewers' fit to the industry from 0 to 1; pairs name both by place.
    """
    if not bids or not reviewers:
        nothing = np.zeros(0, dtype=np.int64)
        return Pairs(nothing, nothing, nothing)
    scores = 0.5 * _likeness(bids, reviewers) + 0.5 * np.asarray(fields)[np.newaxis, :]
    affinity: NDArray[np.int64] = np.rint(scores * SCALE).astype(np.int64)
    for pair in forbidden:
        affinity[pair] = -1
    keep = _best(affinity, most) | _best(affinity.T, most).T
    bid, reviewer = np.argwhere(keep & (affinity >= 0)).T
    return Pairs(bid, reviewer, affinity[bid, reviewer])


def _likeness(bids: Sequence[str], reviewers: Sequence[str]) -> Scores:
    """Cosine of every pair, scaled to 0…1 by the best of the round."""
    weights = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32)
    try:
        rows = weights.fit_transform([*bids, *reviewers])
    except ValueError:  # nobody wrote a single character
        return np.zeros((len(bids), len(reviewers)))
    known = rows[len(bids) :].T.tocsr()
    found = np.vstack(
        [
            (rows[start : min(start + _ROWS_AT_ONCE, len(bids))] @ known).toarray()
            for start in range(0, len(bids), _ROWS_AT_ONCE)
        ]
    )
    full = float(np.percentile(found, _BEST)) or 1.0
    return np.minimum(found / full, 1.0)


def _best(affinity: NDArray[np.int64], most: int) -> NDArray[np.bool_]:
    """Marks the `most` largest of each row, the earlier place first among equals."""
    keep = np.zeros(affinity.shape, dtype=bool)
    order = np.argsort(-affinity, axis=1, kind="stable")[:, :most]
    np.put_along_axis(keep, order, values=True, axis=1)
    return keep
