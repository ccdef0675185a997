"""The region over the API: the funnel from needs to acceptance."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from accounts.resources import SEEN
from accounts.signin import PUBLIC
from challenges.funnel import funnel
from challenges.schemas.region import FunnelOut

router = Router()


@router.get(
    "/region/funnel", response={200: FunnelOut, **SEEN}, operation_id="get_funnel", tags=["region"], auth=PUBLIC
)
def get_funnel(request: HttpRequest) -> Any:
    """How many challenges reached each stage, by industry and year of filing."""
    return funnel(request.user)
