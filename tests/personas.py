"""Everyone who may come to the site, by the name the tests use."""

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from reviews.demo import people
from reviews.demo.people import Cast

NAMES = (
    "anonymous", "stranger", "superuser", "owner", "bidder", "rival", "reviewer", "chair", "recused",
    "operator", "decider", "decider2", "supervisor", "finance",
)  # fmt: skip


def outsiders() -> dict[str, User | AnonymousUser]:
    """Those without a part in anything: the public, a person with an account, and a superuser without a duty."""
    superuser = User.objects.filter(email="root@demo.example").first()
    return {
        "anonymous": AnonymousUser(),
        "stranger": people.account("stranger", "路人", None),
        "superuser": superuser or User.objects.create_superuser("root@demo.example", None, name="超级用户"),
    }


def staff(cast: Cast) -> dict[str, User]:
    """The platform's own people."""
    return {
        "operator": cast.operator,
        "decider": cast.decider,
        "decider2": cast.decider2,
        "supervisor": cast.supervisor,
        "finance": cast.finance,
    }


def everyone(cast: Cast) -> dict[str, User | AnonymousUser]:
    """Personas that need no panel; `bidder` leads the first bid, `rival` the second; fresh from the database."""
    found = {**outsiders(), **staff(cast), "owner": cast.owner, "bidder": cast.bidders[0], "rival": cast.bidders[1]}
    found["reviewer"] = cast.reviewers[0]
    return {name: fresh(user) for name, user in found.items()}


def fresh(user: User | AnonymousUser) -> User | AnonymousUser:
    """The same account without anything remembered."""
    return user if isinstance(user, AnonymousUser) else User.objects.get(pk=user.pk)
