"""Nothing that anyone else sees hangs on a peer's scores before they may see them: not a count, an order or a mail.

Two worlds that differ in scores and comments alone are looked at through every address of reviews by everyone in turn.
Whatever differs is a leak, whichever way it takes: page, API, search, order, paging, ledger, export, inbox or mail.
"""

import io
import re
import zipfile

import pytest
from django.core import mail
from django.db import transaction

from accounts.models import LedgerEntry, Notification
from accounts.workflow import take
from challenges.models import Bid
from reviews.models import Assignment, Expert, Panel, Relation, ScoreSheet
from tests.factories import reviews as make
from tests.personas import fresh, outsiders
from tests.seal.watch import IDS, addresses, bearer, body_of, client_of, difference, normal

OF_REVIEWS = re.compile(
    r"^/(api/)?(panels|sheets|assignments|reviews|experts|work|inbox|me$|challenges/{\w+}/(|panel/|proof/?|ranking|ledger"
    r"|ledger/|ledger/export/)$|bids/{\w+}(|/|/feedback/?)$|awards/?$|search)"
)
QUERIES = ("", "?q=91.25", "?size=1&page=2&sort=-created_at")
CLOCKS = re.compile(
    r'<span class="hash">.*?</button></span>|\d\d:\d\d(:\d\d)?|\b[0-9a-f]{64}\b|(?<![-\w])[0-9a-f]{12}\b'
)


def routes():
    return sorted(
        route
        for route in set(addresses())
        if OF_REVIEWS.match(route) and not re.search("edit|transitions|relations|read$", route)
    )


def look(user, known):
    """What this person reads at every address of reviews, but for times, hashes and ids of rows that the act made.

    `known` has an id of each kind; where rows that were there before stand in a list, their order is compared.
    """
    kinds = (Panel, Assignment, ScoreSheet, Expert, Bid)
    there = {str(pk) for kind in kinds for pk in kind.objects.values_list("pk", flat=True)}
    client, headers, seen = client_of(user), bearer(user), {}
    for route in routes():
        kind = route.removeprefix("/api").split("/")[1]
        path = re.sub(r"{\w+}", known.get(kind, known["challenges"]), route)
        for query in QUERIES if "{" not in route or "ledger" in route else ("",):
            answer = client.get(path + query, **(headers if path.startswith("/api/") else {}))
            assert answer.status_code < 500, path + query
            text = CLOCKS.sub("·", normal(f"{answer.status_code} {words_of(answer)}"))
            seen[path + query] = IDS.sub(lambda found: found[0] if found[0] in there else "new", text)
    return seen


def words_of(answer):
    """The body as text; of a workbook its sheets and strings, without the time at which it was packed."""
    if "spreadsheet" not in answer.headers.get("Content-Type", ""):
        return body_of(answer)
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        return "".join(book.read(name).decode() for name in sorted(book.namelist()) if name.startswith("xl/"))


def told():
    """Everything anyone was told or sent, and what the ledger says, but for keys and times."""
    notices = Notification.objects.order_by("recipient", "kind", "object_id")
    entries = LedgerEntry.objects.order_by("chain", "seq")
    return (
        [(row.recipient_id, row.kind, row.object_id, row.data) for row in notices],
        [(row.chain, row.seq, row.action, row.source, row.target, row.data) for row in entries],
        sorted((message.to, message.subject, message.body) for message in mail.outbox),
    )


def in_a_world(act, watchers, known):
    """What the watchers see and are told after `act`, which is then undone."""
    with transaction.atomic():
        act()
        seen = {name: look(fresh(user), known) for name, user in watchers.items()}
        found = seen, told()
        transaction.set_rollback(True)
    mail.outbox.clear()
    return found


def differing(one, other):
    return {path: difference(one[path], other[path]) for path in one if one[path] != other[path]}


@pytest.fixture
def scene(db):
    """A panel that scores: the watchers have locked nothing, somebody was recused, somebody was never eligible."""
    given = make.court(bids=2, experts=9)
    tied = make.expert(given, "有冲突的专家", organization=given.bids[0].lead)
    panel = make.scoring(given)
    leaver = make.seats(panel, "accepted")[0]
    take(leaver, "recuse", actor=leaver.expert.user, reason="与揭榜方有合作。")
    make.accept_all(panel)
    seats = make.seats(panel, "accepted")
    chair = next(seat for seat in seats if seat.is_chair)
    members = [seat for seat in seats if not seat.is_chair]
    watchers = {
        "unfinished reviewer": members[0].expert.user,
        "unfinished chair": chair.expert.user,
        "conflicted expert": tied.user,
        "recused expert": leaver.expert.user,
        "bidder": given.bids[0].created_by,
        "rival": given.bids[1].created_by,
        "owner": given.owner,
        "operator": given.operator,
        "supervisor": given.supervisor,
        "decider": make.person("决策人", "decider"),
        "finance": make.person("财务", "finance"),
        **{name: outsiders()[name] for name in ("anonymous", "superuser")},
    }
    peers = members[1:]
    first = peers[0]
    known = {
        "challenges": str(given.challenge.pk),
        "panels": str(panel.pk),
        "assignments": str(first.pk),
        "sheets": str(ScoreSheet.objects.filter(assignment=first).order_by("bid__code").first().pk),
        "bids": str(given.bids[0].pk),
        "experts": str(first.expert_id),
    }
    return given, panel, peers, watchers, known


def locked_by(peers, scores):
    """Every peer fills in and locks everything, with these scores in turn."""

    def act():
        for number, seat in enumerate(peers):
            for sheet in make.sheets(Panel.objects.get(pk=seat.panel_id), assignment=seat, state="open"):
                filled = make.fill(sheet, scores[number % len(scores)], comment=f"评语{scores[number % len(scores)]}")
                take(filled, "lock", actor=seat.expert.user)

    return act


