"""The kinds of object that pages and API address as /KIND/ID, each registered by its app."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import Stateful


@dataclass(frozen=True)
class Kind:
    """A plural name in URLs, the model behind it, the action that shows it, and its page."""

    name: str
    model: type[Stateful]
    view: str
    page: str
    select: tuple[str, ...] = ()


_kinds: dict[str, Kind] = {}
_forms: dict[tuple[str, str], type[Any]] = {}
_surroundings: list[Callable[[Stateful, str], dict[str, Any]]] = []


def register(*kinds: Kind) -> None:
    """Add an app's kinds."""
    for kind in kinds:
        _kinds[kind.name] = kind


def get(name: str) -> Kind | None:
    """The kind of this plural name, if there is one."""
    return _kinds.get(name)


def every() -> list[Kind]:
    """All kinds, in order of registration."""
    return list(_kinds.values())


def of(obj_or_model_name: Stateful | str) -> Kind | None:
    """The kind of an object, or of a model's lower-case name."""
    name = obj_or_model_name if isinstance(obj_or_model_name, str) else obj_or_model_name._meta.model_name
    return next((kind for kind in _kinds.values() if kind.model._meta.model_name == name), None)


def surround(given: Callable[[Stateful, str], dict[str, Any]]) -> None:
    """Let an app say what the page of a step shows beside it, wherever the object stands."""
    _surroundings.append(given)


def surroundings(obj: Stateful, step: str) -> dict[str, Any]:
    """What the page of this step shows beside it: of a challenge its stage bar; `beside` names a template."""
    return {key: value for given in _surroundings for key, value in given(obj, step).items()}


def inputs(kind: str, step: str) -> Callable[[type[Any]], type[Any]]:
    """Name the form that reads a step's inputs, for pages and API alike."""

    def register_form(form: type[Any]) -> type[Any]:
        _forms[kind, step] = form
        return form

    return register_form


def form_of(kind: str, step: str) -> type[Any] | None:
    """The form of a step, or None when it asks for nothing."""
    return _forms.get((kind, step))
