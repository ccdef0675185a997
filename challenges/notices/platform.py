"""What the platform works by: rule sets, calendar, figures of the region."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import holders_of
from accounts.notifications import Notice

NOTICES = {
    "rule_set_proposed": Notice(
        _("A rule set waits for approval: %(object)s."), lambda _item: holders_of("decider"), needs_action=True
    ),
    "calendar_proposed": Notice(
        _("The calendar of a year waits for approval: %(object)s."),
        lambda _item: holders_of("decider"),
        needs_action=True,
    ),
    "calendar_rejected": Notice(
        _("The calendar entered was rejected: %(object)s. %(reason)s"),
        lambda item: [item.entered_by],
        needs_action=True,
    ),
    "region_figure_proposed": Notice(
        _("A figure of the region waits for confirmation: %(object)s."),
        lambda _item: holders_of("decider"),
        needs_action=True,
    ),
    "region_figure_rejected": Notice(
        _("The figure entered was rejected: %(object)s. %(reason)s"),
        lambda item: [item.entered_by],
        needs_action=True,
    ),
}
