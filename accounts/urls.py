"""Addresses of people, organisations, the inbox, and of every step."""

from django.urls import path

from accounts.views import documents, inbox, organizations, profile, steps

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/poll/", inbox.inbox_poll, name="inbox_poll"),
    path("inbox/read/", inbox.inbox_read, name="inbox_read"),
    path("inbox/<uuid:pk>/", inbox.inbox_item, name="inbox_item"),
    path("profile/", profile.profile, name="profile"),
    path("organizations/", organizations.organizations, name="organizations"),
    path("organizations/new/", organizations.organization_create, name="organization_create"),
    path("organizations/<uuid:pk>/", organizations.organization, name="organization"),
    path("organizations/<uuid:pk>/parent/", organizations.organization_parent, name="organization_parent"),
    path("organizations/<uuid:pk>/members/", organizations.member_add, name="member_add"),
    path("organizations/<uuid:pk>/members/<uuid:member_pk>/", organizations.member, name="member"),
    path("organizations/<uuid:pk>/members/<uuid:member_pk>/end/", organizations.member_end, name="member_end"),
    path("memberships/<uuid:pk>/accept/", organizations.offer_accept, name="offer_accept"),
    path("memberships/<uuid:pk>/end/", organizations.offer_end, name="offer_end"),
    path("documents/<uuid:pk>/remove/", documents.document_remove, name="document_remove"),
    path("<slug:kind>/<uuid:pk>/steps/<slug:name>/", steps.step, name="step"),
]
