"""Addresses from the award to the last payment, of the ledger and of the rule sets."""

from django.urls import path

from challenges.views import awards, calendar, contracts, ledger, objections, payments, rule_sets

urlpatterns = [
    path("awards/", awards.awards, name="awards"),
    path("awards/<uuid:pk>/", awards.award, name="award"),
    path("challenges/<uuid:pk>/notice/", awards.notice_preview, name="notice_preview"),
    path("awards/<uuid:pk>/object/", objections.award_object, name="award_object"),
    path("objections/<uuid:pk>/", objections.objection, name="objection"),
    path("objections/<uuid:pk>/appeal/", objections.objection_appeal, name="objection_appeal"),
    path("objections/<uuid:pk>/documents/", objections.objection_upload, name="objection_upload"),
    path("contracts/", contracts.contracts, name="contracts"),
    path("contracts/<uuid:pk>/", contracts.contract, name="contract"),
    path("contracts/<uuid:pk>/edit/", contracts.contract_edit, name="contract_edit"),
    path("milestones/<uuid:pk>/", contracts.milestone, name="milestone"),
    path("milestones/<uuid:pk>/documents/", contracts.milestone_upload, name="milestone_upload"),
    path("payments/", payments.payments, name="payments"),
    path("payments/<uuid:pk>/", payments.payment, name="payment"),
    path("ledger/", ledger.ledgers, name="ledger"),
    path("challenges/<uuid:pk>/ledger/", ledger.challenge_ledger, name="challenge_ledger"),
    path("challenges/<uuid:pk>/ledger/export/", ledger.challenge_ledger_export, name="challenge_ledger_export"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/enter/", calendar.calendar_enter, name="calendar_enter"),
    path("calendar/<uuid:pk>/", calendar.calendar_year, name="calendar_year"),
    path("rule-sets/", rule_sets.rule_sets, name="rule_sets"),
    path("rule-sets/<uuid:pk>/", rule_sets.rule_set, name="rule_set"),
    path("rule-sets/<uuid:pk>/copy/", rule_sets.rule_set_copy, name="rule_set_copy"),
    path("rule-sets/<uuid:pk>/edit/", rule_sets.rule_set_edit, name="rule_set_edit"),
]
