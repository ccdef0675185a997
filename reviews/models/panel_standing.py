"""What can be asked of a panel: whom the draw or the matching names, what is complete, and what waits for what."""

from typing import Any

from django.apps import apps
from django.db import models

from reviews.models.expert import Expert


class PanelStanding:
    """The questions that a panel's steps, pages and conditions ask; it changes nothing."""

    way: Any
    size: int
    challenge: Any
    transcript: dict[str, Any] | None
    aliases: dict[str, str]
    assignments: Any
    matchings: Any
    discussions: Any
    minutes: Any
    supplements: Any

    @property
    def drawn(self) -> dict[str, Any]:
        """Who was drawn, in which order, by the ids of the experts; the transcript calls them by aliases."""
        told = self.transcript
        if not told:
            return {}

        def expert(alias: str) -> str:
            return str(self.aliases.get(alias, alias))

        return {
            "order": [expert(item) for item in told["order"]],
            "panel": [expert(item) for item in told["panel"]],
            "alternates": [expert(item) for item in told["alternates"]],
            "chair": expert(told["chair"]),
            "skipped": [expert(item["id"]) for item in told["skipped"]],
            "exclusions": {expert(item["id"]): item["reasons"] for item in told["exclusions"]},
        }

    def order_drawn(self) -> list[str]:
        """The ids of all who were drawn: the first order, and after it the supplementary ones in turn."""
        return [*self.drawn.get("order", ()), *(pk for draw in self.supplements.all() for pk in draw.order)]

    def empty_seats(self) -> int:
        """How many seats nobody holds, accepted or invited, of a drawn panel."""
        return self.size - int(self.assignments.filter(state__in=("invited", "accepted")).count())

    def supplement_ordered(self) -> Any:
        """The supplementary draw that waits for the second seed, or None."""
        return next((draw for draw in self.supplements.all() if draw.drawn_at is None), None)

    def experts_named(self) -> models.QuerySet[Expert]:
        """Those whom the draw or the matching in force seats, invited or not."""
        if self.way == "matched":
            return Expert.objects.filter(pk__in=self.pairs().values("expert"))
        return Expert.objects.filter(pk__in=self.drawn.get("panel", ()))

    def chair_named(self) -> str | None:
        """The key of the expert whom the draw or the matching in force makes the chair."""
        if self.way == "matched":
            latest = self.matchings.filter(state="released").order_by("-released_at").first()
            return latest.result.get("chair") if latest else None
        return self.drawn.get("chair")

    def pairs(self) -> models.QuerySet[Any]:
        """Who reads which bid by the matching released last, but for the pairs that a conflict freed since.

        Of a drawn panel, in which everybody reads all, none.
        """
        rows: models.QuerySet[Any] = apps.get_model("reviews", "Match").objects.all()
        released = self.matchings.filter(state="released").order_by("-released_at").values("pk")[:1]
        return rows.filter(matching__in=released, freed_at=None)

    def is_complete(self) -> bool:
        """As many accepted assignments as seats, or as each bid's matching has; one of them the chair."""
        if self.way == "matched":
            return self._every_bid_is_served() and self.assignments.filter(state="accepted", is_chair=True).count() == 1
        chairs = list(self.assignments.filter(state="accepted").values_list("is_chair", flat=True))
        return len(chairs) == self.size and sum(chairs) == 1

    def _every_bid_is_served(self) -> bool:
        accepted = self.assignments.filter(state="accepted").values("expert")
        in_force = self.pairs().filter(expert__in=accepted)
        served = in_force.order_by().values("bid").annotate(n=models.Count("pk"), k=models.F("matching__per_bid"))
        enough = [row["bid"] for row in served if row["n"] >= row["k"]]
        return bool(enough) and not self.challenge.bids.filter(state="eligible").exclude(pk__in=enough).exists()

    def has_every_sheet_locked(self) -> bool:
        """Nothing is open, and there is something to rank."""
        states = set(self.assignments.order_by().values_list("sheets__state", flat=True).distinct())
        return states - {None, "void"} == {"locked"}

    def tie_waits_for(self) -> str:
        """What the decision on equal bids waits for: `votes`, the supervisor's `seed`, or nothing."""
        tie = getattr(self, "tie_break", None)
        return tie.waits_for if tie is not None else ""

    def consensus_waits_for(self) -> str:
        """What diverging scores still ask for before the end: `discussion`, `minutes`, `confirmation`, or nothing.

        Each bid of them has been discussed by two members at least, and of the minutes more than half of the panel
        says that they are true. In a matched panel both hold for each discussion by itself, among its own voices.
        """
        if self.way == "matched":
            waits: str = self.discussions.wait_for()
            return waits
        discussions = self.discussions.annotate(spoke=models.Count("remarks__assignment", distinct=True))
        voices = list(discussions.order_by().values_list("spoke", flat=True))
        if not voices:
            return ""
        if min(voices) < 2:
            return "discussion"
        minutes = self.minutes.first()
        if minutes is None:
            return "minutes"
        members = self.assignments.filter(state="accepted")
        confirmed = minutes.confirmations.filter(assignment__in=members.values("pk")).count() + 1  # with the chair
        return "" if 2 * confirmed > members.count() else "confirmation"
