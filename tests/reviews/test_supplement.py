"""The supplementary draw: ordered when the order is used up, seeded by a supervisor, and the panel goes on."""

import copy
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, find, take
from challenges.models import Challenge
from reviews import draw as lots
from reviews.actions import call_again
from reviews.models import Absence, Assignment, Expert, Panel, Relation, SupplementaryDraw
from reviews.proofs import supplements_of
from reviews.verify import main
from tests.factories import reviews as make
from tests.factories.reviews import SEED, Court
from tests.reviews.test_tampering import tampered

pytestmark = pytest.mark.django_db


def told(kind: str) -> list[str]:
    rows = Notification.objects.filter(kind=kind).order_by("recipient__name")
    return list(rows.values_list("recipient__name", flat=True))


def short(given: Court) -> Panel:
    """A panel of five drawn from five, one of whom declined: a seat is empty and the order used up."""
    panel = make.drawn(given)
    seat = next(seat for seat in make.seats(panel) if not seat.is_chair)
    take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
    return fresh(panel)


def fresh(panel: Panel) -> Panel:
    return Panel.objects.select_related("challenge").get(pk=panel.pk)


def ordered(given: Court) -> Panel:
    """The same with new experts in the pool and the supplementary draw ordered."""
    panel = short(given)
    for number in range(3):
        make.expert(given, f"增补专家{number + 1}")
    return take(panel, "order_supplement", actor=given.operator)


def accept_the_invited(panel: Panel) -> None:
    for seat in panel.assignments.filter(state="invited").select_related("panel__challenge", "expert__user"):
        take(seat, "accept", actor=seat.expert.user, no_conflict=True)


@pytest.fixture
def court() -> Court:
    return make.court(experts=5)


def test_order_used_up_is_drawn_on_and_the_panel_is_complete(court: Court) -> None:
    panel = ordered(court)
    waiting = panel.supplement_ordered()
    assert (waiting.number, lots.commit(waiting.platform_seed)) == (1, waiting.platform_commitment)
    entry = LedgerEntry.objects.get(chain=panel.pk, action="order_supplement")
    assert entry.data == {"number": 1, "platform_commitment": waiting.platform_commitment}
    assert told("supplement_ordered") == ["监督员"]
    panel = take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    drawn = panel.supplements.get()
    called = panel.assignments.get(state="invited", expert__user__name__startswith="增补")
    assert str(called.expert_id) == drawn.order[0]
    assert panel.assignments.filter(state="replaced").count() == 1
    assert told("supplement_drawn") == ["运营员"]
    assert drawn.transcript["pool_sha256"] == drawn.pool_sha256
    assert drawn.transcript["context"]["after"] == panel.transcript["sha256"]
    kept = LedgerEntry.objects.get(chain=panel.pk, action="draw_supplement").data
    assert kept["sha256"] == drawn.transcript["sha256"]
    accept_the_invited(panel)
    assert fresh(panel).is_complete()
    take(court.challenge, "start_review", actor=court.operator)
    assert Challenge.objects.get().state == "under_review"


def test_pool_is_who_is_eligible_now_without_those_drawn_before(court: Court) -> None:
    panel = ordered(court)
    tied = make.expert(court, "有关专家", organization=court.bids[0].lead)
    panel = take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    drawn = panel.supplements.get()
    names = {str(pk): name for pk, name in Expert.objects.values_list("pk", "user__name")}
    assert sorted(names[pk] for pk in drawn.order) == ["增补专家1", "增补专家2", "增补专家3"]
    left_out = {drawn.aliases[item["id"]]: item["reasons"] for item in drawn.transcript["exclusions"]}
    assert left_out == {str(tied.pk): ["employer"]} | {pk: ["drawn_before"] for pk in panel.drawn["order"]}


def test_supplementary_draw_happens_again_when_its_order_is_used_up_too(court: Court) -> None:
    panel = take(ordered(court), "give_supplement_seed", actor=court.supervisor, seed=SEED)
    for _expert in range(3):
        seat = panel.assignments.select_related("expert__user").get(
            state="invited", expert__user__name__startswith="增补"
        )
        take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
    called = Assignment.objects.filter(panel=panel, expert__user__name__startswith="增补").order_by("created_at")
    assert [str(seat.expert_id) for seat in called] == panel.supplements.get().order
    assert len(told("seat_empty")) == 2
    last = make.expert(court, "再补专家")
    panel = take(panel, "order_supplement", actor=court.operator)
    panel = take(panel, "give_supplement_seed", actor=court.supervisor, seed="另一个监督种子")
    first, second = panel.supplements.all()
    assert second.order == [str(last.pk)]
    assert second.transcript["context"]["after"] == first.transcript["sha256"]
    assert [proof.draw_problems for proof in supplements_of(panel, in_full=True)] == [[], []]
    accept_the_invited(panel)
    assert fresh(panel).is_complete()


