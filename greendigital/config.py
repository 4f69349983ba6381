"""greendigital.toml: the organisation, its sites, planned lives, residency, tags and thresholds.

The schema is closed: an unknown key is an error that names the keys that would have worked, so that a typing
mistake never silently changes a result.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator

from greendigital.config_sections import (
    CLOUD_ASSUMPTIONS,
    AdviceSettings,
    Cloud,
    Instrument,
    Matching,
    Organisation,
    Override,
    Residency,
    ResidualMix,
    Section,
    Site,
    Tags,
)
from greendigital.errors import ConfigError

_ALPHA_3 = {"UK": "GBR", "GB": "GBR", "UNITED KINGDOM": "GBR", "GREAT BRITAIN": "GBR", "ENGLAND": "GBR"}
"""How people write their country for the code that is wanted."""


class Config(Section):
    """The whole configuration; every section may be left out."""

    organisation: Organisation = Organisation()
    site_list: tuple[Site, ...] = Field(default=(), alias="sites")
    planned_life_years: dict[str, Annotated[float, Field(gt=0, le=50)]] = {}  # noqa: RUF012 (pydantic copies it)
    residency: Residency = Residency()
    tags: Tags = Tags()
    instruments: tuple[Instrument, ...] = ()
    residual_mix: ResidualMix | None = None
    overrides: tuple[Override, ...] = ()
    matching: Matching = Matching()
    advice: AdviceSettings = AdviceSettings()
    cloud: Cloud = Cloud()

    @field_validator("cloud")
    @classmethod
    def _assumptions_once(cls, value: Cloud, info: ValidationInfo) -> Cloud:
        overridden = [own.factor for own in info.data.get("overrides", ())]
        for key, factor in CLOUD_ASSUMPTIONS.items():
            if getattr(value, key) is not None and factor in overridden:
                raise ValueError(f'"{key}" is given twice, here and as an override of {factor}. Take one out')
        return value

    @field_validator("site_list")
    @classmethod
    def _names_once(cls, value: tuple[Site, ...]) -> tuple[Site, ...]:
        names = [site.name.casefold() for site in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'the site "{name}" is listed twice')
        return value

    @property
    def sites(self) -> dict[str, Site]:
        """Sites by name."""
        return {site.name: site for site in self.site_list}

    @property
    def country(self) -> str | None:
        """Country of the organisation, ISO 3166-1 alpha-3; None when not given."""
        return self.organisation.country


def load_config(source: str | Path | dict[str, Any] | Config | None) -> Config:
    """Read the configuration from a file, a mapping, or take the defaults.

    Raises
    ------
    ConfigError
        If the file is missing, is not TOML, or holds an unknown key or a value out of range.
    """
    if source is None:
        return Config()
    if isinstance(source, Config):
        return source
    name = "config"
    if not isinstance(source, dict):
        path = Path(source)
        name = path.name
        try:
            source = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            raise ConfigError(f"{path}: there is no such file. Check the path given with --config.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{name}: not a TOML file: {error}. Correct the line named.") from None
    try:
        return Config.model_validate(source)
    except ValidationError as error:
        raise ConfigError("\n".join(_sentence(name, item) for item in error.errors())) from None


_LIMITS = {
    "greater_than": ("gt", "must be above"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be below"),
    "less_than_equal": ("le", "must be at most"),
}
_KINDS = {
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "finite_number": "is not a number",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "string_type": "is not text. Put it in quotation marks",
    "tuple_type": "is not a list. Put it in square brackets",
    "model_type": "is not a table of keys and values",
    "dict_type": "is not a table of keys and values",
}


def _sentence(name: str, item: Any) -> str:
    place = f"{name}, {'.'.join(str(part) for part in item['loc'])}"
    kind, value = item["type"], f'"{item["input"]}"'
    if kind == "extra_forbidden":
        keys = _known_keys(item["loc"])
        near = difflib.get_close_matches(str(item["loc"][-1]).lower(), keys, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        return f"{place}: the key is unknown.{hint} Known keys: {', '.join(keys)}."
    if kind == "missing":
        return f"{place}: the key is missing. Add it."
    if kind == "string_pattern_mismatch":
        return f"{place}: {value} is not a three-letter country code. {_country_hint(str(item['input']))}"
    if kind == "literal_error":
        return f"{place}: {value} is unknown. Write {item['ctx']['expected']}."
    if kind == "value_error":
        return f"{place}: {item['ctx']['error']}."
    if kind in _LIMITS:
        limit, words = _LIMITS[kind]
        return f"{place}: {value} {words} {item['ctx'][limit]:g}.{_as_share(kind, item)}"
    return f"{place}: {value} {_KINDS.get(kind) or 'cannot be used: ' + item['msg']}."


_PERCENT = 100


def _as_share(kind: str, item: Any) -> str:
    """How a share is written that was given in percent."""
    number = item["input"]
    if kind not in ("less_than", "less_than_equal") or not isinstance(number, int | float):
        return ""
    limit = item["ctx"][_LIMITS[kind][0]]
    is_percent = limit == 1 and 1 < number <= _PERCENT
    return f" It is a share: write {number / _PERCENT:g}." if is_percent else ""


def _country_hint(text: str) -> str:
    code = _ALPHA_3.get(text.strip().upper()) or text.strip().upper()
    if len(code) == 3 and code.isascii() and code.isalpha():
        return f"Write it as {code}."
    return "Write its ISO 3166-1 alpha-3 code, such as GBR."


_LISTS: dict[str, type[BaseModel]] = {
    "sites": Site,
    "instruments": Instrument,
    "residual_mix": ResidualMix,
    "overrides": Override,
}


def _known_keys(location: tuple[Any, ...]) -> list[str]:
    model: Any = Config
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        default = field.default if field is not None else None
        if part in _LISTS:
            model = _LISTS[part]
        elif isinstance(default, BaseModel):
            model = type(default)
    return [field.alias or name for name, field in model.model_fields.items()]
