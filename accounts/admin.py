"""The read-only admin: a superuser looks up what the policy lets them see anyway, and changes nothing.

A site of its own, so that no package's own admin (groups, second factors, sessions) comes along with its rights to
change things. Every list goes through the policy: what is sealed is not there, neither its rows nor their number.
"""

from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Notification, Organization, User
from accounts.models.words import holding
from accounts.policy import visible


class ReadOnlySite(admin.AdminSite):
    """For superusers who are staff; signing in goes through the site's own page, with its limits and second factor."""

    site_title = site_header = _("Read-only administration")
    index_title = _("What you may see")
    enable_nav_sidebar = False
    password_change_template = None

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this account may open the admin at all."""
        user = request.user
        return user.is_active and user.is_staff and bool(user.is_superuser)


site = ReadOnlySite(name="admin")
site.login = secure_admin_login(site.login)  # type: ignore[method-assign]


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic only for the type checker
    """Lists and shows what `view` of the policy lets this person see; adds, changes and deletes nothing."""

    view: ClassVar[str]
    actions = None
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, *_args: Any) -> bool:
        """Nothing is added here."""
        return False

    def has_change_permission(self, *_args: Any) -> bool:
        """Nothing is changed here."""
        return False

    def has_delete_permission(self, *_args: Any) -> bool:
        """Nothing is deleted here."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only what the policy shows."""
        if not site.has_permission(request):
            return False
        return obj is None or self.get_queryset(request).filter(pk=obj.pk).exists()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows the policy shows, in the list's order."""
        return visible(request.user, self.view).order_by(*(self.get_ordering(request) or ("pk",)))

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the words that the lists of the pages are searched by, which an index holds."""
        return holding(queryset, search_term) if self.search_fields else queryset, False

    def lookup_allowed(self, lookup: str, _value: Any, request: HttpRequest | None = None) -> bool:
        """Only the declared filters: a lookup through a relation could tell whether a sealed bid exists."""
        return lookup.removesuffix("__exact") in self.list_filter


class UserAdmin(ReadOnlyAdmin):
    """Accounts: who holds which duty."""

    list_display = ("email", "name", "roles", "is_active", "date_joined")
    fields = ("email", "name", "roles", "language", "is_active", "is_staff", "is_superuser", "date_joined")
    search_fields = ("search", "email")
    list_filter = ("is_active", "is_staff")
    ordering = ("email",)

    def get_queryset(self, _request: HttpRequest) -> QuerySet[Any]:
        """Every account: what is shown of it tells nothing of bids or reviews."""
        return User.objects.order_by("email")

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By name, or by the beginning of the address."""
        if not search_term:
            return queryset, False
        named = holding(User.objects.all(), search_term).order_by().values("pk")
        addressed = User.objects.filter(email__startswith=search_term.lower()).order_by().values("pk")
        return queryset.filter(pk__in=named.union(addressed)), False


class OrganizationAdmin(ReadOnlyAdmin):
    """Organisations."""

    view = "organization.view"
    list_display = ("name", "uscc", "kind", "state", "region")
    fields = ("name", "uscc", "kind", "state", "region", "parent", "suspension_reason")
    search_fields = ("search",)
    list_filter = ("state", "kind")
    ordering = ("name",)


class NotificationAdmin(ReadOnlyAdmin):
    """One's own notifications."""

    view = "notification.view"
    list_display = ("kind", "created_at", "read_at", "delivered_at")
    fields = ("kind", "created_at", "read_at", "delivered_at", "needs_action")
    list_filter = ("kind",)
    ordering = ("-created_at",)


site.register(User, UserAdmin)
site.register(Organization, OrganizationAdmin)
site.register(Notification, NotificationAdmin)