def test_seat_that_falls_while_scoring_is_filled_from_a_supplementary_draw(court: Court) -> None:
    panel = make.scoring(court)
    leaving = make.seats(panel, "accepted")[0]
    take(leaving, "recuse", actor=leaving.expert.user, reason="新发现的关系")
    new = make.expert(court, "增补专家")
    panel = take(fresh(panel), "order_supplement", actor=court.operator)
    panel = take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    accept_the_invited(panel)
    seat = panel.assignments.get(expert=new)
    assert seat.sheets.filter(state="open").count() == 2
    assert panel.state == "scoring"


def test_chair_follows_from_the_supplementary_order_where_nobody_else_may(court: Court) -> None:
    panel = make.drawn(court)
    chair = next(seat for seat in make.seats(panel) if seat.is_chair)
    Expert.objects.exclude(pk=chair.expert_id).update(may_chair=False)
    take(chair, "decline", actor=chair.expert.user, reason="时间冲突")
    new = make.expert(court, "增补专家", may_chair=True)
    panel = take(fresh(panel), "order_supplement", actor=court.operator)
    panel = take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    assert panel.assignments.get(is_chair=True, state="invited").expert_id == new.pk


def test_quota_counts_those_who_hold_seats_when_a_seat_is_filled(court: Court) -> None:
    panel = short(court)
    held = [seat.expert for seat in make.seats(panel)][:2]
    for expert in held[1:]:
        make.place(expert, organization=held[0].organization)
    full = [make.expert(court, f"同单位{number}", organization=held[0].organization) for number in range(3)]
    with pytest.raises(Refused) as refusal:
        take(panel, "order_supplement", actor=court.operator)
    assert refusal.value.code == "pool_too_small"
    assert "3" in str(refusal.value.reason)
    free = make.expert(court, "别家专家")
    panel = take(panel, "order_supplement", actor=court.operator)
    panel = take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    assert set(panel.supplements.get().order) == {str(expert.pk) for expert in (*full, free)}
    assert panel.assignments.get(expert__in=[*full, free]).expert_id == free.pk


def test_field_is_left_only_where_it_has_nobody_more(court: Court) -> None:
    panel = short(court)
    other = make.expert(court, "外行", fields=["medicine"])
    panel = take(panel, "order_supplement", actor=court.operator)
    of_field = make.expert(court, "同行")
    panel = take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    drawn = panel.supplements.get()
    assert drawn.transcript["context"]["pool"] == "optoelectronics"
    assert drawn.order == [str(of_field.pk)]
    seat = panel.assignments.select_related("expert__user").get(expert=of_field)
    take(seat, "decline", actor=of_field.user, reason="时间冲突")
    panel = take(fresh(panel), "order_supplement", actor=court.operator)
    panel = take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    assert panel.supplements.last().transcript["context"]["pool"] == "all fields"
    assert panel.assignments.filter(expert=other, state="invited").exists()


def test_empty_pool_is_said_when_the_draw_is_ordered_and_when_it_is_seeded(court: Court) -> None:
    panel = short(court)
    before = LedgerEntry.objects.count()
    with pytest.raises(Refused, match=r"5"):
        take(panel, "order_supplement", actor=court.operator)
    assert (SupplementaryDraw.objects.count(), LedgerEntry.objects.count()) == (0, before)
    new = make.expert(court, "增补专家")
    panel = take(panel, "order_supplement", actor=court.operator)
    Relation.objects.create(expert=new, kind="relative", person=court.owner)
    with pytest.raises(Refused) as refusal:
        take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    assert refusal.value.code == "pool_too_small"
    assert SupplementaryDraw.objects.get().drawn_at is None


