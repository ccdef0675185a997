"""Addresses from the award to the last payment, of the ledger and of the rule sets."""

from django.urls import path

from challenges.views import awards, bank, contracts, ledger, money, payments, rule_sets

urlpatterns = [
    path("awards/", awards.awards, name="awards"),
    path("awards/<uuid:pk>/", awards.award, name="award"),
    path("awards/<uuid:pk>/object/", awards.award_object, name="award_object"),
    path("objections/<uuid:pk>/", awards.objection, name="objection"),
    path("objections/<uuid:pk>/documents/", awards.objection_upload, name="objection_upload"),
    path("contracts/", contracts.contracts, name="contracts"),
    path("contracts/<uuid:pk>/", contracts.contract, name="contract"),
    path("contracts/<uuid:pk>/edit/", contracts.contract_edit, name="contract_edit"),
    path("contracts/<uuid:pk>/money/", money.contract_money, name="contract_money"),
    path("contracts/<uuid:pk>/money/sources/", money.money_sources, name="money_sources"),
    path("contracts/<uuid:pk>/money/receive/", money.money_receive, name="money_receive"),
    path("contracts/<uuid:pk>/money/recover/", money.money_recover, name="money_recover"),
    path("contracts/<uuid:pk>/money/payee/", bank.payee_give, name="payee_give"),
    path("payees/<uuid:pk>/", bank.payee, name="payee"),
    path("payment-batches/", bank.batches, name="payment_batches"),
    path("payment-batches/<uuid:pk>/", bank.batch, name="payment_batch"),
    path("payment-batches/<uuid:pk>/file/", bank.batch_file, name="payment_batch_file"),
    path("payment-batches/<uuid:pk>/answer/", bank.batch_answer, name="payment_batch_answer"),
    path("recoveries/<uuid:pk>/", money.recovery, name="recovery"),
    path("books/", money.bookings, name="bookings"),
    path("books/postings.<str:form>", money.bookings_export, name="bookings_export"),
    path("books/<uuid:pk>/reverse/", money.money_reverse, name="money_reverse"),
    path("milestones/<uuid:pk>/", contracts.milestone, name="milestone"),
    path("milestones/<uuid:pk>/documents/", contracts.milestone_upload, name="milestone_upload"),
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
