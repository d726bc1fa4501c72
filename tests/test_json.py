"""JSON as the schema describes it, and a schema that leaves nothing undescribed."""

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deepocr_cli.document import Document
from deepocr_cli.writers.formats import WRITERS


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        files("deepocr_cli.writers").joinpath("document.schema.json").read_text("utf-8")
    )
    return loaded


def test_json_is_what_the_schema_says(sample_document: Document, schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    for figures_href in (None, "figures"):
        Draft202012Validator(schema).validate(json.loads(WRITERS["json"](sample_document, figures_href)))


def test_the_schema_describes_every_field_and_allows_no_other(schema: dict[str, Any]) -> None:
    objects = [schema, *schema["$defs"].values(), schema["$defs"]["plan"]["properties"]["estimate"]]
    for part in objects:
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])
        assert all(field["description"] for field in part["properties"].values())


def test_json_keys_come_in_the_order_of_the_schema(sample_document: Document, schema: dict[str, Any]) -> None:
    page = json.loads(WRITERS["json"](sample_document, None))["pages"][0]
    for name, value in [
        ("page", page),
        ("fidelity", page["fidelity"]),
        ("plan", page["plan"]),
        ("block", page["blocks"][0]),
    ]:
        assert list(value) == list(schema["$defs"][name]["properties"])
