"""Draw and ranking as anyone may check them: what is public from the beginning, and all of it with the results."""

import io
import zipfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.functional import Promise

from accounts.policy import can
from challenges.models import Challenge
from challenges.rubrics import by_axis
from reviews import draw as lots
from reviews import ranking
from reviews.conflicts.rules import BY_CODE
from reviews.models import Panel, Ranking

PROGRAM = ("__init__", "canonical", "draw", "ranking", "ranking_inputs", "ties", "verify")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class SupplementProof:
    """One supplementary draw: commitment, pool's hash and times at once; with the results, transcript and verdict."""

    number: int
    platform_commitment: str
    committed_at: datetime
    pool_sha256: str
    drawn_at: datetime | None
    transcript: dict[str, Any] | None
    draw_problems: list[str]


@dataclass(frozen=True)
class Proof:
    """One panel. `hidden` says why transcript and snapshot are not shown; the verdicts are empty where all is true."""

    panel: Panel
    hidden: str | Promise
    transcript: dict[str, Any] | None
    draw_problems: list[str]
    supplements: list[SupplementProof]
    ranking: Ranking | None
    ranking_problems: list[str]

    @property
    def excluded(self) -> list[tuple[str, str | Promise, int]]:
        """Code, title and number of those left out, by reason."""
        told = self.transcript["exclusions"] if self.transcript else []
        count = Counter(code for entry in told for code in entry["reasons"])
        return [(code, BY_CODE[code].title if code in BY_CODE else code, count[code]) for code in sorted(count)]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The ranking, best first: each bid by its code, as it was published."""
        if self.ranking is None:
            return []
        codes = {bid["id"]: bid["code"] for bid in self.ranking.snapshot["inputs"]["bids"]}
        return [
            {**line, "code": codes[line["id"]], "axes": by_axis(line["axes"])}
            for line in self.ranking.snapshot["result"]["bids"]
        ]


def proofs_of(user: Any, challenge: Challenge) -> list[Proof]:
    """The panels of a challenge, newest first: commitment, the pool's hash and their times for whoever sees it."""
    panels = challenge.panels.select_related("challenge", "ranking").prefetch_related("supplements")
    panels = panels.order_by("-created_at", "id")
    return [_proof(user, panel) for panel in panels]


def _proof(user: Any, panel: Panel) -> Proof:
    decision = can(user, "panel.replay", panel)
    transcript = panel.transcript if decision else None
    kept = getattr(panel, "ranking", None) if decision else None
    return Proof(
        panel=panel,
        hidden="" if decision else decision.reason,
        transcript=transcript,
        draw_problems=replayed(panel) if transcript else [],
        supplements=supplements_of(panel, in_full=bool(decision)),
        ranking=kept,
        ranking_problems=ranking.verify(kept.snapshot) if kept else [],
    )


def replayed(panel: Panel) -> list[str]:
    """What differs when the draw is replayed and held against what was published before it; empty if it is true."""
    frozen = panel.pool_sha256 or None  # none where the panel was drawn before pools were frozen
    return lots.verify(panel.transcript or {}, commitment=panel.platform_commitment, pool_sha256=frozen)


def supplements_of(panel: Panel, *, in_full: bool) -> list[SupplementProof]:
    """The supplementary draws of a panel in turn; transcripts and verdicts only `in_full`."""
    found, before = [], panel.transcript
    for draw in panel.supplements.all():
        shown = draw.transcript if in_full else None
        problems = []
        if shown:
            problems = lots.verify(shown, commitment=draw.platform_commitment, pool_sha256=draw.pool_sha256)
            if not problems and shown["context"].get("after") != (before or {}).get("sha256"):
                problems = ["it does not come after the draw before it"]
        found.append(
            SupplementProof(
                number=draw.number,
                platform_commitment=draw.platform_commitment,
                committed_at=draw.created_at,
                pool_sha256=draw.pool_sha256,
                drawn_at=draw.drawn_at,
                transcript=shown,
                draw_problems=problems,
            )
        )
        before = draw.transcript
    return found


def program() -> bytes:
    """The modules that recompute a draw or a ranking, as a ZIP file; they need the standard library alone."""
    folder, kept = Path(__file__).parent, io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as file:
        for name in PROGRAM:
            file.writestr(zipfile.ZipInfo(f"reviews/{name}.py", _LONG_AGO), (folder / f"{name}.py").read_bytes())
    return kept.getvalue()
