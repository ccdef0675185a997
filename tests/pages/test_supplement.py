"""What pages and API show of a supplementary draw: to those in charge, and to the public."""

import json

import pytest
from django.urls import reverse

from accounts.workflow import take
from reviews import draw as lots
from reviews.models import Expert
from tests.factories import reviews as make
from tests.reviews.test_supplement import ordered, short

pytestmark = pytest.mark.django_db


def body(answer):
    return answer.content.decode()


def test_supplement_is_ordered_seeded_and_read_on_the_pages(visit):
    given = make.court(experts=5)
    panel = short(given)
    page, proof = reverse("panel", args=[panel.pk]), reverse("proof", args=[given.challenge.pk])
    order, seed = (
        reverse("step", args=["panels", panel.pk, name]) for name in ("order_supplement", "give_supplement_seed")
    )
    operator, supervisor = visit(given.operator), visit(given.supervisor)
    assert "A seat is empty: order a supplementary draw" in body(operator.get(reverse("work")))
    refused = operator.post(order)
    assert refused.status_code == 409
    assert "Take more experts into the pool" in body(refused)
    new = make.expert(given, "增补专家")
    assert order in body(operator.get(page))
    assert seed not in body(supervisor.get(page))
    assert "publishes the hash of a new secret seed" in body(operator.get(order))
    assert operator.post(order).url == page
    draw = panel.supplements.get()
    public = body(visit().get(proof))
    assert draw.platform_commitment in public
    assert draw.platform_seed not in public
    assert "waits for the supervisor" in public
    assert "The supervisor gives the seed of the supplementary draw" in body(operator.get(reverse("work")))
    assert "Give the second seed of the supplementary draw" in body(supervisor.get(reverse("work")))
    assert seed in body(supervisor.get(page))
    assert operator.get(seed).status_code == 403
    assert supervisor.post(seed, {"seed": "short"}).status_code == 422
    assert supervisor.post(seed, {"seed": make.SEED}).url == page
    draw.refresh_from_db()
    public = body(visit().get(proof))
    assert draw.pool_sha256 in public
    for hidden in (draw.platform_seed, make.SEED, draw.transcript["sha256"], draw.transcript["order"][0]):
        assert hidden not in public
    for reader in (operator, supervisor):
        text = body(reader.get(page))
        assert "Replayed just now from both seeds: the same order." in text
        assert new.user.name in text
        file = reader.get(reverse("panel_supplement", args=[panel.pk, 1]))
        told = lots.verify(json.loads(file.content), commitment=draw.platform_commitment, pool_sha256=draw.pool_sha256)
        assert told == []
    assert visit(given.operator).get(reverse("panel_supplement", args=[panel.pk, 2])).status_code == 404


def test_tampered_supplement_is_told_on_the_page(visit):
    given = make.court(experts=5)
    panel = take(ordered(given), "give_supplement_seed", actor=given.supervisor, seed=make.SEED)
    draw = panel.supplements.get()
    make.place(draw, transcript=draw.transcript | {"order": draw.transcript["order"][::-1]})
    assert "The draw does not replay" in body(visit(given.operator).get(reverse("panel", args=[panel.pk])))


def test_supplement_is_public_with_the_results(visit, as_):
    given = make.court(experts=5)
    panel = take(ordered(given), "give_supplement_seed", actor=given.supervisor, seed=make.SEED)
    file = reverse("panel_supplement", args=[panel.pk, 1])
    assert visit().get(file).status_code == 404
    assert as_(None).get(f"challenges/{given.challenge.pk}/proof").json()[0]["supplements"][0]["transcript"] is None
    make.place(panel, state="closed")
    make.place(given.challenge, state="awarded")
    told = as_(None).get(f"challenges/{given.challenge.pk}/proof").json()[0]["supplements"][0]
    assert (told["draw_problems"], told["transcript"]) == ([], json.loads(visit().get(file).content))
    text = body(visit().get(reverse("proof", args=[given.challenge.pk])))
    assert "Supplementary draw 1" in text
    seen = text + json.dumps(told)
    assert not any(str(expert.pk) in seen or expert.user.name in seen for expert in Expert.objects.all())


def test_supplement_goes_the_same_way_over_the_api(as_):
    given = make.court(experts=5)
    panel = short(given)
    make.expert(given, "增补专家")
    operator, supervisor = as_(given.operator), as_(given.supervisor)
    path = f"panels/{panel.pk}"
    assert supervisor.step(path, "order_supplement").status_code == 403
    told = operator.step(path, "order_supplement").json()["supplements"][0]
    assert (told["number"], told["drawn_at"], told["transcript"]) == (1, None, None)
    assert operator.step(path, "order_supplement").status_code == 409
    assert operator.step(path, "give_supplement_seed", seed=make.SEED).status_code == 403
    told = supervisor.step(path, "give_supplement_seed", seed=make.SEED).json()["supplements"][0]
    assert lots.verify(told["transcript"], told["platform_commitment"], told["pool_sha256"]) == []


def test_method_tells_of_the_supplementary_draw(visit):
    text = body(visit().get(reverse("method")))
    assert lots.SUPPLEMENT in text
    assert "drawn_before" in text
