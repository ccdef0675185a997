"""The only door for a change of state.

`perform` opens a transaction, locks the row and reads it afresh, asks whether the step starts from this state, whether
the actor may take it and whether its conditions hold, then runs it, saves, writes the ledger and the notifications.
A step that touches several objects is an action, registered with `step` under the same name; it locks the parent
first, then children by key, and calls `perform` for each. `take` is what pages, API and commands call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, models, transaction
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMFieldMixin, TransitionNotAllowed

from accounts import kinds, ledger, notifications, policy
from accounts.models import Stateful, User
from accounts.policy import Text

ModelT = TypeVar("ModelT", bound=Stateful)
Step = Callable[..., Any]


class Refused(Exception):
    """The step does not fit the object's state or a condition does not hold; answered with 409 and the reason."""

    def __init__(self, reason: Text, *, code: str = "refused") -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.code = code


@dataclass(frozen=True)
class Transition:
    """One step open from the object's present state, as one person sees it."""

    name: str
    label: Text
    allowed: bool
    reason: Text
    code: str
    style: str
    consequences: tuple[Text, ...]
    touches: Callable[[Any], list[str]] | None = None

    @property
    def concerns_me(self) -> bool:
        """Whether the step belongs to this person's role; a page shows it, if only disabled with its reason."""
        return self.code != policy.NOT_YOURS


_steps: dict[tuple[type[models.Model], str], Step] = {}
_guards: dict[str, Text] = {}


def step(model: type[Stateful], name: str) -> Callable[[Step], Step]:
    """Register the action behind a step on several objects, in place of the bare transition."""

    def register(action: Step) -> Step:
        if (model, name) in _steps:
            raise ValueError(f"{model.__name__}.{name} is registered twice")
        _steps[model, name] = action
        return action

    return register


def explain_guards(reasons: Mapping[str, Text]) -> None:
    """Let an app say what the errors of its triggers mean, by their SQLSTATE."""
    _guards.update(reasons)


def refusal_of(error: DatabaseError) -> Refused | None:
    """The refusal that a trigger's error stands for, or None when it is a fault.

    The database's own guards speak last: they are asked when a deadline passes between question and answer.
    """
    reason = _guards.get(getattr(error.__cause__, "sqlstate", None) or "")
    return Refused(reason, code="state") if reason else None


def step_names(model: type[Stateful]) -> list[str]:
    """The steps a person may ask for, in order of definition; one without a label is the platform's own."""
    return list(step_labels(model))


def step_labels(model: type[Stateful]) -> dict[str, Text]:
    """The same steps with the words on their buttons."""
    return {found.name: found.custom["label"] for found in _declared(model) if "label" in found.custom}


def take(obj: ModelT, name: str, *, actor: User | None, **inputs: Any) -> ModelT:
    """Take the step `name` on `obj`; answers the object as saved. Raises `Denied`, `Refused` or LookupError.

    State and right are asked before an action begins, so that nobody without the right learns more from its refusals;
    `perform` asks them again under the lock.
    """
    if name not in step_names(type(obj)):
        raise LookupError(name)
    action = _steps.get((type(obj), name))
    if action is not None:
        with transaction.atomic():
            fresh = _read(obj)
            policy.require(actor, _find(fresh, name).permission.action, fresh)
            return cast(ModelT, action(fresh, actor=actor, **inputs))
    return cast(ModelT, perform(getattr(obj, name), actor=actor, **inputs))


def perform(method: Any, *, actor: User | None, **inputs: Any) -> Any:
    """Run one transition of one object, whole or not at all; answers the object as saved.

    `actor=None` is the platform itself, by its clock or as the consequence of a step that was allowed. Raises
    `Denied` (the person may not) or `Refused` (the state or a condition says no); in both cases nothing was changed,
    recorded or told.
    """
    with transaction.atomic():
        obj = lock(method.__self__)
        found = _find(obj, method.__name__)
        decision = policy.require(actor, found.permission.action, obj)
        source = _state(obj)
        try:
            getattr(obj, found.name)(actor=actor, **inputs)
        except TransitionNotAllowed as error:
            raise Refused(_why_not(obj, found), code="condition") from error
        obj.save()
        entry = ledger.append(
            obj,
            found.name,
            actor=actor,
            acting_as=decision.role,
            source=source,
            target=_state(obj),
            data=_recordable(inputs),
            at=obj.now,
        )
        for kind in found.custom.get("tells", ()):
            notifications.tell(kind, obj, actor=actor, **entry.data)
    return obj