def test_scores_of_peers_reach_nobody_by_any_way_before_the_consensus(scene):
    _given, _panel, peers, watchers, known = scene
    assert len(routes()) > 30
    watchers |= {"the peer themself": peers[0].expert.user}
    high, told_high = in_a_world(locked_by(peers, ["91.25", "88"]), watchers, known)
    low, told_low = in_a_world(locked_by(peers, ["13.75", "42"]), watchers, known)
    assert told_high == told_low
    assert differing(high.pop("the peer themself"), low.pop("the peer themself")), (
        "the attack sees what there is to see"
    )
    leaks = {name: differing(high[name], low[name]) for name in high}
    assert not {name: list(found.items())[:3] for name, found in leaks.items() if found}


def test_half_written_scores_of_peers_reach_nobody(scene):
    _given, _panel, peers, watchers, known = scene

    def written(score):
        def act():
            for sheet in make.sheets(Panel.objects.get(), assignment=peers[0], state="open"):
                given = {"innovation": {"score": score, "comment": f"草稿{score}"}}
                make.save_scores(sheet, actor=peers[0].expert.user, scores=given, version=sheet.version)

        return act

    few = {name: watchers[name] for name in ("unfinished reviewer", "operator", "supervisor", "conflicted expert")}
    high, told_high = in_a_world(written("91.25"), few, known)
    low, told_low = in_a_world(written("13.75"), few, known)
    assert told_high == told_low
    leaks = {name: differing(high[name], low[name]) for name in high}
    assert not {name: list(found.items())[:3] for name, found in leaks.items() if found}


def test_conflicted_and_recused_experts_see_neither_panel_nor_whether_anyone_scored(scene):
    """For them the review is the same whether peers have locked everything or opened nothing."""
    _given, _panel, peers, watchers, known = scene
    names = ("conflicted expert", "recused expert", "bidder", "owner", "anonymous")
    few = {name: watchers[name] for name in names}
    nothing, _told = in_a_world(lambda: None, few, known)
    everything, _told = in_a_world(locked_by(peers, ["91.25"]), few, known)
    # The owner's ledger has the entries of the challenge alone; panels and sheets are no part of it.
    leaks = {name: differing(nothing[name], everything[name]) for name in few}
    assert not {name: list(found.items())[:3] for name, found in leaks.items() if found}


def test_who_was_left_out_reaches_no_member_expert_or_bidder(db):
    """One more expert left out for a tie changes nothing that a member of the panel or an outsider can see."""
    given = make.court(bids=2, experts=8)
    tied = make.expert(given, "有冲突的专家")
    panel = make.create_panel(given.challenge, actor=given.operator)
    watchers = {
        "conflicted expert": tied.user,
        "bidder": given.bids[0].created_by,
        "anonymous": outsiders()["anonymous"],
    }
    known = {"challenges": str(given.challenge.pk), "panels": str(panel.pk), "experts": str(given.experts[0].pk)}

    def draw(code):
        def act():
            if code:
                Relation.objects.create(expert=tied, kind=code, person=given.bids[1].created_by)
            found = take(panel, "give_seed", actor=given.supervisor, seed=make.SEED)
            take(take(found, "draw", actor=given.operator), "release", actor=given.operator)

        return act

    relative, _told = in_a_world(draw("relative"), watchers, known)
    supervision, _told = in_a_world(draw("supervision"), watchers, known)
    # What the conflicted expert declared themself stands in their own profile; who else sees it is told nothing here.
    own = re.compile(r"/experts/")
    leaks = {
        name: {
            path: lines for path, lines in differing(relative[name], supervision[name]).items() if not own.search(path)
        }
        for name in watchers
    }
    assert not {name: list(found.items())[:3] for name, found in leaks.items() if found}


def test_feedback_tells_not_who_wrote_what_by_order_time_or_number(db):
    """The same comments by other hands, written in another order: the bidder and the public see the same."""
    given = make.court(bids=1, experts=7)
    panel = make.scoring(given)
    seats = make.seats(panel, "accepted")
    comments = [f"意见{number}：路线清楚，依据充分。" for number in range(len(seats))]
    bidder = given.bids[0].created_by
    watchers = {"bidder": bidder, "anonymous": outsiders()["anonymous"]}
    known = {"challenges": str(given.challenge.pk), "panels": str(panel.pk), "bids": str(given.bids[0].pk)}

    def judged(order):
        def act():
            by_seat = dict(zip([seat.pk for seat in seats], comments[order:] + comments[:order], strict=True))
            while left := make.sheets(Panel.objects.get(pk=panel.pk), state="open"):
                for sheet in left if order else reversed(left):
                    filled = make.fill(sheet, "80", comment=by_seat[sheet.assignment_id])
                    take(filled, "lock", actor=sheet.assignment.expert.user)
            take(Panel.objects.get(pk=panel.pk), "open_consensus", actor=given.operator)
            take(type(given.challenge).objects.get(pk=given.challenge.pk), "finish_review", actor=given.operator)
            make.place(given.challenge, state="awarded", awarded_at=given.challenge.opened_at)
            make.place(Bid.objects.get(), state="not_awarded")

        return act

    one, _told = in_a_world(judged(0), watchers, known)
    other, _told = in_a_world(judged(2), watchers, known)
    page = f"/bids/{given.bids[0].pk}/feedback/"
    assert all(comment in one["bidder"][page] for comment in comments)
    leaks = {name: differing(one[name], other[name]) for name in watchers}
    assert not {name: list(found.items())[:3] for name, found in leaks.items() if found}
