"""The public pages of draw and ranking: what stands there when, for whom, and that it recomputes anywhere."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from django.urls import reverse

from accounts.workflow import take
from challenges.models import Challenge
from reviews import draw, ranking
from reviews.actions import create_panel
from reviews.models import Assignment, Expert, Panel, Ranking
from tests.factories import reviews as court_room
from tests.factories.life import challenge_at


def body(answer):
    return answer.content.decode()


@pytest.fixture
def awarded(cast, rules):
    return challenge_at(cast, "awarded")


def test_commitment_is_public_with_its_time_before_the_pool_is_frozen(db, visit):
    given = court_room.court()
    panel = create_panel(given.challenge, actor=given.operator)
    page = reverse("proof", args=[given.challenge.pk])
    before = body(visit().get(page))
    assert panel.platform_commitment in before
    assert "not frozen yet" in before
    panel = take(panel, "give_seed", actor=given.supervisor, seed=court_room.SEED)
    after = body(visit().get(page))
    assert panel.pool_sha256 in after
    assert panel.created_at < panel.frozen_at
    assert court_room.SEED not in after
    assert panel.platform_seed not in after


def test_transcript_is_hidden_from_all_but_those_in_charge_until_the_results(db, visit, as_):
    given = court_room.court()
    panel = court_room.scoring(given)
    member = court_room.seats(panel, "accepted")[0].expert.user
    files = [reverse("panel_draw", args=[panel.pk]), reverse("panel_ranking", args=[panel.pk])]
    for user in (None, member, given.owner, given.bids[0].created_by, court_room.person("路人")):
        assert [visit(user).get(path).status_code for path in files] == [404, 404]
        text = body(visit(user).get(reverse("proof", args=[given.challenge.pk])))
        assert panel.transcript["sha256"] not in text
        told = as_(user).get(f"challenges/{given.challenge.pk}/proof").json()
        assert [(item["transcript"], item["ranking"]) for item in told] == [(None, None)]
        assert told[0]["hidden"]
    assert visit(given.operator).get(files[0]).status_code == 200


@pytest.mark.django_db
def test_results_bring_transcript_and_ranking_that_anyone_recomputes(awarded, visit, as_):
    panel, kept = Panel.objects.get(), Ranking.objects.get()
    text = body(visit().get(reverse("proof", args=[awarded.pk])))
    assert "Replayed just now from both seeds" in text
    assert "Recomputed from its inputs just now" in text
    assert f"reviews.verify draw --commitment {panel.platform_commitment}" in text
    transcript = visit().get(reverse("panel_draw", args=[panel.pk])).content
    snapshot = visit().get(reverse("panel_ranking", args=[panel.pk])).content
    assert draw.verify(json.loads(transcript), commitment=panel.platform_commitment) == []
    assert ranking.verify(json.loads(snapshot)) == []
    assert transcript == draw.canonical(json.loads(transcript))
    told = as_(None).get(f"challenges/{awarded.pk}/proof").json()[0]
    assert (told["draw_problems"], told["ranking_problems"], told["hidden"]) == ([], [], "")
    assert told["ranking"]["sha256"] == kept.sha256
    assert told["transcript"] == json.loads(transcript)


@pytest.mark.django_db
def test_results_name_no_expert_by_anything_that_holds_elsewhere(awarded, visit, as_):
    panel = Panel.objects.get()
    seen = body(visit().get(reverse("proof", args=[awarded.pk])))
    seen += json.dumps(as_(None).get(f"challenges/{awarded.pk}/proof").json(), ensure_ascii=False)
    for name in ("panel_draw", "panel_ranking"):
        seen += body(visit().get(reverse(name, args=[panel.pk])))
    for expert in Expert.objects.select_related("user", "organization"):
        for secret in (expert.pk, expert.user_id, expert.user.email, expert.organization_id, expert.user.name):
            assert secret is None or str(secret) not in seen
    reviewers = {sheet["reviewer"] for sheet in Ranking.objects.get().snapshot["inputs"]["sheets"]}
    assert reviewers <= {str(pk) for pk in Assignment.objects.values_list("pk", flat=True)}
    assert all(visit().get(reverse("assignment", args=[pk])).status_code == 302 for pk in reviewers)


@pytest.mark.django_db
def test_tampered_draw_and_ranking_are_told_to_the_public(awarded, visit):
    panel, kept = Panel.objects.get(), Ranking.objects.get()
    court_room.place(panel, transcript=panel.transcript | {"chair": panel.transcript["alternates"][0]})
    kept.snapshot["result"]["bids"][0]["published"] = "99.99"
    court_room.place(kept, snapshot=kept.snapshot)
    text = body(visit().get(reverse("proof", args=[awarded.pk])))
    assert "The draw does not replay" in text
    assert "The ranking does not follow from its inputs" in text


@pytest.mark.django_db
def test_challenge_that_is_not_public_has_no_public_proof(awarded, visit, as_):
    Challenge.objects.update(secrecy="internal")
    panel = Panel.objects.get()
    assert visit().get(reverse("proof", args=[awarded.pk])).status_code == 404
    assert visit().get(reverse("panel_draw", args=[panel.pk])).status_code == 404
    assert visit().get(reverse("panel_ranking", args=[panel.pk])).status_code == 404
    assert as_(None).get(f"challenges/{awarded.pk}/proof").status_code == 404


@pytest.mark.django_db
def test_draw_under_ids_that_hold_everywhere_is_never_public(awarded, visit):
    panel = Panel.objects.get()
    court_room.place(panel, aliases={})
    assert visit().get(reverse("panel_draw", args=[panel.pk])).status_code == 404
    assert panel.transcript["sha256"] not in body(visit().get(reverse("proof", args=[awarded.pk])))


@pytest.mark.django_db
def test_program_for_download_recomputes_what_the_site_published(awarded, visit, tmp_path):
    panel = Panel.objects.get()
    zipfile.ZipFile(io.BytesIO(visit().get(reverse("method_program")).content)).extractall(tmp_path)
    for kind, name in (("draw", "panel_draw"), ("ranking", "panel_ranking")):
        file = tmp_path / f"{kind}.json"
        file.write_bytes(visit().get(reverse(name, args=[panel.pk])).content)
        command = [sys.executable, "-S", "-m", "reviews.verify", kind, str(file)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert "True to the byte" in done.stdout


def test_method_is_told_to_anyone_with_its_sources(db, visit):
    text = body(visit().get(reverse("method")))
    for word in ("FIPS 180-4", "Durstenfeld", "Fisher–Yates", "rejection sampling", draw.ALGORITHM, ranking.ALGORITHM):
        assert word in text
    assert reverse("method_program") in text


def test_proof_asks_as_many_queries_for_many_bids_as_for_one(db, visit, django_assert_max_num_queries):
    given = court_room.court(bids=3)
    court_room.scoring(given)
    client = visit()
    with django_assert_max_num_queries(8):
        client.get(reverse("proof", args=[given.challenge.pk]))
