"""The council of 10,000 devices by this library and by its peers' figures: ``python compare_with_peers.py``.

Prints Markdown tables: embodied carbon, electricity, total and range of the estate, by category and beside five peers,
with 0.20 kg CO2e per kWh for all and with the UK government's factors of the period for all.
"""

from pathlib import Path

import pandas as pd

import greendigital as gd

HERE = Path(__file__).parent
PERIOD = "2025-26"
FIXED_KG_CO2E_PER_KWH = 0.20  # as fixed_electricity.toml says
EMBODIED = ["manufacture_kg_co2e", "transport_kg_co2e", "end_of_life_kg_co2e", "embodied_unsplit_kg_co2e"]
OURS = "greendigital"
CANDIDATES = ("wireless_access_point", "printer_small", "switch")
"""Network and print categories that have both figures; a router or firewall without a model has no kWh."""


def figures_of(result: gd.Footprint) -> pd.DataFrame:
    """By category: devices, embodied t, MWh, and the total with its range in t."""
    lines = result.lines
    lines = lines[lines["status"] == "estimated"].groupby("category")
    ranges = result.totals(by="category").set_index("category") / 1000
    return pd.DataFrame({
        "devices": lines["quantity"].sum(),
        "embodied_t": lines[EMBODIED].sum().sum(axis=1) / 1000,
        "use_mwh": lines["use_kwh"].sum() / 1000,
        "low_t": ranges["low_kg_co2e"],
        "total_t": ranges["central_kg_co2e"],
        "high_t": ranges["high_kg_co2e"],
    })  # fmt: skip


def peers_figures(devices: pd.Series) -> pd.DataFrame:
    """By tool and category: embodied t over the tool's own lifetime, and MWh, of that many devices."""
    peers = pd.read_csv(HERE / "peers.csv")
    count = peers["category"].map(devices)
    peers["embodied_t"] = count * peers["embodied_kg_co2e"] / peers["life_years"] / 1000
    peers["use_mwh"] = count * peers["annual_kwh"] / 1000
    return peers


def shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}"


def span(low: float, high: float) -> str:
    return f"{shown(low)} to {shown(high)}"


def table(heads: list[str], rows: list[list[str]]) -> str:
    marks = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, marks, *rows])


def by_category(fixed: pd.DataFrame, real: pd.DataFrame, heads: list[str], whole: list[list[str]]) -> str:
    rows = [
        [name, shown(f.devices), shown(f.embodied_t), shown(f.use_mwh), shown(f.total_t), span(f.low_t, f.high_t),
         shown(real.total_t[name]), span(real.low_t[name], real.high_t[name])]
        for name, f in fixed.sort_values("total_t", ascending=False).iterrows()
    ]  # fmt: skip
    return table(["category", "devices", *heads], rows + whole)


def beside_peers(peers: pd.DataFrame, ours: list[str], heads: list[str], uk_kg_co2e_per_kwh: float) -> str:
    sums = peers.groupby("tool")[["embodied_t", "use_mwh"]].sum()
    rows = []
    for tool, f in sums.iterrows():
        fixed, real = (f.embodied_t + f.use_mwh * price for price in (FIXED_KG_CO2E_PER_KWH, uk_kg_co2e_per_kwh))
        rows.append((fixed, [tool, f"{f.embodied_t / fixed:.0%}", *map(shown, (f.embodied_t, f.use_mwh, fixed)), "-",
                             shown(real), "-"]))  # fmt: skip
    return table(["tool", "embodied share at 0.20", *heads], [ours, *(row for _, row in sorted(rows))])


def by_tool(fixed: pd.DataFrame, peers: pd.DataFrame, column: str) -> str:
    wide = peers.pivot(index="category", columns="tool", values=column)[peers["tool"].unique()]
    wide.insert(0, OURS, fixed[column])
    wide = wide.loc[fixed[column].sort_values(ascending=False).index]
    return table(["category", *wide], [[name, *map(shown, row)] for name, *row in wide.itertuples()])


def reasons(fixed: pd.DataFrame, peers: pd.DataFrame) -> str:
    """For each peer, the three parts of the estate that differ most from ours at 0.20 kg CO2e per kWh."""
    said = []
    for tool, rows in peers.groupby("tool", sort=False):
        theirs = rows.set_index("category")
        gaps = {(name, "embodied"): gap for name, gap in (theirs["embodied_t"] - fixed["embodied_t"]).items()}
        gaps |= {(name, "use"): gap * FIXED_KG_CO2E_PER_KWH for name, gap in (theirs.use_mwh - fixed.use_mwh).items()}
        largest = sorted(gaps, key=lambda part: -abs(gaps[part]))[:3]
        parts = ", ".join(f"{name} {what} {gaps[name, what]:+,.0f}" for name, what in largest)
        said.append(f"- {tool}: {sum(gaps.values()):+,.0f} t from ours; largest parts: {parts}")
    return "\n".join(said)


def not_counted(left_out: float) -> str:
    """What the devices without a category would add, were all of them of one kind."""
    frame = pd.DataFrame({"category": CANDIDATES, "quantity": left_out, "country": "GBR"})
    tonnes = gd.estimate(frame, period=PERIOD).totals(by="category").set_index("category") / 1000
    said = [f"{name} {shown(central)} t ({span(low, high)})" for name, low, central, high in tonnes.itertuples()]
    return f"With the UK factors, {left_out:,.0f} devices that were all of one kind would add: {'; '.join(said)}."


def main() -> None:
    assets = gd.read_inventory(HERE / "assets.csv")
    results = [gd.estimate(assets, period=PERIOD, config=c) for c in (HERE / "fixed_electricity.toml", None)]
    fixed, real = map(figures_of, results)
    peers = peers_figures(fixed["devices"])
    everything = [row for result in results for row in result.totals().div(1000).itertuples()]
    embodied, mwh = fixed["embodied_t"].sum(), fixed["use_mwh"].sum()
    figures = [shown(embodied), shown(mwh)]
    for row in everything:
        figures += [shown(row.central_kg_co2e), span(row.low_kg_co2e, row.high_kg_co2e)]
    uk_kg_co2e_per_kwh = (everything[1].central_kg_co2e - embodied) / mwh
    lines = results[0].lines
    left_out = lines["quantity"][lines["status"] == "excluded"].sum()
    counted = fixed["devices"].sum()
    uk = f"{uk_kg_co2e_per_kwh:.4f}"
    heads = ["embodied t/yr", "MWh/yr", "total t/yr at 0.20", "range", f"total t/yr at {uk} (UK)", "range"]
    whole = [["all that is counted", shown(counted), *figures], ["other", shown(left_out), *["not estimated"] * 6]]
    share = f"{embodied / everything[0].central_kg_co2e:.0%}"
    print(f"### By category, {PERIOD}\n")
    print(by_category(fixed, real, heads, whole))
    print(f"\n### Beside the peers, the same {counted:,.0f} devices\n")
    print(beside_peers(peers, [OURS, share, *figures], heads, uk_kg_co2e_per_kwh))
    print("\n### Embodied t/yr by category\n")
    print(by_tool(fixed, peers, "embodied_t"))
    print("\n### MWh/yr by category\n")
    print(by_tool(fixed, peers, "use_mwh"))
    print("\n### What makes the difference, t/yr at 0.20\n")
    print(reasons(fixed, peers))
    print("\n### What no total holds\n")
    print(not_counted(left_out))


if __name__ == "__main__":
    main()
