"""Addresses of challenges and bids; those from the award on stand in urls_execution."""

from django.urls import include, path

from challenges.views import bids, challenges, imports, rubrics

urlpatterns = [
    path("", challenges.challenge_list, name="challenge_list"),
    path("challenges/new/", challenges.challenge_create, name="challenge_create"),
    path("challenges/import/", imports.import_workbook, name="import"),
    path("challenges/import/done/", imports.import_done, name="import_done"),
    path("challenges/<uuid:pk>/", challenges.challenge, name="challenge"),
    path("challenges/<uuid:pk>/edit/", challenges.challenge_edit, name="challenge_edit"),
    path("challenges/<uuid:pk>/rubric/", rubrics.challenge_rubric, name="challenge_rubric"),
    path("challenges/<uuid:pk>/documents/", challenges.challenge_upload, name="challenge_upload"),
    path("challenges/<uuid:pk>/republish/", challenges.challenge_republish, name="challenge_republish"),
    path("challenges/<uuid:pk>/questions/", challenges.question_ask, name="question_ask"),
    path("challenges/<uuid:pk>/questions/<uuid:question_pk>/", challenges.question_answer, name="question_answer"),
    path("challenges/<uuid:pk>/bids/new/", bids.bid_create, name="bid_create"),
    path("bids/", bids.bids, name="bids"),
    path("bids/<uuid:pk>/", bids.bid, name="bid"),
    path("bids/<uuid:pk>/edit/", bids.bid_edit, name="bid_edit"),
    path("bids/<uuid:pk>/edit/pledge/", bids.bid_pledge, name="bid_pledge"),
    path("bids/<uuid:pk>/edit/members/", bids.bid_members, name="bid_members"),
    path("bids/<uuid:pk>/edit/partners/", bids.bid_partners, name="bid_partners"),
    path("bids/<uuid:pk>/edit/<slug:part>/", bids.bid_part, name="bid_part"),
    path("bids/<uuid:pk>/edit/<slug:part>/save/", bids.bid_save, name="bid_save"),
    path("bids/<uuid:pk>/documents/", bids.bid_upload, name="bid_upload"),
    path("", include("challenges.urls_execution")),
]
