"""The estimation of an estate as one would write it by hand in pandas: merge the resolved models and multiply.

For one part of a period, devices in use or in stock, and the figures of the management view alone; matching and the
choice of factors are those of the program, so that the two are compared in joining and multiplying.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from greendigital.estimation.hardware_tables import place_table, product_table, service_table
from greendigital.estimation.tables import RunTables

_PRODUCT = ["category", "manufacturer", "model", "_year"]
_SERVICE = ["acquired_date", "status", "_life"]
_PLACE = ["country", "location_type"]
_STAGES = ("manufacture", "transport", "end_of_life", "embodied_unsplit")
_DEFAULTS = {"status": "in_use", "location_type": "office", "country": "GBR"}


def pandas_lines(assets: pd.DataFrame, tables: RunTables) -> pd.DataFrame:
    """Lines of an assets frame: kWh, kg CO2e by component and stage, total with its range."""
    frame = assets[["line_id", "category", "manufacturer", "model", "acquired_date", "quantity", *_DEFAULTS]].copy()
    for name in ("category", "manufacturer", "model"):
        frame[name] = frame[name].fillna("")
    for name, default in _DEFAULTS.items():
        frame[name] = frame[name].fillna(default)
    frame["acquired_date"] = frame["acquired_date"].astype("string").fillna("").astype(object)
    frame["_year"] = frame["acquired_date"].str.slice(0, 4)
    frame["quantity"] = frame["quantity"].fillna(1.0)
    nothing = dict.fromkeys(("_screen", "_configuration"), "")
    frame = _joined(frame, tables, product_table, _PRODUCT, "_product_key", {**nothing, "condition": "new"})
    frame["_life"] = frame["life_default"].astype(str).replace("nan", "")
    disposal = dict.fromkeys(("retired_date", "disposal_date", "disposal_route", "disposal_evidence"), "")
    frame = _joined(frame, tables, service_table, _SERVICE, "_service_key", disposal)
    place = dict.fromkeys(("operational_control", "expensed", "_home", "_pue", "_zone"), "")
    frame = _joined(frame, tables, place_table, _PLACE, "_place_key", {**place, "ownership": "owned"})
    return _multiplied(frame)


def _joined(frame, tables, make, parts, key, extra):
    distinct = frame[parts].drop_duplicates()
    keys = [{**extra, **row, key: str(n)} for n, row in enumerate(distinct.to_dict("records"))]
    columns, _ = make(tables, keys)
    table = pd.DataFrame(columns).drop(columns="period_part", errors="ignore")
    distinct = distinct.assign(**{key: [k[key] for k in keys]}).merge(table, on=key, how="left").drop(columns=key)
    return frame.merge(distinct, on=parts, how="left")


def _multiplied(frame: pd.DataFrame) -> pd.DataFrame:
    f = frame[frame["time_reason"] == ""].copy()
    draws = (f["status"] == "in_use").astype(float)
    f["use_kwh"] = np.where(draws == 0, 0.0, f["product_kwh"] * f["quantity"] * f["years"] * f["pue_applied"])
    for name in ("direct", "losses", "wtt"):
        f[f"use_{name}_kg_co2e"] = f["use_kwh"] * f[f"grid_{name}"]
    share = f["quantity"] * f["charged_share"]
    for stage in _STAGES:
        f[f"{stage}_kg_co2e"] = f[f"device_{stage}"] * share
    f["written_off_kg_co2e"] = f["device_total"] * f["quantity"] * f["written_off_share"]
    use = f[["use_direct_kg_co2e", "use_losses_kg_co2e", "use_wtt_kg_co2e"]].sum(axis=1)
    embodied = f[[*(f"{s}_kg_co2e" for s in _STAGES), "written_off_kg_co2e"]].sum(axis=1)
    f["total_kg_co2e"] = use + embodied
    low = use * (1 - np.exp(-np.sqrt(f["energy_down2"] + f["pue_down2"] + f["grid_down2"])))
    high = use * (np.exp(np.sqrt(f["energy_up2"] + f["pue_up2"] + f["grid_up2"])) - 1)
    of_low, of_high = (
        embodied * (1 - np.exp(-np.sqrt(f["embodied_down2"]))),
        embodied * (np.exp(np.sqrt(f["embodied_up2"])) - 1),
    )
    f["total_kg_co2e_low"] = f["total_kg_co2e"] - np.hypot(low, of_low)
    f["total_kg_co2e_high"] = f["total_kg_co2e"] + np.hypot(high, of_high)
    return f
