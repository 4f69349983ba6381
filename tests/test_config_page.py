"""docs/config.md has every key of the configuration, with the type, the limits and the default that the program has."""

import re
import tomllib
from types import NoneType
from typing import Annotated, Literal, get_args, get_origin

import pytest
from pydantic_core import PydanticUndefined

import greendigital as gd
from greendigital.config import Config, load_config
from greendigital.config_sections import CLOUD_ASSUMPTIONS, Instrument, Override, ResidualMix, Site
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
LISTS = {"sites": Site, "instruments": Instrument, "overrides": Override}
NEEDS = {
    "sites": [{"name": "A"}],
    "instruments": [{"name": "A", "kwh": 1, "factor": 0.1}],
    "residual_mix": [{"factor": 0.1, "source": "S"}],
    "overrides": [
        {"factor": "f", "value": 0.19, "source": "S", "reason": "R"},
        {"manufacturer": "M", "model": "N", "mass_kg": 1, "source": "S", "reason": "R"},
    ],
}
"""What an entry needs beside the key of an example; of overrides there are two kinds."""

SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def sections():
    """Name of each section with the model of its keys; planned lives have any device type as key."""
    for name, field in Config.model_fields.items():
        section = field.alias or name
        if section != "planned_life_years":
            yield section, LISTS.get(section) or (ResidualMix if section == "residual_mix" else type(field.default))


MODELS = dict(sections())


def rows_of(section):
    """Cells of the table of keys of a section, by key."""
    text = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert text, section
    table = text[1].partition("| key | type | default | meaning | example |\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[1:]]
    assert all(len(row) == 5 for row in rows), section
    return {row[0].strip("` "): row[1:] for row in rows}


def flat(annotation):
    """The types that a value may have, without None, and the limits laid on them."""
    if get_origin(annotation) is Annotated:
        first, *notes = get_args(annotation)
        kinds, limits = flat(first)
        return kinds, [*limits, *(m for n in notes for m in getattr(n, "metadata", [n]))]
    if get_origin(annotation) in (Literal, tuple, dict, None):
        return [annotation], []
    found = [flat(a) for a in get_args(annotation) if a is not NoneType]
    return [k for kinds, _ in found for k in kinds], [m for _, limits in found for m in limits]


def limits_of(field):
    kinds, found = flat(field.annotation)
    limits = [f"{SIGNS[n]} {getattr(m, n):g}" for m in (*found, *field.metadata) for n in SIGNS if hasattr(m, n)]
    return kinds, sorted(limits), any(getattr(m, "pattern", None) for m in (*found, *field.metadata))


KEYS = [(s, f.alias or n, f) for s, model in MODELS.items() for n, f in model.model_fields.items()]


@pytest.mark.parametrize("section", MODELS)
def test_the_table_of_a_section_has_its_keys_and_no_others_in_their_order(section):
    assert list(rows_of(section)) == [key for s, key, _ in KEYS if s == section]


def test_the_page_has_a_part_for_each_section_in_their_order():
    assert re.findall(r"^## (\S+)$", PAGE, flags=re.MULTILINE) == [f.alias or n for n, f in Config.model_fields.items()]


@pytest.mark.parametrize(("section", "key", "field"), KEYS, ids=[f"{s}.{k}" for s, k, _ in KEYS])
def test_the_type_and_limits_of_a_key_are_those_that_the_program_holds_it_to(section, key, field):
    told = rows_of(section)[key][0]
    kinds, limits, has_pattern = limits_of(field)
    if get_origin(kinds[0]) is Literal:
        assert re.findall(r"`([^`]+)`", told) == list(get_args(kinds[0]))
    elif get_origin(kinds[0]) is tuple:
        assert told == ("list of country codes" if key == "allowed" else "list of texts")
    elif get_origin(kinds[0]) is dict:
        assert told.startswith("number, or table by provider" if key == "pue" else "table of numbers")
    else:
        words = {str: "text", float: "number", int: "whole number", bool: "true or false"}
        word = "country code" if has_pattern else "period" if key == "period" else words[kinds[0]]
        assert told.split(", ")[0] == word
        assert sorted(told.split(", ")[1:]) == limits


@pytest.mark.parametrize(("section", "key", "field"), KEYS, ids=[f"{s}.{k}" for s, k, _ in KEYS])
def test_the_default_of_a_key_is_the_one_that_the_program_takes(section, key, field):
    told, default = rows_of(section)[key][1], field.default
    if (section, key) == ("instruments", "name") or default is PydanticUndefined:
        assert told == "required"
    elif default is None:
        assert told.partition(":")[0] == "none"
    elif default in ("", ()):
        assert told == "empty"
    elif isinstance(default, tuple):
        assert re.findall(r"`([^`]+)`", told) == list(default)
    else:
        assert told.strip("`") == str(default).lower()


def test_figures_that_stand_in_for_a_key_left_out_are_those_of_the_set():
    library = gd.load_library()
    ids = {("cloud", key): factor for key, factor in CLOUD_ASSUMPTIONS.items()}
    found = {(s, k): rows_of(s)[k][1].partition(": ")[2] for s, k, f in KEYS if ": " in rows_of(s)[k][1]}
    assert {s for s, _ in found} == {"advice", "cloud"} and found.keys() >= ids.keys()
    for (section, key), figure in found.items():
        factor = library.factor(ids.get((section, key)) or f"assumption-{key.replace('_', '-')}")
        assert float(figure) == factor.value, key


def given(section, key, example):
    """Whole configurations with the example in its section; for overrides one of either kind."""
    value = tomllib.loads(example)
    assert list(value) == [key]
    for needs in NEEDS.get(section, [{}]):
        entry = {**needs, **value}
        yield {section: [entry] if section in LISTS else entry}


@pytest.mark.parametrize(("section", "key"), [(s, k) for s, k, _ in KEYS], ids=[f"{s}.{k}" for s, k, _ in KEYS])
def test_the_example_of_a_key_can_be_copied_into_its_section(section, key):
    refused = []
    for config in given(section, key, rows_of(section)[key][3].strip("`")):
        try:
            load_config(config)
        except gd.errors.ConfigError as error:
            refused.append(str(error))
    assert len(refused) < len(NEEDS.get(section, [{}])), refused


def test_the_planned_life_of_any_device_type_is_a_key():
    (cells,) = rows_of("planned_life_years").values()
    inner, limits = flat(get_args(Config.model_fields["planned_life_years"].annotation)[1])
    signs = [f"{SIGNS[n]} {getattr(m, n):g}" for m in limits for n in SIGNS if hasattr(m, n)]
    assert (inner, cells[0].split(", ")) == ([float], ["number", *signs])
    assert load_config({"planned_life_years": tomllib.loads(cells[3].strip("`"))}).planned_life_years == {"laptop": 5}
