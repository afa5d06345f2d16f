"""What a field's type says in plain words, and how well a value written in YAML fits it."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, PlainValidator, WrapValidator
from pydantic.fields import FieldInfo

from surveyproc.problems import counted

_DEEP_ENOUGH = 3  # levels looked into when judging which branch of a union was meant
_UNSURE = 0.5
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_ALLOWED: dict[Any, tuple[type, ...]] = {str: (str,), int: (int,), float: (int, float), bool: (bool,)}


def strip(annotation: Any) -> Any:
    """A type without its Annotated wrapping, and without None where something else is allowed too."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif hasattr(annotation, "__value__"):  # `type X = …`
            annotation = annotation.__value__
        elif get_origin(annotation) in (Union, types.UnionType):
            others = [member for member in get_args(annotation) if member is not type(None)]
            if len(others) != 1:
                return annotation
            annotation = others[0]
        else:
            return annotation


def members(annotation: Any) -> tuple[Any, ...]:
    """The branches of a union other than None; () if it is no union of several."""
    annotation = strip(annotation)
    if get_origin(annotation) not in (Union, types.UnionType):
        return ()
    return tuple(member for member in get_args(annotation) if member is not type(None))


def is_model(annotation: Any) -> bool:
    """Whether the type is a model: a block with a closed set of keys."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def key_of(name: str, info: FieldInfo) -> str:
    """The key as written in YAML."""
    return info.alias or name


def keys_of(model: type[BaseModel]) -> list[str]:
    """All keys that a block of this kind may have."""
    return [key_of(name, info) for name, info in model.model_fields.items()]


def field_of(model: type[BaseModel], key: object) -> FieldInfo | None:
    """The field of a key, by alias or name."""
    for name, info in model.model_fields.items():
        if key in (info.alias, name):
            return info
    return None


def converted(model: type[BaseModel]) -> frozenset[str]:
    """Fields that a validator of the model rewrites before their type is looked at."""
    decorators = model.__pydantic_decorators__.field_validators.values()
    return frozenset(name for one in decorators if one.info.mode != "after" for name in one.info.fields)


def rewrites(annotation: Any, metadata: Sequence[Any] = ()) -> bool:
    """Whether the type carries a function that rewrites the value before it is looked at."""
    inner = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return any(isinstance(one, BeforeValidator | PlainValidator | WrapValidator) for one in (*inner, *metadata))


def choices(annotation: Any) -> tuple[Any, ...]:
    """The values of a Literal or an Enum; () for other types."""
    annotation = strip(annotation)
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(member.value for member in annotation)
    return ()


def described(annotation: Any) -> str:
    """A type in words: "text", "a list of whole numbers", "one of en, ru, kk"."""
    parts = members(annotation)
    if parts:
        return _either(list(dict.fromkeys(described(part) for part in parts)))
    annotation = strip(annotation)
    if annotation in _WORDS:
        return _WORDS[annotation]
    allowed = choices(annotation)
    if allowed:
        shown = ", ".join(_shown(one) for one in allowed)
        return shown if len(allowed) == 1 else f"one of {shown}"
    if is_model(annotation):
        keys = keys_of(annotation)
        return f"a block with keys such as {', '.join(keys[:4])}" if keys else "a block of keys"
    return _container(annotation)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _either(words: list[str]) -> str:
    if "a number" in words and "a whole number" in words:
        words.remove("a whole number")
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _container(annotation: Any) -> str:
    origin, inside = get_origin(annotation) or annotation, get_args(annotation)
    if origin is tuple and inside and inside[-1] is not Ellipsis:
        return f"a list of {counted(len(inside), 'value')}"
    if _is_list(origin):
        return f"a list, each item {described(inside[0])}" if inside else "a list"
    if _is_mapping(origin):
        return f"a block of keys, each with {described(inside[1])}" if len(inside) == 2 else "a block of keys"
    return "something else" if not isinstance(origin, type) else f"a {origin.__name__}"


def _is_list(origin: Any) -> bool:
    return (
        isinstance(origin, type) and issubclass(origin, list | tuple | set | frozenset | Sequence) and origin is not str
    )


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


def item_type(annotation: Any, position: int) -> Any:
    """The type of one item of a list type."""
    inside = get_args(annotation)
    if not inside:
        return Any
    if get_origin(annotation) is tuple and inside[-1] is not Ellipsis:
        return inside[position] if position < len(inside) else Any
    return inside[0]


def inner_type(annotation: Any, key: object) -> Any:
    """The type of what stands under a key or a position of a container or a model; Any if that is not known."""
    annotation = strip(annotation)
    if is_model(annotation):
        info = field_of(annotation, key)
        return info.annotation if info else Any
    origin = get_origin(annotation) or annotation
    if _is_mapping(origin):
        inside = get_args(annotation)
        return inside[1] if len(inside) == 2 else Any
    if _is_list(origin) and isinstance(key, int):
        return item_type(annotation, key)
    return Any


def key_type(annotation: Any) -> Any:
    """The type of the keys of a mapping type."""
    inside = get_args(strip(annotation))
    return inside[0] if len(inside) == 2 else Any


def fit(annotation: Any, value: Any, *, depth: int = 0) -> float:
    """How well a value of YAML fits a type, 0 (another kind of thing) to 1; shallow, only to choose among branches."""
    if value is None and type(None) in get_args(annotation):
        return 1.0
    parts = members(annotation)
    if parts:
        return max(fit(part, value, depth=depth) for part in parts)
    annotation = strip(annotation)
    if annotation in _ALLOWED:
        return float(type(value) in _ALLOWED[annotation])
    allowed = choices(annotation)
    if allowed:
        if any(one == value and type(one) is type(value) for one in allowed):
            return 1.0
        return _UNSURE if type(value) in {type(one) for one in allowed} else 0.0
    if is_model(annotation):
        return _fit_model(annotation, value, depth=depth)
    return _fit_container(annotation, value, depth=depth)


def _fit_model(model: type[BaseModel], value: Any, *, depth: int) -> float:
    if not isinstance(value, dict):
        return 0.0
    if depth >= _DEEP_ENOUGH:
        return _UNSURE
    known = sum(
        fit(info.annotation, inner, depth=depth + 1)
        for key, inner in value.items()
        if (info := field_of(model, key)) is not None
    )
    absent = sum(info.is_required() and key_of(name, info) not in value for name, info in model.model_fields.items())
    base = len(value) + absent
    return 0.2 + 0.8 * (known / base if base else 1.0)


def _fit_container(annotation: Any, value: Any, *, depth: int) -> float:
    origin = get_origin(annotation) or annotation
    if _is_mapping(origin):
        if not isinstance(value, dict):
            return 0.0
        fits = [
            fit(key_type(annotation), key) * fit(inner_type(annotation, key), inner, depth=depth + 1)
            for key, inner in value.items()
        ]
    elif _is_list(origin):
        if not isinstance(value, list):
            return 0.0
        fits = [fit(item_type(annotation, i), inner, depth=depth + 1) for i, inner in enumerate(value[:50])]
    else:
        return _UNSURE
    if depth >= _DEEP_ENOUGH or not fits:
        return _UNSURE
    return 0.2 + 0.8 * sum(fits) / len(fits)


def scalar_misfit(annotation: Any, value: Any) -> bool:
    """Whether a true/false or number type is given text, or the like, that must not be turned into it."""
    annotation = strip(annotation)
    return annotation in (int, float, bool) and value is not None and type(value) not in _ALLOWED[annotation]
