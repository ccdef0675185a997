"""Who acts in the invented data: staff, owners, bidders and reviewers, each kind with accounts that can sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts import uscc
from accounts.models import Membership, Organization, User
from challenges.models import Industry
from reviews.generate import words
from reviews.generate.plan import Plan
from reviews.generate.rows import Rows
from reviews.models import Expert, Relation

DOMAIN = "demo.example"
SIGN_INS = 9
SALT = "TheSameForEveryInventedPerson"  # one hash for all of them: making each its own would take minutes
STAFF = {"operator": 2, "decider": 3, "supervisor": 1, "finance": 1}


@dataclass(frozen=True)
class Person:
    """An account, the organisation it belongs to, and its name."""

    id: UUID
    name: str
    house: UUID | None = None


@dataclass(frozen=True)
class Crowd:
    """Everyone, by what they do; the first few of each kind can sign in."""

    staff: dict[str, list[Person]]
    owners: list[Person]
    bidders: list[Person]
    reviewers: list[Person]
    experts: list[UUID]
    house_names: dict[UUID, str]
    house_codes: dict[UUID, str]
    most_in_team: int

    def team(self, place: int) -> list[Person]:
        """Who works for the lead of this place, itself first; neighbours share nobody, so neither do rival bids."""
        stride = max(1, len(self.bidders) // (self.most_in_team + 1))
        return [self.bidders[(place + step * stride) % len(self.bidders)] for step in range(self.most_in_team)]

    def house(self, key: UUID | None) -> dict[str, str]:
        """Name and code of an organisation."""
        return {"name": self.house_names[key], "uscc": self.house_codes[key]} if key else {"name": "", "uscc": ""}

    def operator(self, turn: int = 0) -> Person:
        """One of the operators."""
        return self.staff["operator"][turn % len(self.staff["operator"])]

    def decider(self, turn: int = 0) -> Person:
        """One of the deciders."""
        return self.staff["decider"][turn % len(self.staff["decider"])]


def new_id(chance: Random) -> UUID:
    """A key, the same in every run."""
    return UUID(int=chance.getrandbits(128), version=4)


class _Maker:
    def __init__(self, rows: Rows, chance: Random, password: str, since: datetime) -> None:
        self.rows, self.chance, self.since = rows, chance, since
        self.secret, self.nobodys = make_password(password, salt=SALT), "!"  # what no password fits
        self.accounts = self.houses = 0
        self.house_names: dict[UUID, str] = {}
        self.house_codes: dict[UUID, str] = {}

    def person(self, kind: str, number: int, *, house: UUID | None = None, roles: Sequence[str] = ()) -> Person:
        person = Person(new_id(self.chance), words.person(self.accounts), house)
        email, signs_in = f"load-{kind}{number}@{DOMAIN}", number <= SIGN_INS
        self.accounts += 1
        self.rows.add(
            User, id=person.id, email=email, name=person.name, roles=list(roles), date_joined=self.since,
            password=self.secret if signs_in else self.nobodys,
        )  # fmt: skip
        if signs_in:
            self.rows.add(EmailAddress, user_id=person.id, email=email, verified=True, primary=True)
        if house is not None:
            # Who may sign in may sign contracts as well.
            role = Membership.Role.MEMBER if kind == "reviewer" else Membership.Role.ADMIN
            self.rows.add(
                Membership, id=new_id(self.chance), user_id=person.id, organization_id=house, role=role,
                created_at=self.since,
            )  # fmt: skip
        return person

    def house(self, kind: str, *, state: str = "verified", verified_by: UUID | None) -> UUID:
        made = new_id(self.chance)
        name = self.house_names[made] = words.house(kind, self.houses)
        code = self.house_codes[made] = uscc.make(f"91140400LD{self.houses:06d}")
        self.houses += 1
        self.rows.add(
            Organization, id=made, state=state, name=name, uscc=code, kind=kind, region="山西省长治市",
            verified_by_id=None if state == "unverified" else verified_by, created_at=self.since,
            suspension_reason="证照到期，待更新。" if state == "suspended" else "",
        )  # fmt: skip
        return made


def assemble(rows: Rows, plan: Plan, *, password: str, today: datetime) -> Crowd:
    """Make everyone the plan needs."""
    chance = Random(plan.numbers.experts)  # noqa: S311  (invented data)
    maker = _Maker(rows, chance, password, today - timedelta(days=1650))
    staff = {
        role: [maker.person(role, number, roles=[role]) for number in range(1, count + 1)]
        for role, count in STAFF.items()
    }
    operator = staff["operator"][0].id
    owners = []
    for number in range(1, max(2, plan.numbers.challenges // 8) + 1):
        owners.append(maker.person("owner", number, house=maker.house("enterprise", verified_by=operator)))
        rows.breathe()
    bidders = []
    for number in range(1, plan.leads + 1):
        kind = ("institute", "university", "enterprise")[number % 3]
        bidders.append(maker.person("bidder", number, house=maker.house(kind, verified_by=operator)))
        rows.breathe()
    for place in range(max(2, plan.leads // 100)):  # those that wait for an operator, or were suspended
        maker.house("enterprise", state=("unverified", "suspended")[place % 2], verified_by=operator)
    reviewers, experts = _pool(rows, plan, maker, operator)
    pairs, _odd = plan.teams
    most = pairs // max(1, plan.numbers.bids) + 2
    crowd = Crowd(staff, owners, bidders, reviewers, experts, maker.house_names, maker.house_codes, most)
    _join_teams(rows, crowd, maker)
    return crowd


def _join_teams(rows: Rows, crowd: Crowd, maker: _Maker) -> None:
    """Make everyone a member where they work: a bid's people belong to its consortium."""
    rows.flush()
    for place, lead in enumerate(crowd.bidders):
        for person in crowd.team(place)[1:]:
            rows.add(
                Membership, id=new_id(maker.chance), user_id=person.id, organization_id=lead.house,
                role=Membership.Role.MEMBER, created_at=maker.since,
            )  # fmt: skip
        rows.breathe()


def _pool(rows: Rows, plan: Plan, maker: _Maker, operator: UUID) -> tuple[list[Person], list[UUID]]:
    """The experts, neighbours in the list at different employers; the last few are not in the pool."""
    chance, count = maker.chance, plan.numbers.experts
    employers = [maker.house("university", verified_by=operator) for _ in range(max(6, count // 8))]
    reviewers, experts = [], []
    waiting = max(3, count // 20)
    for place in range(count):
        employer = employers[place % len(employers)]
        person = maker.person("reviewer", place + 1, house=employer)
        expert = new_id(chance)
        away = place >= count - waiting
        state = ("applied", "paused", "invited")[place % 3] if away else "active"
        rows.add(
            Expert, id=expert, state=state, user_id=person.id,
            organization_id=employer, fields=chance.sample(Industry.values, 3), may_chair=place % 10 != 9,
            biography="长期从事相关领域研究与工程化，参与行业标准编制。", created_at=maker.since,
            approved_by_id=None if state == "applied" else operator,
        )  # fmt: skip
        if place % 15 == 14:
            rows.add(
                Relation, id=new_id(chance), expert_id=expert, kind="consulting", source="本人申报",
                organization_id=employers[(place + 1) % len(employers)],
                until=(maker.since + timedelta(days=1550)).date(),
            )  # fmt: skip
        if not away:
            reviewers.append(person)
            experts.append(expert)
        rows.breathe()
    return reviewers, experts
