"""Addresses of a reviewer's work, of panels and of the expert pool."""

from django.urls import path

from reviews.views import conflicts, consensus, experts, panels, pool, proofs, quality, sheets, work

urlpatterns = [
    path("work/", work.work, name="work"),
    path("bids/<uuid:pk>/feedback/", work.bid_feedback, name="bid_feedback"),
    path("reviews/", sheets.reviews, name="reviews"),
    path("assignments/<uuid:pk>/", sheets.assignment, name="assignment"),
    path("sheets/<uuid:pk>/", sheets.sheet, name="sheet"),
    path("sheets/<uuid:pk>/save/", sheets.sheet_save, name="sheet_save"),
    path("panels/", panels.panels, name="panels"),
    path("panels/<uuid:pk>/", panels.panel, name="panel"),
    path("panels/<uuid:pk>/ranking/", proofs.panel_ranking, name="panel_ranking"),
    path("panels/<uuid:pk>/consensus/", consensus.consensus, name="consensus"),
    path("panels/<uuid:pk>/scores/<str:form>/", consensus.scores_table, name="scores_table"),
    path("panels/<uuid:pk>/draw/", proofs.panel_draw, name="panel_draw"),
    path("panels/<uuid:pk>/extend/", panels.review_extend, name="review_extend"),
    path("challenges/<uuid:pk>/proof/", proofs.proof, name="proof"),
    path("verification/", proofs.method, name="method"),
    path("verification/program.zip", proofs.method_program, name="method_program"),
    path("challenges/<uuid:pk>/panel/", panels.panel_create, name="panel_create"),
    path("experts/", experts.experts, name="experts"),
    path("experts/invitations/", pool.invitations, name="expert_invitations"),
    path("experts/invitations/<uuid:pk>/", pool.invitation, name="expert_invitation"),
    path("experts/specialties/", pool.specialties, name="specialties"),
    path("experts/import/", pool.import_experts_page, name="expert_import"),
    path("experts/import/template/", pool.template, name="expert_template"),
    path("experts/export/", pool.export, name="expert_export"),
    path("experts/quality/", quality.quality, name="quality"),
    path("experts/quality/<str:form>/", quality.quality_table, name="quality_table"),
    path("experts/add/", experts.expert_add, name="expert_add"),
    path("experts/apply/", experts.expert_apply, name="expert_apply"),
    path("experts/<uuid:pk>/", experts.expert, name="expert"),
    path("experts/<uuid:pk>/edit/", experts.expert_edit, name="expert_edit"),
    path("experts/<uuid:pk>/relations/", experts.relation_add, name="relation_add"),
    path("experts/<uuid:pk>/relations/<uuid:relation_pk>/", experts.relation, name="relation"),
    path("experts/<uuid:pk>/absences/", experts.absence_add, name="absence_add"),
    path("experts/<uuid:pk>/absences/<uuid:absence_pk>/strike/", experts.absence_strike, name="absence_strike"),
    path("challenges/<uuid:pk>/conflicts/", conflicts.challenge_conflicts, name="conflicts"),
    path("assignments/<uuid:pk>/tie/", conflicts.declare_tie, name="assignment_tie"),
]