def test_supplement_is_ordered_and_seeded_by_nobody_else(court: Court) -> None:
    panel = short(court)
    make.expert(court, "增补专家")
    member = make.seats(panel)[0].expert.user
    others = (court.owner, court.bids[0].created_by, member, make.person("决策者", "decider"))
    before = LedgerEntry.objects.count()
    for user in (court.supervisor, *others):
        with pytest.raises(Denied):
            take(panel, "order_supplement", actor=user)
    assert LedgerEntry.objects.count() == before
    both = make.person("身兼两职", "operator", "supervisor")
    panel = take(panel, "order_supplement", actor=both)
    for user in (court.operator, both, *others):
        with pytest.raises(Denied):
            take(panel, "give_supplement_seed", actor=user, seed=SEED)
    take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)


def test_supplement_in_the_wrong_state_is_refused_with_the_reason(court: Court) -> None:
    panel = make.draft(court)

    def why(name: str) -> str:
        with pytest.raises(Refused) as refusal:
            take(fresh(panel), name, actor=court.supervisor if "seed" in name else court.operator, **inputs[name])
        return str(refusal.value.reason)

    inputs = {"order_supplement": {}, "give_supplement_seed": {"seed": SEED}}
    assert "未发出" in why("order_supplement") or "not sent" in why("order_supplement")
    take(panel, "release", actor=court.operator)
    assert why("order_supplement")
    assert why("give_supplement_seed")
    seat = make.seats(panel)[0]
    take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
    make.expert(court, "增补专家")
    take(fresh(panel), "order_supplement", actor=court.operator)
    assert why("order_supplement")
    take(fresh(panel), "give_supplement_seed", actor=court.supervisor, seed=SEED)
    assert why("give_supplement_seed")
    make.place(court.challenge, state="no_award")
    assert why("order_supplement")


def test_order_with_somebody_who_can_sit_by_now_is_not_drawn_on_but_gone_on_with(court: Court) -> None:
    make.expert(court, "候补")
    panel = make.drawn(court)
    alternate = Expert.objects.get(pk=panel.drawn["alternates"][0])
    tie = Relation.objects.create(expert=alternate, kind="relative", person=court.owner)
    seat = make.seats(panel)[0]
    take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
    assert told("seat_empty") == ["运营员"]
    assert call_again() == 1
    assert not Assignment.objects.filter(expert=alternate).exists()
    tie.delete()
    with pytest.raises(Refused) as refusal:
        take(fresh(panel), "order_supplement", actor=court.operator)
    assert refusal.value.code == "order"
    assert call_again() == 1
    assert Assignment.objects.get(expert=alternate).state == "invited"
    assert Assignment.objects.get(pk=seat.pk).state == "replaced"
    assert call_again() == 0
    assert told("seat_empty") == ["运营员"]


def test_invitations_taken_back_after_the_order_leave_the_panel_a_draft(court: Court) -> None:
    panel = make.draft(court)
    gone = Expert.objects.get(pk=panel.drawn["panel"][0])
    make.place(gone, state="paused")
    panel = take(panel, "release", actor=court.operator)
    make.expert(court, "增补专家")
    panel = take(panel, "order_supplement", actor=court.operator)
    panel = take(panel, "take_back", actor=court.operator)
    panel = take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    assert set(panel.assignments.values_list("state", flat=True)) == {"taken_back"}
    panel = take(panel, "release", actor=court.operator)
    assert panel.assignments.filter(state="invited").count() == 5


def test_matched_panel_is_told_why_no_draw_concerns_it() -> None:
    given = make.court(experts=8)
    panel = make.matched(given)
    make.place(panel, state="drawn", released_at=panel.created_at)
    found = find(fresh(panel), "order_supplement", given.operator)
    assert found is not None
    assert not found.allowed
    assert "matched" in str(found.reason) or "匹配" in str(found.reason)
    with pytest.raises(Refused):
        take(fresh(panel), "order_supplement", actor=given.operator)


def test_absent_expert_is_left_out_as_in_the_first_draw(court: Court) -> None:
    panel = ordered(court)
    away = Expert.objects.get(user__name="增补专家1")
    Absence.objects.create(expert=away, since=panel.now.date(), until=panel.now.date().replace(year=2099))
    panel = take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    assert str(away.pk) not in panel.supplements.get().order


