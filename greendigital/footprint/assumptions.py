"""What the cloud lines of a run assume, each with what the total would be under another value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from greendigital.columns import STAGE_COLUMNS
from greendigital.config import Config
from greendigital.config_sections import CLOUD_ASSUMPTIONS, KEYS_WITHOUT_MEANING, Cloud
from greendigital.errors import GreenDigitalError
from greendigital.estimation.cloud_effects import USAGE_SUMS, CloudSum, UsageSum, cloud_central
from greendigital.estimation.cloud_method import cloud_method
from greendigital.estimation.tables import RunTables
from greendigital.factorset import Factor, FactorLibrary
from greendigital.footprint.store import LineStore
from greendigital.footprint.totals import Totals
from greendigital.period import Period

_TOLERANCE = 1e-6
_OWN_FILE = "the organisation's configuration file"
_OURS = "default of this program"


class _Assumption(NamedTuple):
    """An assumption as it stands, and the sections ``[cloud]`` that take another value of it, by that value."""

    name: str
    value: float | str
    unit: str
    source: str
    factor_id: str
    others: dict[float | str, Cloud]


def cloud_assumptions(totals: Totals, config: Config, library: FactorLibrary, period: Period) -> list[dict[str, Any]]:
    """The ``assumptions`` of summary.json; none without cloud lines.

    Each alternative has the central total of the whole run, how far it lies from the one reported, what of it is
    estimated from cost, and how many lines, with how many kilograms, that is so of which have a figure by hardware in
    the report.
    """
    sums = _usage_sums(totals.store)
    if not sums:
        return []
    total = totals.figure(STAGE_COLUMNS).central
    cloud = totals.figure(STAGE_COLUMNS, {"kind": "cloud"}).central
    again = cloud_central(_tables(library, period, config), sums)
    if abs(again.kg - cloud) > _TOLERANCE * max(abs(cloud), 1.0):
        raise GreenDigitalError(
            f"the cloud lines add up to {cloud!r} but their kinds of usage to {again.kg!r}. "
            "Please report this as a defect."
        )
    documents = []
    for assumption in _assumptions(totals.store, config, library, period):
        alternatives = []
        for value, section in assumption.others.items():
            other = cloud_central(_tables(library, period, config.model_copy(update={"cloud": section})), sums)
            change = other.kg - cloud
            alternatives.append(
                {"value": value, "central": total + change, "change": change, **_by_cost(other, again, sums)}
            )
        documents.append({**assumption._asdict(), "alternatives": alternatives})
        del documents[-1]["others"]
    return documents


def _by_cost(other: CloudSum, reported: CloudSum, sums: Sequence[UsageSum]) -> dict[str, Any]:
    """What of an alternative is estimated from cost, and of it what the report estimates physically."""
    lost = sorted(other.from_cost.keys() - reported.from_cost.keys())
    return {
        "fallback_kg_co2e": sum(other.from_cost.values(), 0.0),
        "lines_without_figure": sum(sums[place].lines for place in lost),
        "without_figure_kg_co2e": sum((other.from_cost[place] for place in lost), 0.0),
    }


def _tables(library: FactorLibrary, period: Period, config: Config) -> RunTables:
    return RunTables(library, period, config.model_copy(update={"planned_life_years": {}}))


def _usage_sums(store: LineStore) -> list[UsageSum]:
    """Usage of the lines that count, and of those without a basis, by kind; none in a run read back from its files."""
    present = {row["column_name"] for row in store.query("DESCRIBE lines")}
    if not present.issuperset(USAGE_SUMS):
        return []
    keys = ", ".join(f'"{name}"' for name in USAGE_SUMS)
    rows = store.query(
        f"SELECT {keys}, quantity IS NULL AS unknown, sum(quantity) AS quantity, sum(list_cost) AS list_cost, "
        "count(*) AS lines FROM lines WHERE kind = 'cloud' AND (status IN ('estimated', 'partial', 'fallback') "
        f"OR reason_code = 'no_basis') GROUP BY {keys}, unknown ORDER BY ALL"
    )
    return [UsageSum(row, row["quantity"], row["list_cost"], row["lines"]) for row in rows]


def _assumptions(store: LineStore, config: Config, library: FactorLibrary, period: Period) -> Iterator[_Assumption]:
    cloud = config.cloud
    settings = cloud_method(_tables(library, period, config)).settings
    yield _choice(cloud, "method", {"default": "cloud-carbon-footprint"}.get(cloud.method, "default"))
    yield _figure(cloud, "utilisation", settings.utilisation, library)
    yield _pue(store, cloud, library)
    yield _figure(cloud, "server_life_years", settings.server_life, library)
    unused = KEYS_WITHOUT_MEANING[cloud.method]
    if "storage_life_years" not in unused:
        yield _figure(cloud, "storage_life_years", settings.storage_life, library)
    for key, values in (
        ("network", ("provider_links", "with_access_networks")),
        ("power_source", ("measured_first", "fitted")),
    ):
        if key not in unused:
            yield _choice(cloud, key, next(v for v in values if v != getattr(cloud, key)))


def _choice(cloud: Cloud, key: str, other: str) -> _Assumption:
    value = getattr(cloud, key)
    source = _OURS if value == Cloud.model_fields[key].default else _OWN_FILE
    update: dict[str, Any] = {key: other}
    if key == "method":
        # What the other method has no use for goes back to its default.
        update |= {name: Cloud.model_fields[name].default for name in KEYS_WITHOUT_MEANING[other]}
    return _Assumption(key, value, "", source, "", {other: cloud.model_copy(update=update)})


def _figure(cloud: Cloud, key: str, factor: Factor, library: FactorLibrary) -> _Assumption:
    """An assumption with a figure: its ends, and the published figure where the configuration gives its own."""
    # A preset has no range of a life: the ends are those of the program's own assumption.
    ends = factor if factor.low is not None else library.factor(CLOUD_ASSUMPTIONS[key])
    published = library.factor(factor.supersedes).value if factor.set_name == "config" else None
    values = (ends.low, published, ends.high)
    others: dict[float | str, Cloud] = {
        value: cloud.model_copy(update={key: value}) for value in values if value is not None and value != factor.value
    }
    source = _OWN_FILE if factor.set_name == "config" else library.cite(factor)
    return _Assumption(key, factor.value, factor.unit, source, factor.factor_id, others)


def _pue(store: LineStore, cloud: Cloud, library: FactorLibrary) -> _Assumption:
    """The mean PUE of the energy used, beside the lowest and the highest published for the providers at hand."""
    row = store.query(
        "SELECT sum(use_kwh) / sum(use_kwh / pue) AS pue, list(DISTINCT provider) AS providers FROM lines "
        "WHERE kind = 'cloud' AND use_kwh > 0 AND pue_factor_id IS NOT NULL"
    )[0]
    published: dict[str, list[float]] = {provider: [] for provider in sorted(row["providers"] or ())}
    for entry in library.table("cloud-pue", "pue"):
        if entry["provider"] in published:
            published[entry["provider"]].append(entry["pue"])
    spans = {provider: values for provider, values in published.items() if values}
    others: dict[float | str, Cloud] = {}
    for end in (min, max):
        pues = {provider: end(values) for provider, values in spans.items()}
        if pues:
            told = ", ".join(f"{provider} {value:g}" for provider, value in pues.items())
            others[told] = cloud.model_copy(update={"pue": {**(cloud.pue or {}), **pues}})
    source = _OWN_FILE if cloud.pue else "published by the providers"
    return _Assumption("pue", row["pue"] or 1.0, "ratio", source, "", others)
