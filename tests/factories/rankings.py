"""Inputs of a ranking in short, and by the hundred."""

from decimal import Decimal

from hypothesis import strategies as st

RULES = {"quorum": 1, "z_min_bids": 5, "trim_from": 5, "spread_limit": 20}
QUALITY = {"key": "quality", "weight": 60, "scale": 100, "core": True, "axis": "quality"}
BUDGET = {"key": "budget", "weight": 40, "scale": 100, "core": False, "axis": "performance"}


def inputs(scores, *, criteria=({**QUALITY, "weight": 100},), votes=None, lots=None, **rules):
    """`scores`: {bid: [score, ...]}, one per reviewer; a score is one number or a tuple, one number per criterion."""
    keys = [item["key"] for item in criteria]
    sheets = []
    for bid, given_scores in scores.items():
        for seat, score in enumerate(given_scores):
            if score is not None:
                values = score if isinstance(score, tuple) else (score,)
                sheets.append(
                    {
                        "id": f"{bid}-{seat}",
                        "reviewer": f"r{seat}",
                        "bid": bid,
                        "void": False,
                        "scores": dict(zip(keys, map(str, values), strict=True)),
                    }
                )
    bids = [{"id": bid, "tie_vote": (votes or {}).get(bid), "drawn_lot": (lots or {}).get(bid)} for bid in scores]
    return {"bids": bids, "criteria": [dict(item) for item in criteria], "sheets": sheets, "rules": {**RULES, **rules}}


def by_id(result):
    """The bids of a result by their id."""
    return {bid["id"]: bid for bid in result["bids"]}


def ranks(result):
    """The rank of each bid."""
    return {bid["id"]: bid["rank"] for bid in result["bids"]}


@st.composite
def rankings(draw):
    """Rankings of up to seven bids by up to seven reviewers, with gaps, ties, thresholds, void sheets and votes."""
    bids = [f"b{n}" for n in range(draw(st.integers(1, 7)))]
    reviewers = [f"r{n}" for n in range(draw(st.integers(1, 7)))]
    criteria = [
        {
            "key": key,
            "weight": draw(st.integers(1, 60)),
            "scale": draw(st.sampled_from([5, 7, 100])),
            "threshold": draw(st.none() | st.integers(1, 4)),
            "core": key == "a",
            "axis": "quality" if key == "a" else None,
        }
        for key in draw(st.sampled_from(["a", "ab", "abc"]))
    ]
    full = draw(st.booleans())
    score = st.integers(0, 10).map(lambda half: str(Decimal(half) / 2))
    sheets = [
        {
            "id": f"s-{bid}-{reviewer}",
            "reviewer": reviewer,
            "bid": bid,
            "void": draw(st.integers(0, 9)) == 0,
            "scores": {item["key"]: draw(score) for item in criteria},
        }
        for bid in bids
        for reviewer in reviewers
        if full or draw(st.booleans())
    ]
    number = st.none() | st.integers(0, 3)
    return {
        "bids": [{"id": bid, "tie_vote": draw(number), "drawn_lot": draw(number)} for bid in bids],
        "criteria": criteria,
        "sheets": sheets,
        "rules": {**RULES, "quorum": draw(st.integers(1, 3)), "z_min_bids": draw(st.integers(1, 5))},
    }
