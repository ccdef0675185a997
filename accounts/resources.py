"""How every kind of object is listed, shown and moved over the API: in sight or 404, one shape of page, one of step.

An app describes each kind with its schemas, filters and orders; `mount` makes the routes from it. Only what is visible
to the caller is ever listed, counted, or sorted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Body, Field, Query, Router, Schema
from pydantic import create_model

from accounts import kinds, workflow
from accounts.models import Stateful
from accounts.policy import Decision, Denied, visible
from accounts.schemas import Invalid, Refusal
from accounts.signin import PUBLIC
from accounts.workflow import Refused

REFUSALS: dict[int, Any] = {400: Refusal, 401: Refusal, 403: Refusal, 404: Refusal, 409: Refusal, 422: Invalid}
SEEN: dict[int, Any] = {401: Refusal, 404: Refusal, 422: Invalid}
COUNT_LIMIT = 10_000
Search = Callable[[QuerySet[Any], str], QuerySet[Any]]


class Paging(Schema):
    """Which page of a list."""

    page: int = Field(1, ge=1, le=100_000)
    size: int = Field(25, ge=1, le=100)


def cut(rows: QuerySet[Any], asked: Paging) -> dict[str, Any]:
    """The page of `rows` that was asked for, and how many there are, counted up to COUNT_LIMIT; two queries."""
    start = (asked.page - 1) * asked.size
    items = list(rows[start : start + asked.size])
    return {"items": items, "total": rows.order_by()[:COUNT_LIMIT].count(), "page": asked.page, "size": asked.size}


@dataclass(frozen=True)
class Resource:
    """One kind over the API. `filters` maps names of `query` to lookups; `sorts` the offered orders to columns."""

    kind: str
    summary: type[Schema]
    detail: type[Schema]
    query: type[Paging]
    filters: Mapping[str, str] = field(default_factory=dict)
    sorts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"newest": ("-created_at", "id")})
    search: Search | None = None
    select: tuple[str, ...] = ()
    prefetch: tuple[Any, ...] = ()
    public: bool = False

    def rows(self, user: Any) -> QuerySet[Any]:
        """The rows in the caller's sight, with what a list shows of each."""
        known = self._kind()
        rows = visible(user, known.view).select_related(*(self.select or known.select))
        return rows.prefetch_related(*self.prefetch)

    def list(self, user: Any, asked: Any) -> dict[str, Any]:
        """One page, filtered and sorted."""
        rows = self.rows(user)
        for name, lookup in self.filters.items():
            value = getattr(asked, name)
            if value is not None:
                # a column that holds several values is asked for one of them
                rows = rows.filter(**{lookup: [value] if lookup.endswith("__contains") else value})
        if self.search is not None and asked.q:
            rows = self.search(rows, asked.q)
        return cut(rows.order_by(*self.sorts[getattr(asked, "sort", None) or next(iter(self.sorts))]), asked)

    def get(self, user: Any, pk: UUID) -> Any:
        """The object, read afresh; Http404 when it is out of sight."""
        return found(user, self.kind, pk)

    def _kind(self) -> kinds.Kind:
        known = kinds.get(self.kind)
        if known is None:
            raise LookupError(self.kind)
        return known


def found(user: Any, kind_name: str, pk: UUID) -> Any:
    """The object of this kind that `user` may see; Http404 when it is out of sight."""
    kind = kinds.get(kind_name)
    if kind is None:
        raise Http404
    return one(visible(user, kind.view).select_related(*kind.select).filter(pk=pk))


class PageOf(Schema):
    """One page of a list; `total` counts what is in your sight, up to 10,000."""

    total: int
    page: int
    size: int


def page_of(item: type[Schema]) -> type[Schema]:
    """The shape of a page of such items."""
    return create_model(f"{item.__name__}Page", __base__=PageOf, items=(list[item], ...))  # type: ignore[valid-type]


def one(rows: QuerySet[Any]) -> Any:
    """The only row; Http404 when there is none."""
    obj = rows.first()
    if obj is None:
        raise Http404
    return obj


def query_of(title: str, /, *, sorts: Iterable[str] = (), **filters: Any) -> type[Paging]:
    """The query parameters of a list: page, size, optional filters and, where several orders are offered, `sort`."""
    fields: dict[str, Any] = {key: (kind | None, None) for key, kind in filters.items()}
    offered = tuple(sorts)
    if offered:
        fields["sort"] = (Literal[offered], offered[0])
    return create_model(title, __base__=Paging, **fields)


