"""The work page, and what a panel wrote about a bid for the team that wrote it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import pages
from challenges.models import Bid
from challenges.rubrics import by_axis
from challenges.stages import stage
from config import context
from reviews import queries
from reviews.work import work_of


@login_required
@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """What waits for this person in the role they act as, by when."""
    person = pages.person(request)
    return render(request, "reviews/work.html", {"work": work_of(person, context.of(request).role)})


@login_required
@require_GET
def bid_feedback(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Means and comments on a bid, without their authors, once the award is decided."""
    found: Bid = pages.found(request.user, "bids", pk)
    judged = queries.own_feedback(found)
    if not judged.criteria:
        raise Http404
    context = {
        "bid": found,
        "challenge": found.challenge,
        "stage": stage(found.challenge),
        "judged": judged,
        "axes": by_axis(judged.axes),
    }
    return render(request, "reviews/bid_feedback.html", context)
