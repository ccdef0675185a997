"""Times the ranking of 10,000 bids by 7 sheets each, raw and normalised: `python -m tests.bench.bench_ranking`."""

import random
import sys
import time

from reviews.ranking import rank, snapshot

CRITERIA = {"quality": 30, "feasibility": 25, "team": 20, "sharing": 10, "market": 10, "budget": 5}


def inputs(*, bids, sheets, reviewers):
    """Deterministic sheets; with more reviewers than sheets per bid the reviewers judge different bids."""
    chance = random.Random(20_261_123)
    return {
        "bids": [{"id": f"bid-{bid:05}"} for bid in range(bids)],
        "criteria": [
            {"key": key, "weight": weight, "scale": 100, "core": key == "quality", "axis": "quality"}
            for key, weight in CRITERIA.items()
        ],
        "sheets": [
            {
                "id": f"sheet-{bid:05}-{seat}",
                "reviewer": f"reviewer-{(bid + seat) % reviewers}",
                "bid": f"bid-{bid:05}",
                "void": False,
                "scores": {key: f"{chance.randint(400, 1000) / 10}" for key in CRITERIA},
            }
            for bid in range(bids)
            for seat in range(sheets)
        ],
        "rules": {"quorum": 5, "z_min_bids": 5, "trim_from": 5, "spread_limit": 20, "total_threshold": 60},
    }


def main():
    """Print the processor time of each ranking, and of the snapshot: ranking, canonical bytes and hash."""
    for reviewers in (7, 300):
        data = inputs(bids=10_000, sheets=7, reviewers=reviewers)
        seconds = {}
        for work in (rank, snapshot):
            begin = time.process_time()
            result = work(data)
            seconds[work.__name__] = time.process_time() - begin
        normalised = "normalised" if result["result"]["normalization"]["applied"] else "raw"
        told = ", ".join(f"{name} {took:.2f} s" for name, took in seconds.items())
        sys.stdout.write(f"10,000 bids × 7 sheets, {reviewers} reviewers, {normalised}: {told}\n")


if __name__ == "__main__":
    main()
