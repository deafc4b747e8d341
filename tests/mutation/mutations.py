"""Small changes of a function's code, each of which some test should notice.

A mutation is found in the syntax tree of a module and put in place by giving the function that has
it another code: everybody who has imported the function has the mutated one.
"""

import ast
import copy
import functools
import importlib
import inspect
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

FUNCTIONS = Path(__file__).parents[2] / "functions"
PACKAGES = (
    "decision",
    "health",
    "notify",
    "preflight",
    "publication",
    "settings",
    "staleness",
    "zone",
)
"""What decides, and is pure."""

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


@dataclass(frozen=True)
class Mutation:
    """One change: in which function, from what to what, and the how manieth such change there."""

    module: str
    function: str
    before: str
    after: str
    place: int
    path: tuple[tuple[str, int | None], ...]

    def __str__(self) -> str:
        number = f" ({self.place})" if self.place > 1 else ""
        return f"{self.module}:{self.function}: {self.before} -> {self.after}{number}"


def modules() -> list[str]:
    """The names of all modules that are mutated."""
    found = []
    for package in PACKAGES:
        for path in sorted((FUNCTIONS / "failover" / package).rglob("*.py")):
            parts = path.relative_to(FUNCTIONS).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


def mutations(module: str) -> Iterator[Mutation]:
    """All of one module, in the order of its text."""
    tree = ast.parse(_source(module))
    places: Counter[tuple[str, str, str]] = Counter()
    for function, path, node in _inside(tree, (), "", within=False):
        for changed in _changes(node):
            before, after = _text(node), _text(changed)
            key = function, before, after
            places[key] += 1
            yield Mutation(module, function, before, after, places[key], path)


def named(text: str) -> Mutation:
    """The mutation that is written so."""
    return next(m for m in mutations(text.partition(":")[0]) if str(m) == text)


def mutated(mutation: Mutation) -> CodeType:
    """The code of its module, with the mutation."""
    tree = ast.parse(_source(mutation.module))
    parent: Any = tree
    *way, (field, index) = mutation.path
    for name, number in way:
        parent = getattr(parent, name) if number is None else getattr(parent, name)[number]
    node = getattr(parent, field) if index is None else getattr(parent, field)[index]
    changed = next(c for c in _changes(node) if _text(c) == mutation.after)
    if index is None:
        setattr(parent, field, changed)
    else:
        getattr(parent, field)[index] = changed
    return compile(ast.fix_missing_locations(tree), str(file_of(mutation.module)), "exec")


def apply(mutation: Mutation) -> bool:
    """From now on the code is the mutated one. There is no way back: it is done in a fork.

    False where only an import can do it: without `super()` a method has another closure.
    """
    code = mutated(mutation)
    function = _function(importlib.import_module(mutation.module), mutation.function)
    try:
        with warnings.catch_warnings(action="ignore"):  # without its only `yield` it yields no more
            function.__code__ = _code(code, mutation.function)
    except ValueError:
        return False
    _forget()
    return True


def _forget() -> None:
    """What was computed before is computed anew."""
    for name, module in list(sys.modules.items()):
        if name.startswith("failover."):
            for found in vars(module).values():
                if hasattr(found, "cache_clear"):
                    found.cache_clear()


def file_of(module: str) -> Path:
    """Where a module is written."""
    path = Path(FUNCTIONS, *module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _source(module: str) -> str:
    return file_of(module).read_text()


def _inside(
    node: ast.AST, path: tuple[tuple[str, int | None], ...], function: str, *, within: bool
) -> Iterator[tuple[str, tuple[tuple[str, int | None], ...], ast.AST]]:
    """Every node that is in the body of a function of a module or of a class."""
    for field, value in ast.iter_fields(node):
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.expr_context):
                continue
            here = (*path, (field, index))
            if within:
                yield function, here, child
                yield from _inside(child, here, function, within=True)
            elif isinstance(child, ast.ClassDef):
                yield from _inside(child, here, f"{function}{child.name}.", within=False)
            elif isinstance(child, ast.FunctionDef):
                name = f"{function}{child.name}"
                for place, statement in enumerate(child.body):
                    there = (*here, ("body", place))
                    if not _is_text(statement):
                        yield name, there, statement
                        yield from _inside(statement, there, name, within=True)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What a node may become."""
    match node:
        case ast.Compare(ops=[op]):
            for other in COMPARED[type(op)]:
                yield _with(node, ops=[other()])
        case ast.BoolOp(op=op):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(op=op) if type(op) in CALCULATED:
            yield _with(node, op=CALCULATED[type(op)]())
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.If(test=test) | ast.IfExp(test=test):
            if not isinstance(test, ast.Compare | ast.UnaryOp):
                yield _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            if not _is_text(node):
                yield ast.Pass()


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _text(node: ast.AST) -> str:
    """The first line of it: of a statement with a body, what decides whether it is run."""
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()[0]


def _function(module: ModuleType, name: str) -> FunctionType:
    """The function object, whatever it is wrapped in."""
    found: Any = module
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, functools.cached_property):
        found = found.func
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    found = inspect.unwrap(found)
    assert isinstance(found, FunctionType), f"{module.__name__}:{name} is no function"
    return found


def _code(code: CodeType, name: str) -> CodeType:
    """The code of a function in that of its module."""
    for part in name.split("."):
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == part)
    return code
