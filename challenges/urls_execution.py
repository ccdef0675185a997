"""Addresses from the award to the last payment, of the ledger and of the rule sets."""

from django.urls import path

from challenges.views import awards, contracts, ledger, measurements, payments, rule_sets, terminations

urlpatterns = [
    path("awards/", awards.awards, name="awards"),
    path("awards/<uuid:pk>/", awards.award, name="award"),
    path("awards/<uuid:pk>/object/", awards.award_object, name="award_object"),
    path("objections/<uuid:pk>/", awards.objection, name="objection"),
    path("objections/<uuid:pk>/documents/", awards.objection_upload, name="objection_upload"),
    path("contracts/", contracts.contracts, name="contracts"),
    path("contracts/<uuid:pk>/", contracts.contract, name="contract"),
    path("contracts/<uuid:pk>/edit/", contracts.contract_edit, name="contract_edit"),
    path("milestones/<uuid:pk>/", contracts.milestone, name="milestone"),
    path("milestones/<uuid:pk>/documents/", contracts.milestone_upload, name="milestone_upload"),
    path("milestones/<uuid:pk>/measurements/", measurements.milestone_measure, name="milestone_measure"),
    path("milestones/<uuid:pk>/certificate/", measurements.certificate, name="certificate"),
    path("terminations/<uuid:pk>/", terminations.termination, name="termination"),
    path("terminations/<uuid:pk>/documents/", terminations.termination_upload, name="termination_upload"),
    path("payments/", payments.payments, name="payments"),
    path("payments/<uuid:pk>/", payments.payment, name="payment"),
    path("ledger/", ledger.ledgers, name="ledger"),
    path("challenges/<uuid:pk>/ledger/", ledger.challenge_ledger, name="challenge_ledger"),
    path("challenges/<uuid:pk>/ledger/export/", ledger.challenge_ledger_export, name="challenge_ledger_export"),
    path("rule-sets/", rule_sets.rule_sets, name="rule_sets"),
    path("rule-sets/<uuid:pk>/", rule_sets.rule_set, name="rule_set"),
    path("rule-sets/<uuid:pk>/copy/", rule_sets.rule_set_copy, name="rule_set_copy"),
    path("rule-sets/<uuid:pk>/edit/", rule_sets.rule_set_edit, name="rule_set_edit"),
]
