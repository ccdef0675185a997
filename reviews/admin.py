"""Read-only lists of experts, panels, seats and sheets, as far as the policy shows them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin, site
from reviews.models import Assignment, Expert, Panel, ScoreSheet


class ExpertAdmin(ReadOnlyAdmin):
    """Experts in sight."""

    view = "expert.view"
    list_display = ("user", "organization", "state", "may_chair")
    fields = ("user", "organization", "state", "fields", "biography", "may_chair", "approved_by")
    list_filter = ("state",)
    list_select_related = ("user", "organization")
    ordering = ("user__name", "pk")


class PanelAdmin(ReadOnlyAdmin):
    """Panels in sight, without their seeds."""

    view = "panel.view"
    list_display = ("challenge", "size", "state", "drawn_at", "closed_at")
    fields = ("challenge", "size", "state", "platform_commitment", "drawn_at", "closed_at")
    list_filter = ("state",)
    list_select_related = ("challenge",)
    ordering = ("-created_at", "pk")


class AssignmentAdmin(ReadOnlyAdmin):
    """Seats in sight."""

    view = "assignment.view"
    list_display = ("panel", "expert", "is_chair", "state", "respond_by")
    fields = ("panel", "expert", "is_chair", "state", "respond_by", "responded_at", "reason")
    list_filter = ("state",)
    list_select_related = ("panel__challenge", "expert__user")
    ordering = ("-created_at", "pk")


class ScoreSheetAdmin(ReadOnlyAdmin):
    """Sheets in sight."""

    view = "sheet.view"
    list_display = ("assignment", "code", "part", "state", "locked_at")
    fields = ("assignment", "code", "part", "state", "scores", "saved_at", "locked_at")
    list_filter = ("state", "part")
    list_select_related = ("assignment__panel__challenge", "bid")
    ordering = ("assignment", "part", "pk")

    @admin.display(description=_("bid"))
    def code(self, sheet: ScoreSheet) -> str:
        """The bid's code: a sheet is read blind here too."""
        return sheet.bid.code


for _model, _admin in (
    (Expert, ExpertAdmin),
    (Panel, PanelAdmin),
    (Assignment, AssignmentAdmin),
    (ScoreSheet, ScoreSheetAdmin),
):
    site.register(_model, _admin)
