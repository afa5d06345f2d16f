"""JSON Schemas (draft 7) of the YAML files, for completion and hints in editors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

DRAFT = "http://json-schema.org/draft-07/schema#"
# Keywords under which names of the user's stand, not keywords.
_NAMED = ("properties", "definitions", "patternProperties")


def schemas(models: Mapping[str, type[BaseModel]]) -> Mapping[str, dict[str, Any]]:
    """One schema a kind of file, by kind; draft 7, which the YAML extensions of editors know best."""
    return {kind: schema(model, title=kind) for kind, model in models.items()}


def schema(model: type[BaseModel], *, title: str) -> dict[str, Any]:
    """The schema of one kind of file; blocks are closed, texts come from docstrings and descriptions."""
    made = model.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions = made.pop("$defs", {})
    if definitions:
        made["definitions"] = definitions
    changed: dict[str, Any] = _draft_7(made)
    changed.pop("title", None)
    return {"$schema": DRAFT, "title": f"surveyproc: {title}", **changed}


def schema_files(models: Mapping[str, type[BaseModel]]) -> Iterator[tuple[str, str]]:
    """File name and content of each schema; the same models give the same bytes."""
    for kind, made in sorted(schemas(models).items()):
        yield f"{kind}.schema.json", json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def write_schemas(folder: Path, models: Mapping[str, type[BaseModel]]) -> tuple[Path, ...]:
    """Write `<kind>.schema.json` files into a folder, made if absent; the paths written. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in schema_files(models):
        path = folder / name
        path.write_bytes(content.encode("utf-8"))
        written.append(path)
    return tuple(written)


def _draft_7(node: Any) -> Any:
    if isinstance(node, list):
        return [_draft_7(item) for item in node]
    if not isinstance(node, dict):
        return node
    changed: dict[str, Any] = {}
    for key, value in node.items():
        if key in _NAMED:
            changed[key] = {name: _without_title(_draft_7(inner)) for name, inner in value.items()}
        elif key in ("const", "default", "enum", "examples"):
            changed[key] = value
        else:
            changed[key] = _draft_7(value)
    return _closed(_sole_reference(_positions(changed)))


def _without_title(inner: Any) -> Any:
    """Titles that pydantic makes of names ("Lonely Psu") say nothing beside the name."""
    return {key: value for key, value in inner.items() if key != "title"} if isinstance(inner, dict) else inner


def _positions(node: dict[str, Any]) -> dict[str, Any]:
    """`prefixItems` came after draft 7, where a list of schemas under `items` says the same."""
    if "prefixItems" in node:
        node["items"] = node.pop("prefixItems")
        node.setdefault("additionalItems", False)
    node.pop("discriminator", None)  # a word of OpenAPI, unknown to JSON Schema
    return node


def _sole_reference(node: dict[str, Any]) -> dict[str, Any]:
    """In draft 7 a `$ref` hides its siblings, so that a description beside it would be lost."""
    if "$ref" in node and len(node) > 1:
        node["allOf"] = [{"$ref": node.pop("$ref")}]
    return node


def _closed(node: dict[str, Any]) -> dict[str, Any]:
    if node.get("type") == "object" and "properties" in node:
        node.setdefault("additionalProperties", False)
    return node
