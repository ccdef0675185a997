"""The calendar over the API."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from accounts.api import of
from accounts.resources import REFUSALS, Resource, found, mount, query_of
from challenges import actions
from challenges.schemas.calendar import CalendarYearDetail, CalendarYearIn, CalendarYearSummary

router = Router()
SORTS = {"year": ("-year", "-version"), "newest": ("-created_at", "id")}
mount(
    router,
    Resource(
        kind="calendar-years",
        summary=CalendarYearSummary,
        detail=CalendarYearDetail,
        query=query_of("CalendarYearQuery", sorts=SORTS, state=str, year=int),
        filters={"state": "state", "year": "year"},
        sorts=SORTS,
        public=True,
    ),
)


@router.post(
    "/calendar-years",
    response={201: CalendarYearDetail, **REFUSALS},
    operation_id="create_calendar_year",
    tags=["calendar-years"],
)
def create_calendar_year(request: HttpRequest, given: CalendarYearIn) -> Any:
    """Enter a version of a year as announced; a decider approves it."""
    user = of(request)
    made = actions.enter_calendar_year(actor=user, **given.dict())
    return Status(201, found(user, "calendar-years", made.pk))
