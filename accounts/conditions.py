"""A transition's guards, each with the sentence a person reads when it does not hold."""

from collections.abc import Callable
from typing import Any

from accounts.policy import Text


class Condition:
    """A transition's guard with the sentence that says what to do when it does not hold."""

    def __init__(self, holds: Callable[[Any], bool], reason: Text | Callable[[Any], Text]) -> None:
        self.holds = holds
        self.reason = reason
        self.__name__ = holds.__name__
        self.__doc__ = holds.__doc__

    def __call__(self, obj: Any) -> bool:
        return bool(self.holds(obj))

    def explain(self, obj: Any) -> Text:
        return self.reason(obj) if callable(self.reason) else self.reason


def condition(reason: Text | Callable[[Any], Text]) -> Callable[[Callable[[Any], bool]], Condition]:
    """Name the reason a person reads when the decorated check answers False."""
    return lambda holds: Condition(holds, reason)
