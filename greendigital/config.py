"""greendigital.toml: the organisation, its sites, planned lives, residency, tags and thresholds.

The schema is closed: an unknown key is an error that names the keys that would have worked, so that a typing
mistake never silently changes a result.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from greendigital.errors import ConfigError, PeriodError
from greendigital.period import parse_period

_ALPHA_3 = {"UK": "GBR", "GB": "GBR", "UNITED KINGDOM": "GBR", "GREAT BRITAIN": "GBR", "ENGLAND": "GBR"}
"""How people write their country for the code that is wanted."""

CLOUD_ASSUMPTIONS = {
    "utilisation": "assumption-cloud-utilisation",
    "server_life_years": "assumption-server-life-years",
    "storage_life_years": "assumption-storage-life-years",
}
"""Keys of ``[cloud]`` that stand in the place of an assumption, and which."""

_PROVIDERS = ("aws", "azure", "gcp", "oci")
_LEAST_PUE, _MOST_PUE = 1, 5

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Python takes true for 1; a table that says true where a number belongs means neither."""
        kind = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and kind is not bool and {int, float} & {kind, *get_args(kind)}:
            raise ValueError(f'"{str(value).lower()}" is not a number')
        return value


class Organisation(_Section):
    """Who reports. ``fte``: full-time equivalents, for the intensity figure; ``boundary``: approach to the boundary."""

    name: str = ""
    country: CountryCode | None = None
    fte: float | None = Field(default=None, gt=0)
    income_gbp: float | None = Field(default=None, gt=0)
    boundary: Literal["operational_control", "financial_control", "equity_share"] = "operational_control"


class Site(_Section):
    """A site named in the asset files.

    ``grid_zone``: its zone in a set of grid zones (``US-CAL-CISO``), used where such a set is given; not in the UK.
    """

    name: str
    country: CountryCode | None = None
    grid_zone: str = ""
    location_type: Literal["office", "server_room", "data_centre", "home", "colocation"] | None = None
    pue: float | None = Field(default=None, ge=1, le=5)


class Residency(_Section):
    """Countries in which data may be held; without the list no region is ever proposed."""

    allowed: tuple[CountryCode, ...] = ()


class Instrument(_Section):
    """A contractual instrument for electricity: certificates, a supplier's tariff, a power purchase agreement.

    ``sites`` empty: all sites; ``period`` empty: the report's. A zero factor needs a ``name`` that can be checked.
    """

    name: str = ""
    kind: Literal["certificate", "tariff", "ppa", "other"] = "certificate"
    kwh: Annotated[float, Field(gt=0)]
    factor_kg_co2e_per_kwh: Annotated[float, Field(ge=0, lt=3, alias="factor")]
    period: str = ""
    sites: tuple[str, ...] = ()

    @field_validator("period")
    @classmethod
    def _is_period(cls, value: str) -> str:
        if value:
            try:
                parse_period(value)
            except PeriodError as error:
                raise ValueError(str(error)) from None
        return value

    @model_validator(mode="after")
    def _zero_has_a_name(self) -> Instrument:
        if not self.name.strip():
            zero = "a zero factor needs a name" if self.factor_kg_co2e_per_kwh == 0 else "an instrument needs a name"
            raise ValueError(f"{zero}: the certificate, tariff or agreement that can be checked")
        return self


class ResidualMix(_Section):
    """Factor of the electricity that no instrument covers, with its source."""

    factor_kg_co2e_per_kwh: Annotated[float, Field(ge=0, lt=3, alias="factor")]
    source: Annotated[str, Field(min_length=1)]


