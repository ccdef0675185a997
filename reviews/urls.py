"""Addresses of a reviewer's work, of panels and of the expert pool."""

from django.urls import path

from reviews.views import experts, panels, sheets, work

urlpatterns = [
    path("work/", work.work, name="work"),
    path("bids/<uuid:pk>/feedback/", work.bid_feedback, name="bid_feedback"),
    path("reviews/", sheets.reviews, name="reviews"),
    path("assignments/<uuid:pk>/", sheets.assignment, name="assignment"),
    path("sheets/<uuid:pk>/", sheets.sheet, name="sheet"),
    path("sheets/<uuid:pk>/save/", sheets.sheet_save, name="sheet_save"),
    path("panels/", panels.panels, name="panels"),
    path("panels/<uuid:pk>/", panels.panel, name="panel"),
    path("panels/<uuid:pk>/ranking/", panels.panel_ranking, name="panel_ranking"),
    path("panels/<uuid:pk>/draw/", panels.panel_draw, name="panel_draw"),
    path("panels/<uuid:pk>/extend/", panels.review_extend, name="review_extend"),
    path("challenges/<uuid:pk>/panel/", panels.panel_create, name="panel_create"),
    path("experts/", experts.experts, name="experts"),
    path("experts/add/", experts.expert_add, name="expert_add"),
    path("experts/apply/", experts.expert_apply, name="expert_apply"),
    path("experts/<uuid:pk>/", experts.expert, name="expert"),
    path("experts/<uuid:pk>/edit/", experts.expert_edit, name="expert_edit"),
    path("experts/<uuid:pk>/relations/", experts.relation_add, name="relation_add"),
]
