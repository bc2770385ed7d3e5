"""The JSON schema of a body that is read by hand, for the API's description."""

from pydantic import BaseModel


def described(model: type[BaseModel]) -> dict[str, object]:
    """Return the schema of `model` in one piece: what it refers to stands in its place."""
    schema = model.model_json_schema()
    parts: dict[str, object] = schema.pop("$defs", {})
    found = _in_place(schema, parts)
    return found if isinstance(found, dict) else {}


def _in_place(node: object, parts: dict[str, object]) -> object:
    if isinstance(node, list):
        return [_in_place(one, parts) for one in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        kept = {name: value for name, value in node.items() if name != "$ref"}
        part = _in_place(parts[reference.rpartition("/")[2]], parts)
        return (part if isinstance(part, dict) else {}) | kept
    return {name: _in_place(value, parts) for name, value in node.items()}
