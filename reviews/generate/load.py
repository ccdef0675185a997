"""The whole of it: one transaction, table by table with COPY, the state guards set aside for rows born grown-up."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pgtrigger
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.utils import timezone

from accounts import clock
from accounts.models import LedgerEntry, Membership, Notification, Organization, User
from challenges import models
from challenges.models import RuleSet
from reviews.generate import bids, judging, people, plan, story
from reviews.generate.ending import Ending
from reviews.generate.people import Crowd
from reviews.generate.plan import Numbers
from reviews.generate.rows import Rows
from reviews.generate.scene import Scene
from reviews.generate.trail import Told, Trail
from reviews.models import Assignment, Expert, Panel, Ranking, Relation, ScoreSheet

# Parents before children: each is written before what refers to it.
TABLES = (
    User, EmailAddress, Organization, Membership, Expert, Relation, models.Challenge, models.Target, models.Question,
    models.OpeningConsent, models.Bid, models.Envelope, models.Commitment, models.BidMember, models.BidPartner,
    models.BidGrant, Panel, Assignment, ScoreSheet, Ranking, models.Award, models.AwardedBid, models.Objection,
    models.Race, models.Race.experts.through, models.Contract, models.ContractShare, models.ContractVersion,
    models.RaceResult, models.Milestone, models.Measurement, models.Payment, models.Booking, models.Posting,
    models.MidtermCheck, models.ContractAmendment, models.AmendmentOpinion, models.Termination, models.CreditRecord,
    models.Outcome, models.OutcomeShare, models.OutcomeFigure, models.Transfer, models.TransferObjection,
    models.Referral, models.FollowUp, LedgerEntry, Notification,
)  # fmt: skip
# An object is born in its first state and walks the edges; here it is born where the story left it, so the guards of
# birth are set aside, and so are those that close a sealed bid's parts. Keys, checks and unique constraints all hold.
SET_ASIDE = (
    *(f"{model._meta.label}:state_birth" for model in TABLES if hasattr(model, "state")),
    *(f"challenges.{name}:sealed" for name in ("Envelope", "Commitment", "BidMember", "BidPartner")),
)
REPORTS = 10


class AlreadyThere(Exception):
    """Invented data was loaded before; it is there once only."""


def generate(numbers: Numbers, *, rule_set: RuleSet, password: str, say: Callable[[str], None]) -> dict[str, int]:
    """Load everything or nothing; answers how many rows each table was given. Raises DoesNotFit, AlreadyThere."""
    made = plan.make(numbers)
    if User.objects.filter(email=f"load-operator1@{people.DOMAIN}").exists():
        raise AlreadyThere
    rows = Rows(*TABLES)
    with transaction.atomic(), pgtrigger.ignore(*SET_ASIDE), connection.cursor() as cursor:
        # COPY passes Django's wrappers by: this statement carries the names of the triggers into the transaction.
        # Keys are checked with each COPY rather than all at the end.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _tell(made, rows, story.Frozen(rule_set), password, say)
        rows.flush()
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    _tidy_up(say)
    return {model.__name__: count for model, count in rows.written().items()}


def _tell(made: plan.Plan, rows: Rows, frozen: story.Frozen, password: str, say: Callable[[str], None]) -> None:
    chance = Random(plan.SEED)  # noqa: S311  (invented data)
    today = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    started = time.monotonic()
    crowd = people.assemble(rows, made, password=password, today=today)
    rows.flush()
    say(f"{time.monotonic() - started:5.0f} s  people and organisations")
    trail = Trail(rows, chance)
    teller = _Teller(rows, crowd, frozen, chance, trail, bids.Market(made, crowd), today, _numbers(len(made.parts)))
    every = max(1, len(made.parts) // REPORTS)
    for done, part in enumerate(made.parts, start=1):
        teller.tell(part)
        rows.breathe()
        if done % every == 0:
            say(f"{time.monotonic() - started:5.0f} s  {done:,} of {len(made.parts):,} challenges")
    trail.tell(
        made.numbers.notifications, teller.public, crowd.bidders, read_before=today - timedelta(days=3),
    )  # fmt: skip
    rows.flush()
    say(f"{time.monotonic() - started:5.0f} s  {made.numbers.notifications:,} notifications")


def _numbers(count: int) -> list[str]:
    """The sequence's next numbers, asked for beforehand since a ranking's snapshot names its challenge by it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT challenge_number() FROM generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]


class _Teller:
    """Tells one challenge after the other."""

    def __init__(self, rows: Rows, crowd: Crowd, frozen: story.Frozen, chance: Random, trail: Trail,
                 market: bids.Market, today: datetime, numbers: list[str]) -> None:  # fmt: skip
        self.rows, self.crowd, self.frozen, self.chance, self.trail = rows, crowd, frozen, chance, trail
        self.market, self.today, self.bench = market, today, judging.Bench(crowd)
        self.public: list[Told] = []
        self.turns: Counter[str] = Counter()
        self.numbers = numbers
        names = Permission.objects.filter(content_type__app_label="challenges", content_type__model="bid")
        self.permissions: dict[str, int] = dict(names.values_list("codename", "pk"))

    def tell(self, part: plan.Part) -> None:
        """One challenge from its draft to where it stands."""
        rows, chance, trail = self.rows, self.chance, self.trail
        told = story.begin(part, self.numbers[part.place], self.crowd, chance, today=self.today)
        offers = bids.make(told, self.market, chance, today=self.today) if part.bids else []
        if "opened" in told.at:
            self._judge(told, offers)
        story.write(rows, told, self.crowd, self.frozen, chance, trail)
        bids.write(rows, told, offers, self.market, chance, trail, self.permissions)
        if "published" in told.at and part.place % 20 not in (7, 13):
            self.public.append(story.announced(told))

    def _judge(self, told: story.Story, offers: list[bids.Offer]) -> None:
        eligible = offers[: told.part.eligible]
        seats = judging.seat_panel(self.rows, told, self.bench, self.chance, self.frozen, self.trail)
        if not eligible:
            return
        rubric = self.frozen.rubric(told.part.review_class)
        judge = judging.Judging(self.rows, told, rubric, self.chance, self.trail)
        sheets = judge.judge(eligible, seats, self.permissions)
        if "ranked" in told.at:
            judging.rank(self.rows, told, eligible, sheets, self.frozen, self.chance)
            scene = Scene(
                self.rows, told, self.crowd, self.frozen, self.chance, self.trail, self.today, self.turns
            )  # fmt: skip
            Ending(scene, eligible).tell()


def _tidy_up(say: Callable[[str], None]) -> None:
    """Let the planner know what is there; outside a transaction the tables are vacuumed as well."""
    tables = ", ".join(f'"{model._meta.db_table}"' for model in TABLES)
    command = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(f"{command} {tables}")
    say(f"{time.monotonic() - started:5.0f} s  statistics")


def defaults(given: dict[str, Any]) -> Numbers:
    """The numbers asked for; those left out follow from the challenges."""
    challenges = given.get("challenges")
    count = 1000 if challenges is None else int(challenges)
    share = {"bids": 10, "experts": 0.2, "sheets": 10, "grants": 100, "notifications": 10}
    rest = {name: int(count * factor) for name, factor in share.items()}
    rest["experts"] = max(plan.EXPERTS_AT_LEAST, rest["experts"])
    rest |= {name: int(given[name]) for name in share if given.get(name) is not None}
    return Numbers(challenges=count, **rest)