class Override(_Section):
    """A figure of the organisation's own in the place of a published one.

    Either ``factor`` (an id, as in ``factors_used.parquet`` and ``greendigital explain``) with ``value`` in the unit of
    the factor or in ``unit``, and ``low`` and ``high`` (5th and 95th percentile) where known; or ``manufacturer`` and
    ``model`` with figures of one device: ``embodied_kg_co2e`` (of the stages in ``boundary``), ``annual_use_kwh`` and
    ``mass_kg``.
    """

    factor: str = ""
    value: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    low: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    high: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    unit: str = ""
    data_year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    manufacturer: str = ""
    model: str = ""
    category: str = ""
    embodied_kg_co2e: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    boundary: Literal["manufacture", "manufacture_transport", "manufacture_transport_end_of_life"] = (
        "manufacture_transport_end_of_life"
    )
    annual_use_kwh: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    mass_kg: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    source: Annotated[str, Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _says_what_and_how_much(self) -> Override:
        figures = (self.embodied_kg_co2e, self.annual_use_kwh, self.mass_kg)
        if bool(self.factor) == bool(self.model):
            raise ValueError('an override needs either "factor", an id, or "manufacturer" and "model"')
        if self.factor and (self.value is None or any(f is not None for f in figures)):
            raise ValueError('an override of a factor needs "value", and no figures of a device')
        if self.model and (self.value is not None or self.low is not None or self.high is not None or self.unit):
            raise ValueError('"value", "low", "high" and "unit" belong to a factor; a model has figures of its own')
        if self.model and (not self.manufacturer or all(f is None for f in figures)):
            raise ValueError(
                'an override of a model needs "manufacturer" and one of "embodied_kg_co2e", "annual_use_kwh", "mass_kg"'
            )
        if self.value is not None:
            low, high = (self.value if v is None else v for v in (self.low, self.high))
            if not low <= self.value <= high:
                raise ValueError(f"{self.value:g} lies outside {low:g} to {high:g}: let low <= value <= high")
        return self


class Tags(_Section):
    """Tags of the bill to carry as columns."""

    columns: tuple[str, ...] = ()


class AdviceSettings(_Section):
    """Thresholds and prices of the advice; None takes the value of the assumptions set.

    Prices are the organisation's own: none is assumed. ``prices_gbp`` of a new device by category, ``parts_gbp`` of
    ``memory``, ``ssd`` and ``battery``, ``exits_gbp_per_year`` of ``extended_support``, ``other_system`` and
    ``virtual_desktop``, each for one computer.
    """

    not_seen_days: int | None = Field(default=None, ge=1)
    ends_soon_months: int | None = Field(default=None, ge=0)
    keep_support_years: float | None = Field(default=None, gt=0)
    repair_years: float | None = Field(default=None, gt=0, le=20)
    part_years: float | None = Field(default=None, gt=0, le=20)
    memory_need_gb: float | None = Field(default=None, gt=0)
    ample_memory_gb: float | None = Field(default=None, gt=0)
    battery_health_share: float | None = Field(default=None, gt=0, le=1)
    idle_server_share: float | None = Field(default=None, gt=0, le=1)
    light_roles: tuple[str, ...] = ("light", "kiosk", "reception", "frontline", "web")
    displacement: float | None = Field(default=None, gt=0, lt=1)
    prices_gbp: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = {}
    parts_gbp: dict[Literal["memory", "ssd", "battery"], Annotated[float, Field(gt=0, allow_inf_nan=False)]] = {}
    exits_gbp_per_year: dict[
        Literal["extended_support", "other_system", "virtual_desktop"],
        Annotated[float, Field(ge=0, allow_inf_nan=False)],
    ] = {}
    non_production: tuple[str, ...] = ("dev", "development", "test", "testing", "uat", "staging", "sandbox", "non-prod")
    off_hours_weekly_hours: float | None = Field(default=None, gt=0, le=168)


class Matching(_Section):
    """``allow_siblings``: a neighbouring generation or sibling may stand in for a model without figures (level D)."""

    allow_siblings: bool = False


class Cloud(_Section):
    """What cloud lines assume; None takes the value of the assumptions set, or of the preset.

    ``method``: this program's own, or the published method of another; ``pue``: one for all, or one by provider;
    ``network``: whether a transfer to or from the internet counts the access networks; ``power_source``: the measured
    curve of an instance type where there is one, or the fit for all.
    """

    method: Literal["default", "cloud-carbon-footprint", "boavizta"] = "default"
    utilisation: float | None = Field(default=None, ge=0.1, le=1)
    pue: dict[str, float] | None = None
    server_life_years: float | None = Field(default=None, ge=1, le=20)
    storage_life_years: float | None = Field(default=None, ge=1, le=20)
    network: Literal["provider_links", "with_access_networks"] = "provider_links"
    power_source: Literal["measured_first", "fitted"] = "measured_first"

    @field_validator("pue", mode="before")
    @classmethod
    def _by_provider(cls, value: Any) -> Any:
        table = value if isinstance(value, dict) or value is None else dict.fromkeys(_PROVIDERS, value)
        for provider, pue in (table or {}).items():
            if provider not in _PROVIDERS:
                raise ValueError(f'"{provider}" is not a provider known here. Write {", ".join(_PROVIDERS)}')
            if isinstance(pue, bool) or not isinstance(pue, int | float):
                raise ValueError(f'"{pue}" is not a number. Write one number, or a table such as {{aws = 1.15}}')
            if not _LEAST_PUE <= pue <= _MOST_PUE:
                raise ValueError(f'"{pue}" must lie between {_LEAST_PUE} and {_MOST_PUE}')
        return table

    @model_validator(mode="after")
    def _fits_the_method(self) -> Cloud:
        for key in KEYS_WITHOUT_MEANING[self.method]:
            if getattr(self, key) != type(self).model_fields[key].default:
                raise ValueError(f'"{key}" means nothing to the method "{self.method}". Take one of the two out')
        return self


KEYS_WITHOUT_MEANING: dict[str, tuple[str, ...]] = {
    "default": (),
    "cloud-carbon-footprint": ("power_source", "network", "storage_life_years"),
    "boavizta": ("power_source", "network", "storage_life_years"),
}
"""Keys of ``[cloud]`` that a method has no use for: a preset has watts of its own, no access networks, no drives."""


class Config(_Section):
    """The whole configuration; every section may be left out."""

    organisation: Organisation = Organisation()
    site_list: tuple[Site, ...] = Field(default=(), alias="sites")
    planned_life_years: dict[str, Annotated[float, Field(gt=0, le=50)]] = {}
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
