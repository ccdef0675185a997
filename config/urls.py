"""Every address of the site."""

from django.urls import include, path

from accounts.admin import site

urlpatterns = [
    path("", include("config.health")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("config.api")),
    path("", include("accounts.document_views")),
    path("", include("accounts.urls")),
    path("admin/", site.urls),
    path("", include("challenges.urls")),
    path("", include("reviews.urls")),
]
