"""Sections of greendigital.toml, each a closed table of keys with their types and limits."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from greendigital.errors import PeriodError
from greendigital.period import parse_period

CLOUD_ASSUMPTIONS = {
    "utilisation": "assumption-cloud-utilisation",
    "server_life_years": "assumption-server-life-years",
    "storage_life_years": "assumption-storage-life-years",
}
"""Keys of ``[cloud]`` that stand in the place of an assumption, and which."""

_PROVIDERS = ("aws", "azure", "gcp", "oci")
_LEAST_PUE, _MOST_PUE = 1, 5

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Section(BaseModel):
    """A table of the configuration: closed, so that a misspelt key is refused, and not changed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Python takes true for 1; a table that says true where a number belongs means neither."""
        kind = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and kind is not bool and {int, float} & {kind, *get_args(kind)}:
            raise ValueError(f'"{str(value).lower()}" is not a number')
        return value


class Organisation(Section):
    """Who reports. ``fte``: full-time equivalents, for the intensity figure; ``boundary``: approach to the boundary."""

    name: str = ""
    country: CountryCode | None = None
    fte: float | None = Field(default=None, gt=0)
    income_gbp: float | None = Field(default=None, gt=0)
    boundary: Literal["operational_control", "financial_control", "equity_share"] = "operational_control"


class Site(Section):
    """A site named in the asset files.

    ``grid_zone``: its zone in a set of grid zones (``US-CAL-CISO``), used where such a set is given; not in the UK.
    """

    name: str
    country: CountryCode | None = None
    grid_zone: str = ""
    location_type: Literal["office", "server_room", "data_centre", "home", "colocation"] | None = None
    pue: float | None = Field(default=None, ge=1, le=5)


class Residency(Section):
    """Countries in which data may be held; without the list no region is ever proposed."""

    allowed: tuple[CountryCode, ...] = ()


class Instrument(Section):
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


class ResidualMix(Section):
    """Factor of the electricity that no instrument covers, with its source."""

    factor_kg_co2e_per_kwh: Annotated[float, Field(ge=0, lt=3, alias="factor")]
    source: Annotated[str, Field(min_length=1)]


class Override(Section):
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


class Tags(Section):
    """Tags of the bill to carry as columns."""

    columns: tuple[str, ...] = ()


class AdviceSettings(Section):
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


class Matching(Section):
    """``allow_siblings``: a neighbouring generation or sibling may stand in for a model without figures (level D)."""

    allow_siblings: bool = False


class Cloud(Section):
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
