"""What a race asks for: the record of its shared test, the choice of who stays, and the test itself."""

from collections.abc import Iterator
from datetime import datetime, time

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from challenges.models import Contract, Milestone, Race
from challenges.permissions import granted
from reviews.work.items import AT_MOST, Item, link


def _running() -> QuerySet[Race]:
    at_work = Count("award__contracts", filter=Q(award__contracts__state="effective"))
    rows = Race.objects.annotate(at_work=at_work).filter(award__challenge__state="executing", at_work__gt=1)
    return rows.select_related("award__challenge").order_by("test_on", "id")


def let_go_on(milestones: QuerySet[Milestone]) -> QuerySet[Milestone]:
    """Without those after the test of a race that several still run and nobody has decided."""
    at_work = Contract.objects.filter(award=OuterRef("contract__award"), state__in=["draft", "signing", "effective"])
    waits = Q(payment__held_back=True, contract__award__race__state__in=["planned", "tested"])
    return milestones.exclude(waits & Exists(at_work.exclude(pk=OuterRef("contract"))))


def to_record(user: User) -> Iterator[Item]:
    """Tests whose day has come, for an operator who decided nothing there."""
    rows = _running().filter(state="planned", test_on__lte=timezone.localdate())
    for race in rows.exclude(award__challenge__deciders__contains=[user.pk])[:AT_MOST]:
        yield _item(race, _("Record the shared test of the race"), _("Record it"))


def to_decide(user: User) -> Iterator[Item]:
    """Tested races, for a decider who executed nothing there."""
    rows = _running().filter(state="tested").exclude(tested_by=user)
    for race in rows.exclude(award__challenge__executors__contains=[user.pk])[:AT_MOST]:
        yield _item(race, _("Choose who stays in the race"), _("Look at it"))


def of_runner(user: User) -> Iterator[Item]:
    """The test that the teams of `user` face, and the decision after it."""
    mine = Race.objects.filter(
        award__contracts__bid__in=granted(user, "edit_bid"), award__contracts__state="effective"
    ).values("pk")
    for race in _running().filter(pk__in=mine, state__in=["planned", "tested"])[:AT_MOST]:
        if race.state == "planned":
            yield _item(race, _("Prepare for the shared test of the race"), _("Read what is tested"), day=True)
        else:
            yield _item(race, _("A decider chooses who stays in the race"))


def _item(race: Race, what: str, button: str = "", *, day: bool = False) -> Item:
    due = datetime.combine(race.test_on, time.max, timezone.get_current_timezone()) if day else None
    return Item(what, race.award.challenge.title, link("race", race), button, due, "race", race.state)