def sweep(rows: Iterable[ModelT], act: Callable[[ModelT], Any]) -> int:
    """Do `act` for each row, each in a transaction of its own; answers how many were done. For what the clock runs.

    A row that refuses was dealt with by somebody else a moment before. A fault of one row keeps no other waiting: the
    faults are raised together when all have had their turn.
    """
    done, faults = 0, []
    for row in rows:
        try:
            with transaction.atomic():
                act(row)
            done += 1
        except Refused:
            continue
        except Exception as fault:
            fault.add_note(f"while the clock looked at {row._meta.model_name} {row.pk}")
            faults.append(fault)
    if faults:
        raise ExceptionGroup("The clock could not do everything that is due", faults)
    return done


def lock(obj: ModelT) -> ModelT:
    """Lock the object's row until the transaction ends, then read it, what its kind names, and the database's time."""
    type(obj)._base_manager.select_for_update(no_key=True).values_list("pk").get(pk=obj.pk)
    # A second read: what a join brings along under FOR UPDATE is as old as the statement, from before the wait.
    return _read(obj)


def _read(obj: ModelT) -> ModelT:
    rows = type(obj)._base_manager
    kind = kinds.of(obj)
    related = rows.select_related(*kind.select) if kind and kind.select else rows.all()
    clock = models.Func(function="clock_timestamp", output_field=models.DateTimeField())
    fresh = related.annotate(read_at=clock).get(pk=obj.pk)
    fresh.now = vars(fresh).pop("read_at")
    return fresh


def transitions(user: User | AnonymousUser, obj: Stateful) -> list[Transition]:
    """The steps that start from the object's present state, each with whether `user` may take it and why not."""
    return [_seen_by(user, obj, found) for found in _open_steps(obj)]


def _seen_by(user: User | AnonymousUser, obj: Stateful, found: Any) -> Transition:
    decision = policy.can(user, found.permission.action, obj)
    reason, code = decision.reason, decision.code
    if decision:
        reason = _unmet(obj, found)
        code = "condition" if reason else ""
    return Transition(
        name=found.name,
        label=found.custom["label"],
        allowed=not reason and decision.allowed,
        reason=reason,
        code=code,
        style=found.custom.get("style", "primary"),
        consequences=tuple(found.custom.get("consequences", ())),
        touches=found.custom.get("touches"),
    )


def find(obj: Stateful, name: str, user: User | AnonymousUser) -> Transition | None:
    """One step as this person sees it, or None when it does not start from the present state."""
    return next((item for item in transitions(user, obj) if item.name == name), None)


def _declared(model: type[Stateful]) -> list[Any]:
    field = model._meta.get_field("state")  # type: ignore[misc]  # each concrete model declares its own
    assert isinstance(field, FSMFieldMixin)  # noqa: S101  (a Stateful model without its state field cannot be defined)
    order = [name for base in reversed(model.__mro__) for name in vars(base)]
    return sorted(field.get_all_transitions(model), key=lambda item: order.index(item.name))


def _open_steps(obj: Stateful) -> list[Any]:
    state = _state(obj)
    return [found for found in _declared(type(obj)) if found.source == state and "label" in found.custom]


def _state(obj: Stateful) -> str:
    return str(getattr(obj, "state"))  # noqa: B009  (typed as a descriptor on each model)


def _find(obj: Stateful, name: str) -> Any:
    for found in _declared(type(obj)):
        if found.name == name and found.source == _state(obj):
            return found
    raise Refused(
        _("This step is not open while the state is “%(state)s”; somebody may have acted before you. Reload the page.")
        % {"state": obj.get_state_display()},  # type: ignore[attr-defined]
        code="state",
    )


def _unmet(obj: Stateful, found: Any) -> Text:
    return next((check.explain(obj) for check in found.conditions if not check(obj)), "")


def _why_not(obj: Stateful, found: Any) -> Text:
    return _unmet(obj, found) or _("Something changed while you acted. Reload the page and look again.")


def _recordable(inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs as the ledger keeps them: objects by key, files by name, numbers and dates as they are."""

    def plain(value: Any) -> Any:
        match value:
            case models.Model():
                return str(value.pk)
            case UploadedFile():
                return value.name
            case dict():
                return {str(key): plain(item) for key, item in value.items()}
            case list() | tuple() | set() | frozenset() | models.QuerySet():
                return [plain(item) for item in value]
            case None | bool() | int() | str() | Decimal() | date() | datetime() | timedelta() | UUID():
                return value
            case _:
                return str(value)

    return {name: plain(value) for name, value in inputs.items() if not name.startswith("_")}
