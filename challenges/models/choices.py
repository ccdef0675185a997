"""Vocabularies of the field that columns refer to."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Industry(models.TextChoices):
    """The region's key industries."""

    COAL_CHEMICAL = "coal_chemical", _("Modern coal chemistry")
    EQUIPMENT = "equipment", _("Equipment manufacturing")
    OPTOELECTRONICS = "optoelectronics", _("Semiconductor optoelectronics")
    CARBON_MATERIALS = "carbon_materials", _("Carbon-based new materials")
    MEDICINE = "medicine", _("Medicine and health")
    HYDROGEN = "hydrogen", _("Hydrogen energy")
    TRUSTED_IT = "trusted_it", _("Trusted IT")


class ChallengeKind(models.TextChoices):
    CORE_TECHNOLOGY = "core_technology", _("Core technology")
    BOTTLENECK = "bottleneck", _("Bottleneck technology")
    FRONTIER = "frontier", _("Basic frontier")


class ReviewClass(models.TextChoices):
    """Which rubric judges the bids (分类评价)."""

    BASIC = "basic", _("Basic research")
    APPLIED = "applied", _("Applied research")
    DEVELOPMENT = "development", _("Technical development")
    TRANSFER = "transfer", _("Transfer of results")


class Secrecy(models.TextChoices):
    """What the platform accepts; state secrets (涉密) are refused."""

    PUBLIC = "public", _("Public")
    INTERNAL = "internal", _("Internal")
    TRADE_SECRET = "trade_secret", _("Trade secret")


class Comparator(models.TextChoices):
    AT_LEAST = ">=", "≥"
    AT_MOST = "<=", "≤"
    EQUAL = "=", "="


def default_review_class(kind: str) -> str:
    """The review class that usually fits a kind of challenge; the operator decides at vetting."""
    return {
        ChallengeKind.FRONTIER: ReviewClass.BASIC,
        ChallengeKind.BOTTLENECK: ReviewClass.APPLIED,
    }.get(ChallengeKind(kind), ReviewClass.DEVELOPMENT).value
