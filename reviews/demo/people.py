"""The invented cast: organisations with valid codes, and an account for every role."""

from dataclasses import dataclass, field

from allauth.account.models import EmailAddress

from accounts import uscc
from accounts.models import Membership, Organization, OrganizationKind, User
from accounts.workflow import take
from challenges.models import Industry
from reviews.models import Expert

DOMAIN = "demo.example"
BIDDERS = ("示范大学材料学院", "示范先进技术研究院", "示范能源研究所", "示范智能装备实验室")
EMPLOYERS = ("示范理工大学", "示范工业大学", "示范科学院一所", "示范科学院二所", "示范检测中心")
REVIEWER_NAMES = ("评审甲", "评审乙", "评审丙", "评审丁", "评审戊", "评审己", "评审庚", "评审辛", "评审壬")


@dataclass
class Cast:
    """Everyone a journey needs."""

    operator: User
    decider: User
    decider2: User
    decider3: User
    supervisor: User
    finance: User
    owner: User
    owner_organization: Organization
    bidders: list[User] = field(default_factory=list)
    leads: list[Organization] = field(default_factory=list)
    reviewers: list[User] = field(default_factory=list)


def account(name: str, shown: str, password: str | None, *roles: str) -> User:
    """An account `name`@demo.example with its e-mail confirmed; found if it is already there."""
    email = f"{name}@{DOMAIN}"
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, name=shown, roles=list(roles))
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def organization(
    name: str, number: int, operator: User, kind: OrganizationKind = OrganizationKind.ENTERPRISE
) -> Organization:
    """A verified organisation with an invented but valid code."""
    code = uscc.make(f"91140400MA{number:06d}")
    found, created = Organization.objects.get_or_create(uscc=code, defaults={"name": name, "kind": kind})
    return take(found, "verify", actor=operator) if created else found


def join(user: User, organization: Organization, role: Membership.Role = Membership.Role.ADMIN) -> None:
    """Make the user a member."""
    Membership.objects.get_or_create(user=user, organization=organization, ended_at=None, defaults={"role": role})


def assemble(password: str | None = None) -> Cast:
    """The whole cast, created where it is missing. Without a password nobody can sign in by one."""
    operator = account("operator", "运营员", password, "operator")
    enterprise = organization("示范制造有限公司", 1, operator)
    cast = Cast(
        operator=operator,
        decider=account("decider", "决策人甲", password, "decider"),
        decider2=account("decider2", "决策人乙", password, "decider"),
        decider3=account("decider3", "决策人丙", password, "decider"),
        supervisor=account("supervisor", "监督员", password, "supervisor"),
        finance=account("finance", "财务员", password, "finance"),
        owner=account("owner", "发榜人", password),
        owner_organization=enterprise,
    )
    join(cast.owner, enterprise)
    for number, name in enumerate(BIDDERS, start=1):
        bidder = account(f"bidder{number}", f"揭榜人{number}", password)
        lead = organization(name, 100 + number, operator, OrganizationKind.UNIVERSITY)
        join(bidder, lead)
        cast.bidders.append(bidder)
        cast.leads.append(lead)
    employers = [
        organization(name, 200 + number, operator, OrganizationKind.INSTITUTE)
        for number, name in enumerate(EMPLOYERS, start=1)
    ]
    for number, name in enumerate(REVIEWER_NAMES, start=1):
        reviewer = account(f"reviewer{number}", name, password)
        employer = employers[(number - 1) % len(employers)]
        if not Expert.objects.filter(user=reviewer).exists():
            join(reviewer, employer, Membership.Role.MEMBER)
            expert = Expert(
                user=reviewer,
                organization=employer,
                fields=list(Industry.values),
                biography="从事相关领域研究与工程化二十余年，参与多项行业标准的编制。",
            )
            expert.save(force_insert=True)
            take(expert, "approve", actor=operator)
        cast.reviewers.append(reviewer)
    return cast