def mount(router: Router, resource: Resource) -> None:
    """Add the kind's list, object and step routes."""
    kind, word = resource.kind, resource.kind.replace("-", "_")
    options: dict[str, Any] = {"auth": PUBLIC} if resource.public else {}

    @router.get(
        f"/{kind}",
        response={200: page_of(resource.summary), **SEEN},
        operation_id=f"list_{word}",
        summary=f"List {kind.replace('-', ' ')}",
        description=f"The {kind.replace('-', ' ')} in your sight, paged, filtered, searched and sorted.",
        tags=[kind],
        **options,
    )
    def list_objects(request: HttpRequest, asked: Query[resource.query]) -> Any:  # type: ignore[name-defined]
        return resource.list(request.user, asked)

    @router.get(
        f"/{kind}/{{uuid:pk}}",
        response={200: resource.detail, **SEEN},
        operation_id=f"get_{word}",
        summary=f"One of the {kind.replace('-', ' ')}",
        description="The object with its state and the steps open to you; 404 when it is out of your sight.",
        tags=[kind],
        **options,
    )
    def get_object(request: HttpRequest, pk: UUID) -> Any:
        return resource.get(request.user, pk)

    @router.post(
        f"/{kind}/{{uuid:pk}}/transitions/{{slug:name}}",
        response={200: resource.detail, **REFUSALS},
        operation_id=f"take_step_on_{word}",
        summary="Take a step",
        description=_steps_in_words(kind),
        tags=[kind],
    )
    def take_step(request: HttpRequest, pk: UUID, name: str, inputs: Body[dict[str, Any] | None] = None) -> Any:
        return take(request.user, kind, pk, name, inputs or {})


def _steps_in_words(kind_name: str) -> str:
    """What the documentation says about a kind's steps: their names, and the inputs that each asks for."""
    kind = kinds.get(kind_name)
    lines = ["Changes the state. The body holds the inputs that the step asks for, if any.", ""]
    for name in workflow.step_names(kind.model) if kind else ():
        form = kinds.form_of(kind_name, name)
        wanted = (
            [f"`{key}`{'' if field.required else ' (optional)'}" for key, field in form.base_fields.items()]
            if form
            else []
        )
        lines.append(f"* `{name}`" + (f": {', '.join(wanted)}" if wanted else ""))
    return "\n".join(lines)


def take(user: Any, kind_name: str, pk: UUID, name: str, inputs: Mapping[str, Any]) -> Stateful:
    """Take a step with inputs read by its form; answers the object read afresh."""
    obj = found(user, kind_name, pk)
    if name not in workflow.step_names(type(obj)):
        raise Http404
    workflow.take(obj, name, actor=user, **_read(kind_name, name, inputs, obj=obj, actor=user))
    kind = kinds.get(kind_name)
    rows = type(obj)._base_manager.select_related(*kind.select if kind else ())
    return rows.get(pk=pk)  # type: ignore[no-any-return]


def _read(kind: str, name: str, inputs: Mapping[str, Any], *, obj: Stateful, actor: Any) -> dict[str, Any]:
    """The step's cleaned inputs; ValidationError by field, for one that it does not ask for as well."""
    form_class = kinds.form_of(kind, name)
    # JSON's true is the word that a choice of a form offers.
    given = {key: str(value).lower() if isinstance(value, bool) else value for key, value in inputs.items()}
    form = form_class(given, obj=obj, actor=actor) if form_class else None
    unknown = sorted(set(inputs) - set(form.fields if form else ()))
    if unknown:
        raise ValidationError({key: _("This step does not ask for it.") for key in unknown})
    if form is None:
        return {}
    if not form.is_valid():
        # A refusal says more than a missing field does.
        _refuse_first(obj, name, actor)
        raise ValidationError(form.errors.as_data())
    return dict(form.cleaned_data)


def _refuse_first(obj: Stateful, name: str, actor: Any) -> None:
    seen = workflow.find(obj, name, actor)
    if seen is None:
        raise Refused(
            _("This step is not open in the present state; somebody may have acted before you."), code="state"
        )
    if not seen.allowed and seen.code == "condition":
        raise Refused(seen.reason, code=seen.code)
    if not seen.allowed:
        raise Denied(Decision(allowed=False, reason=seen.reason, code=seen.code))
