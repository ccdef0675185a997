"""Vocabularies of the field that columns refer to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.policy import Text


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


class IpPreset(models.TextChoices):
    """Who owns what comes of a contract; each clause with the law it rests on."""

    OWNER = "owner", _("The challenge owner owns the results, the team may use them")
    TEAM = "team", _("The team owns the results, the challenge owner may use them")
    JOINT = "joint", _("Both sides own the results jointly")
    OTHER = "other", _("A clause of its own")

    @property
    def clause(self) -> Text:
        """The clause as the contract carries it; a clause of its own has no words here."""
        return {
            "owner": _(
                "The right to apply for patents and the other rights in the results belong to the challenge owner; "
                "the team may use them free of charge for its own research and development, without transfer."
            ),
            "team": _(
                "The right to apply for patents and the other rights in the results belong to the team; the challenge "
                "owner may use them free of charge, and comes first where the team transfers them."
            ),
            "joint": _(
                "The right to apply for patents and the other rights in the results belong to both sides jointly; "
                "either side may use them itself, and a transfer needs the other side's agreement."
            ),
        }.get(self.value, "")

    @property
    def source(self) -> Text:
        """The articles of law that the clause rests on."""
        return {
            "owner": _("Civil Code, Articles 859 and 861; Patent Law, Article 8"),
            "team": _("Civil Code, Articles 859 and 861; Patent Law, Article 8"),
            "joint": _("Civil Code, Articles 860 and 861; Patent Law, Articles 8 and 14"),
            "other": _("Civil Code, Article 845; Law on Promoting the Transformation of Results, Article 40"),
        }[self.value]
