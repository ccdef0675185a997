"""What tells equal bids apart when no score does: the panel's vote, then lots drawn before a witness.

Like the draw of the panel it needs nothing but the standard library, and anyone can replay it.

1. Bids that still share a rank after every computed step are a group. Each member of the panel names one bid of each
   group, in secret until all have voted; the bid that more members name goes first. One choice of each member is the
   simplest vote that is well defined: an odd panel always decides between two bids.
   Of a matched panel hardly anybody has read two bids that are equal, and nobody votes on what they have not read:
   there is no vote, and the lots decide at once.
2. What is still equal is decided by lot. The platform commits to its seed before the first ballot, the supervisor
   gives the second seed after the last, and both seeds with the groups make the seed of the lots.
3. Each group, in the order of its ids, is shuffled with numbers made as in `reviews.draw`; who comes first has lot 1.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from reviews.canonical import canonical, digest
from reviews.draw import commit, numbers_from, shuffled

ALGORITHM = "bangdan-lots/1"

Json = dict[str, Any]
Groups = Sequence[Sequence[str]]


def groups_of(result: Json, step: str) -> list[list[str]]:
    """The bids of a result that wait for this step (panel_vote, witnessed_draw), those of one rank together."""
    waiting = [line for line in result["bids"] if line["tie"] and line["tie"]["needs"] == step]
    return [sorted(line["id"] for line in same) for _rank, same in groupby(waiting, key=lambda line: line["rank"])]


def count(groups: Groups, ballots: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many members named each bid of the groups; ValueError for a ballot that does not name one bid of each.

    `ballots`: {reviewer, bids}.
    """
    voters: set[str] = set()
    named: Counter[str] = Counter()
    for ballot in ballots:
        if ballot["reviewer"] in voters or not names_one_of_each(groups, ballot["bids"]):
            raise ValueError(f"the ballot of {ballot['reviewer']} does not count")
        voters.add(ballot["reviewer"])
        named.update(ballot["bids"])
    return {bid: named[bid] for group in groups for bid in group}


def names_one_of_each(groups: Groups, bids: Sequence[str]) -> bool:
    """Whether a ballot names exactly one bid of each group, and nothing else."""
    return len(bids) == len(groups) and all(len({*group} & {*bids}) == 1 for group in groups)


def draw_lots(groups: Groups, *, platform_seed: str, supervisor_seed: str, context: Mapping[str, str]) -> Json:
    """The transcript of the draw: what went in, each bid's lot in its group, lower first, and its SHA-256."""
    if not platform_seed or not supervisor_seed:
        raise ValueError("both seeds are needed")
    told = sorted(sorted(group) for group in groups)
    given = {
        "algorithm": ALGORITHM,
        "context": dict(context),
        "groups": told,
        "platform_seed": platform_seed,
        "supervisor_seed": supervisor_seed,
    }
    seed = digest(given)
    numbers = numbers_from(seed)
    lots = {bid: lot for group in told for lot, bid in enumerate(shuffled(group, numbers), start=1)}
    transcript = {**given, "platform_commitment": commit(platform_seed), "seed": seed, "lots": lots}
    return transcript | {"sha256": digest(transcript)}


def problems(inputs: Json) -> list[str]:
    """What differs when a ranking's votes are counted again and its lots drawn again; nothing if both are true.

    The evidence stands in `tie_break`: {"groups", "ballots", "draw"?: the transcript}.
    """
    evidence = inputs.get("tie_break")
    votes: dict[str, int] = {}
    lots: dict[str, int] = {}
    if evidence is not None:
        scored = {sheet.get("reviewer") for sheet in inputs["sheets"] if not sheet.get("void")}
        if any(ballot["reviewer"] not in scored for ballot in evidence["ballots"]):
            return ["somebody voted who scored no bid"]
        votes = count(evidence["groups"], evidence["ballots"])
        drawn = evidence.get("draw")
        if drawn is not None:
            again = draw_lots(
                drawn["groups"],
                platform_seed=drawn["platform_seed"],
                supervisor_seed=drawn["supervisor_seed"],
                context=drawn["context"],
            )
            if canonical(drawn) != canonical(again):
                return ["the draw of lots does not replay"]
            lots = again["lots"]
    found = []
    if _told(inputs, "tie_vote") != votes:
        found.append("the votes on a tie are not those of the ballots")
    if _told(inputs, "drawn_lot") != lots:
        found.append("the lots on a tie are not those of the draw")
    return found


def _told(inputs: Json, key: str) -> dict[str, int]:
    return {bid["id"]: bid[key] for bid in inputs["bids"] if bid.get(key) is not None}
