"""Where a contract changes, in words: “Milestone 2 · Due date” for milestones.2.due_on."""

from collections.abc import Iterable, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from challenges.models.contract_guards import SHARE_WORDS

ROWS: dict[str, str | Promise] = {
    "milestones": _("Milestone"),
    "targets": _("Target"),
    "shares": _("Organisation"),
}
FIELDS: dict[str, str | Promise] = {
    "leader": _("Person in charge"),
    "amount": _("Amount"),
    "due_on": _("Due date"),
    "bound": _("Value"),
    "name": _("Name"),
    "uscc": _("Unified social credit code"),
    **SHARE_WORDS,
}


def lines_in_words(lines: Iterable[list[str]], targets: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """Each difference as (where, before, after); `targets` are the names of the contract's, in their order."""
    return [(_where(path, targets), before, after) for path, before, after in lines]


def _where(path: str, targets: Sequence[str]) -> str:
    parts = path.split(".")
    field = str(FIELDS.get(parts[-1], parts[-1]))
    if len(parts) != 3:
        return field
    if parts[0] == "targets" and int(parts[1]) <= len(targets):
        return f"{targets[int(parts[1]) - 1]} · {field}"
    return f"{ROWS.get(parts[0], parts[0])} {parts[1]} · {field}"
