"""Which tests are slow as they start something: found in their code, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import unwrap
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

# What starts a process, a browser, a training run or an export to ONNX, by its name in the code.
STARTERS = {
    "subprocess", "sync_playwright", "small_mnist", "small_material", "learn", "made_once",
    "to_onnx",
}  # fmt: skip
OURS = ("tests.", "benchmarks.")  # packages whose functions are looked into


def is_slow(item: pytest.Function) -> bool:
    """Tell whether the test, one of its fixtures, or a helper of theirs uses a starter."""
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    functions = [item.function, *(one.func for several in fixtures for one in several)]
    return not STARTERS.isdisjoint(item.fixturenames) or uses(functions, STARTERS)


def uses(functions: list[Callable[..., Any]], wanted: set[str]) -> bool:
    """Tell whether any of ``functions``, or one of ours that they call, uses a name ``wanted``."""
    waiting, seen = [unwrap(function) for function in functions], set()
    while waiting:
        function = waiting.pop()
        if function in seen or not isinstance(function, FunctionType):
            continue
        seen.add(function)
        names = set(_names(function.__code__))
        if not wanted.isdisjoint(names):
            return True
        waiting += _called(function.__globals__, names)
    return False


def _names(code: CodeType) -> Iterator[str]:
    """Yield each global name and attribute that ``code`` uses, lambdas within it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _called(scope: dict[str, Any], names: set[str]) -> Iterator[Callable[..., Any]]:
    """Yield the functions of ours that ``names`` mean in ``scope`` and in our modules there."""
    found = [scope.get(name) for name in names]
    for module in [one for one in found if isinstance(one, ModuleType)]:
        if module.__name__.startswith(OURS):
            found += [getattr(module, name, None) for name in names]
    for one in found:
        if isinstance(one, FunctionType) and one.__module__.startswith(OURS):
            yield unwrap(one)
