"""The one page that hands out a file of any kind."""

from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_GET

from accounts import documents


@require_GET
def document(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """Download a document; a PDF opens in the browser when asked with `?inline=1`."""
    found, shelf = documents.find(request.user, pk)
    return documents.download(found, user=request.user, action=shelf.read, inline="inline" in request.GET)


urlpatterns = [path("documents/<uuid:pk>/", document, name="document")]