def test_supplement_is_what_its_description_says(court: Court) -> None:
    """Recomputed in the words of the method's description, sharing no code with it."""
    panel = take(ordered(court), "give_supplement_seed", actor=court.supervisor, seed=SEED)
    told_of = panel.supplements.get().transcript

    def digest(value: object) -> str:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    pool = sorted(told_of["pool"], key=lambda entry: entry["id"])
    frozen = {"exclusions": told_of["exclusions"], "pool": pool}
    assert digest(frozen) == told_of["pool_sha256"]
    assert hashlib.sha256(told_of["platform_seed"].encode()).hexdigest() == told_of["platform_commitment"]
    keys = ("algorithm", "context", "platform_seed", "pool_sha256", "supervisor_seed")
    seed = digest({key: told_of[key] for key in keys})
    assert (seed, told_of["algorithm"]) == (told_of["seed"], "bangdan-supplement/1")
    order = [entry["id"] for entry in pool]
    numbers = (
        int(hashlib.sha256(seed.encode() + count.to_bytes(8, "big")).hexdigest()[:16], 16) for count in range(100)
    )
    for last in range(len(order) - 1, 0, -1):
        chosen = next(numbers) % (last + 1)
        order[last], order[chosen] = order[chosen], order[last]
    assert order == told_of["order"]
    assert digest({key: value for key, value in told_of.items() if key != "sha256"}) == told_of["sha256"]


def test_supplement_is_the_same_forever() -> None:
    """A published transcript must replay in years to come; if this value changes, the algorithm's name must too."""
    pool = [{"id": f"e{n:03}", "organization": None} for n in range(12)]
    made = lots.supplement(pool=pool, platform_seed="p", supervisor_seed="s", context={"panel": "甲"})
    assert made["sha256"] == "4af723957eb14cb426b00a1f7fe4846d7f71f5a448ed214528dae278771cfc14"
    assert lots.verify(made) == []


def test_every_change_of_a_supplementary_transcript_is_told(court: Court) -> None:
    panel = take(ordered(court), "give_supplement_seed", actor=court.supervisor, seed=SEED)
    true = panel.supplements.get().transcript
    assert lots.verify(true) == []
    changes = list(tampered(true))
    assert [path for path, changed in changes if not lots.verify(changed)] == []
    assert len(changes) > 100


def test_supplement_is_verified_from_its_file(court: Court, tmp_path, capsys) -> None:
    panel = take(ordered(court), "give_supplement_seed", actor=court.supervisor, seed=SEED)
    drawn, file = panel.supplements.get(), tmp_path / "draw.json"
    file.write_text(json.dumps(drawn.transcript, ensure_ascii=False), encoding="utf-8")
    asked = ["draw", "--commitment", drawn.platform_commitment, "--pool", drawn.pool_sha256, str(file)]
    assert main(asked) == 0
    assert drawn.transcript["sha256"] in capsys.readouterr().out
    other = copy.deepcopy(drawn.transcript)
    other["order"].reverse()
    file.write_text(json.dumps(other, ensure_ascii=False), encoding="utf-8")
    assert main(asked) == 1
    assert main(["draw", "--commitment", "0" * 64, str(file)]) == 1


def test_supplement_drawn_after_another_draw_is_told(court: Court) -> None:
    panel = take(ordered(court), "give_supplement_seed", actor=court.supervisor, seed=SEED)
    make.place(panel, transcript=panel.transcript | {"sha256": "0" * 64})
    assert supplements_of(fresh(panel), in_full=True)[0].draw_problems


def test_database_keeps_the_commitment_and_the_draw_as_they_are(court: Court) -> None:
    panel = ordered(court)
    row = SupplementaryDraw.objects.filter(panel=panel)
    for columns in ({"platform_commitment": "0" * 64}, {"platform_seed": "0" * 64}, {"number": 7}):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.update(**columns)
    take(panel, "give_supplement_seed", actor=court.supervisor, seed=SEED)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.update(transcript={})
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
    with pgtrigger.ignore():
        assert row.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_orders_at_once_order_one_draw() -> None:
    given = make.court(experts=5)
    panel = short(given)
    make.expert(given, "增补专家")
    other = make.person("另一运营员", "operator")
    barrier = Barrier(2)

    def order(user: object) -> object:
        barrier.wait(10)
        try:
            return take(panel, "order_supplement", actor=user)
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(order, (given.operator, other)))
    assert sum(isinstance(item, Refused) for item in results) == 1
    assert SupplementaryDraw.objects.count() == 1
    assert LedgerEntry.objects.filter(action="order_supplement").count() == 1
