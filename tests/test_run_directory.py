"""The contract of the run directory, on the example council as written to disk."""

import csv
import json
import math
import re
from html.parser import HTMLParser

import duckdb
import openpyxl
import pytest

import greendigital as gd
from greendigital.columns import FACTORS_USED, LINES, names
from greendigital.documents import RunDocument, SummaryDocument
from greendigital.errors import GreenDigitalError, RunDirectoryError
from greendigital.footprint.summary import check_invariants
from tests.conftest import BILLS, EXAMPLES

FIGURE = {"low", "central", "high"}
STAGES = ["manufacture", "transport", "embodied_unsplit", "use", "network", "end_of_life", "written_off", "fallback"]
COMPONENTS = ["use_direct", "use_losses", "use_wtt", "use_life_cycle", "embodied_annualised", "written_off", "network",
              "fallback"]  # fmt: skip
SCOPES = ["2", "3.1", "3.2", "3.3", "3.5", "3.7", "3.8"]
GROUPS = ["by_category", "by_site", "by_month", "by_account", "by_service", "by_basis"]


def lines_of(run):
    relation = duckdb.read_parquet(str(run / "lines.parquet"))
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def test_every_file_of_the_contract_is_there_and_nothing_else(example_run):
    assert sorted(p.name for p in example_run.iterdir()) == sorted(
        ["report.html", "report.xlsx", "summary.json", "lines.parquet", "factors_used.parquet", "recommendations.csv",
         "run.json"]
    )  # fmt: skip


def test_summary_has_every_key_of_the_contract(example_summary):
    s = example_summary
    assert set(s) == {"schema", "tool_version", "organisation", "period", "totals", "coverage", "recommendations",
                      "factor_sets", "overrides", "assumptions", "inputs", "not_covered", "assurance",
                      "water", "unmatched_meters", "waste"}  # fmt: skip
    assert set(s["period"]) == {"label", "start", "end", "factor_year", "parts"}
    totals = s["totals"]
    assert set(totals) == {"total", "hardware", "cloud", "energy", "energy_kwh", "by_stage", "by_component", *GROUPS,
                           "by_region", "by_tag", "untagged", "intensity", "inventory", "market_based_scope_2",
                           "drivers"}  # fmt: skip
    for name in ("total", "hardware", "cloud", "energy", "energy_kwh"):
        assert set(totals[name]) == FIGURE
    assert sorted(totals["by_stage"]) == sorted(STAGES)
    assert sorted(totals["by_component"]) == sorted(COMPONENTS)
    assert sorted(totals["inventory"]["by_scope"]) == SCOPES
    assert set(totals["intensity"]) == {"per_device", "per_fte", "per_gbp"}
    assert totals["market_based_scope_2"] is None
    assert all(set(d) == {"source", "share_of_variance"} for d in totals["drivers"])
    assert set(totals["by_category"][0]) == {"category", "devices", "total"}
    assert set(s["coverage"]) == {"assets", "usage", "meters"}
    assert set(s["coverage"]["meters"]) == {"lines", "estimated", "partial", "excluded", "carried_by_devices",
                                            "months_covered"}  # fmt: skip
    assets, usage = s["coverage"]["assets"], s["coverage"]["usage"]
    assert set(assets) == {"lines", "devices", "estimated", "partial", "fallback", "excluded", "merged",
                           "by_match_level", "months_covered"}  # fmt: skip
    assert sorted(assets["by_match_level"]) == list("ABCDEF")
    assert all(set(level) == {"devices", "kg_co2e"} for level in assets["by_match_level"].values())
    assert set(usage) == {"lines", "estimated", "partial", "fallback", "excluded", "costs", "by_method",
                          "months_covered"}  # fmt: skip
    assert set(usage["costs"][0]) == {"currency", "billed", "effective", "list", "billed_estimated", "billed_partial",
                                      "billed_fallback", "billed_excluded", "billed_in_other_bill", "charges",
                                      "physical_share", "fallback_share", "excluded_share",
                                      "excluded_by_reason"}  # fmt: skip
    for advice in s["recommendations"]:
        assert set(advice) == {"rule", "action", "hierarchy", "lines", "devices", "effect", "basis", "saving_kg_co2e",
                               "saving_gbp", "saving_cost", "confidence", "reason", "tcop"}  # fmt: skip
    assert all(set(f) == {"name", "edition", "publisher", "licence", "url", "share_alike", "data_years",
                          "published_years", "caveats",
                          "imported"} for f in s["factor_sets"])  # fmt: skip
    assert all(set(i) == {"file", "sha256", "format", "lines", "costs", "problems"} for i in s["inputs"])


def test_documents_as_written_fit_their_published_schema(example_run, example_summary):
    SummaryDocument.model_validate(example_summary)
    RunDocument.model_validate_json((example_run / "run.json").read_text(encoding="utf-8"))


def test_lines_and_factors_have_the_columns_of_the_contract_in_order(example_run):
    columns = duckdb.read_parquet(str(example_run / "lines.parquet")).columns
    assert columns == [*names(LINES), "tags_environment", "tags_department"]
    found = duckdb.read_parquet(str(example_run / "factors_used.parquet")).columns
    assert found == names(FACTORS_USED)
    assert found[:13] == ["factor_id", "value", "low", "high", "interval", "n_values", "unit", "basis", "error_group",
                          "set", "edition", "source", "locator"]  # fmt: skip


def test_stages_components_and_groups_add_up_to_the_total(example_summary):
    totals = example_summary["totals"]
    total = totals["total"]["central"]
    assert total > 0
    assert math.fsum(f["central"] for f in totals["by_stage"].values()) == pytest.approx(total, rel=1e-9)
    assert math.fsum(f["central"] for f in totals["by_component"].values()) == pytest.approx(total, rel=1e-9)
    assert math.fsum(totals[k]["central"] for k in ("hardware", "cloud", "energy")) == pytest.approx(total, rel=1e-9)
    for name in GROUPS:
        assert math.fsum(e["total"]["central"] for e in totals[name]) == pytest.approx(total, rel=1e-9), name
    use = [f"use_{n}" for n in ("direct", "losses", "wtt", "life_cycle")]
    assert math.fsum(totals["by_component"][n]["central"] for n in use) == pytest.approx(
        totals["by_stage"]["use"]["central"], rel=1e-9
    )


def test_scopes_add_up_to_the_inventory_total(example_summary):
    inventory = example_summary["totals"]["inventory"]
    assert math.fsum(f["central"] for f in inventory["by_scope"].values()) == pytest.approx(
        inventory["total"]["central"], rel=1e-9
    )


def test_totals_can_be_remade_from_the_lines_alone(example_run, example_summary):
    lines = [row for row in lines_of(example_run) if row["status"] in ("estimated", "partial", "fallback")]
    total = math.fsum(row["total_kg_co2e"] or 0.0 for row in lines)
    assert total == pytest.approx(example_summary["totals"]["total"]["central"], rel=1e-9)
    kwh = math.fsum(row["use_kwh"] or 0.0 for row in lines)
    assert kwh == pytest.approx(example_summary["totals"]["energy_kwh"]["central"], rel=1e-9)
    again = gd.read_run(example_run)
    assert again.totals().iloc[0]["high_kg_co2e"] == pytest.approx(example_summary["totals"]["total"]["high"])


class Tables(HTMLParser):
    """Central figures of each table of the report, by row heading, from ``data-kg``."""

    def __init__(self):
        super().__init__()
        self.tables, self.table, self.heading, self.in_heading, self.cells = {}, None, "", False, []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "table":
            self.table = self.tables.setdefault(attrs.get("id", ""), {})
        elif tag == "tr":
            self.heading, self.cells = "", []
        elif tag == "th" and attrs.get("scope") == "row":
            self.in_heading = True
        elif tag == "td" and "data-kg" in attrs:
            self.cells.append(float(attrs["data-kg"]))

    def handle_data(self, data):
        if self.in_heading:
            self.heading += data

    def handle_endtag(self, tag):
        if tag == "th":
            self.in_heading = False
        elif tag == "tr" and self.cells:
            self.table[self.heading] = self.cells
        elif tag == "table":
            self.table = None


@pytest.fixture(scope="module")
def html(example_run):
    text = (example_run / "report.html").read_text(encoding="utf-8")
    parser = Tables()
    parser.feed(text)
    return text, parser.tables


@pytest.fixture(scope="module")
def workbook(example_run):
    book = openpyxl.load_workbook(example_run / "report.xlsx", read_only=True)
    return {s.title: [row for row in s.iter_rows(min_row=5, values_only=True) if any(c is not None for c in row)]
            for s in book}  # fmt: skip


def test_html_xlsx_and_json_hold_the_same_stages_components_and_scopes(example_summary, html, workbook):
    totals = example_summary["totals"]
    tables = html[1]
    for name, table, group, figures in (
        ("stages", "stages", "stage", totals["by_stage"]),
        ("components", "components", "component", totals["by_component"]),
    ):
        central = sorted(f["central"] for f in figures.values())
        whole = totals["total"]["central"]
        in_html = tables[table]
        assert sorted(v[1] for k, v in in_html.items() if k != "Total") == pytest.approx(central, rel=1e-9), name
        assert in_html["Total"][1] == pytest.approx(whole, rel=1e-9)
        in_book = [row for row in workbook["Totals"] if row[0] == group]
        assert sorted(row[3] for row in in_book) == pytest.approx(central, rel=1e-9), name
        assert math.fsum(row[3] for row in in_book) == pytest.approx(whole, rel=1e-9)
    scopes = sorted(f["central"] for f in totals["inventory"]["by_scope"].values())
    whole = totals["inventory"]["total"]["central"]
    assert sorted(v[1] for k, v in tables["scopes"].items() if k != "Inventory total") == pytest.approx(scopes)
    assert tables["scopes"]["Inventory total"][1] == pytest.approx(whole, rel=1e-9)
    assert sorted(row[3] for row in workbook["Scopes"] if row[0] != "total") == pytest.approx(scopes)
    assert math.fsum(row[3] for row in workbook["Scopes"] if row[0] != "total") == pytest.approx(whole, rel=1e-9)


def test_categories_are_the_same_in_html_xlsx_and_json(example_summary, html, workbook):
    central = sorted(e["total"]["central"] for e in example_summary["totals"]["by_category"])
    assert sorted(v[1] for k, v in html[1]["categories"].items() if k != "Total") == pytest.approx(central)
    assert sorted(row[3] for row in workbook["Categories"]) == pytest.approx(central)


def test_the_page_has_no_scripts_no_remote_parts_and_a_table_behind_each_chart(html):
    text = html[0]
    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
    assert "url(http" not in text
    assert text.count("<svg") >= 3
    for section in re.findall(r"<section.*?</section>", text, flags=re.DOTALL):
        if "<svg" in section:
            assert "<table" in section


def test_every_line_of_input_is_accounted_for(example_run, example_summary):
    assets, usage = example_summary["coverage"]["assets"], example_summary["coverage"]["usage"]
    states = ("estimated", "partial", "fallback", "excluded")
    assert assets["lines"] == sum(assets[s] for s in (*states, "merged"))
    assert usage["lines"] == sum(usage[s] for s in states)
    by_file = {i["file"]: i["lines"] for i in example_summary["inputs"] if i["format"] != "disposals"}
    found = {}
    for row in lines_of(example_run):
        found.setdefault(row["source_id"], set()).add(row["line_id"])
    assert {name: len(ids) for name, ids in found.items()} == by_file
    assert assets["lines"] + usage["lines"] == sum(by_file.values())


def test_line_counts_are_those_of_the_files(example_summary):
    lines = {i["file"]: i["lines"] for i in example_summary["inputs"]}
    for name in BILLS:
        with (EXAMPLES / name).open(encoding="utf-8", newline="") as handle:
            assert lines[name] == sum(1 for _ in csv.reader(handle)) - 1


def test_billed_cost_is_conserved_to_the_penny_per_file_and_currency(example_run, example_summary):
    lines = lines_of(example_run)
    for name in BILLS:
        with (EXAMPLES / name).open(encoding="utf-8", newline="") as handle:
            billed = {}
            for row in csv.DictReader(handle):
                billed.setdefault(row["BillingCurrency"], []).append(float(row["BilledCost"]))
        for currency, amounts in billed.items():
            out = [r["billed_cost"] for r in lines if r["source_id"] == name and r["currency"] == currency]
            assert round(math.fsum(out), 2) == round(math.fsum(amounts), 2)
    for cost in example_summary["coverage"]["usage"]["costs"]:
        parts = math.fsum(cost[f"billed_{s}"] for s in ("estimated", "partial", "fallback", "excluded"))
        assert parts == pytest.approx(cost["billed"], abs=0.005)


def test_no_estimate_without_a_factor_id_and_every_id_is_explained(example_run):
    known = {row[0] for row in duckdb.read_parquet(str(example_run / "factors_used.parquet")).fetchall()}
    ids = [c.name for c in LINES if c.name.endswith("_factor_id")]
    for row in lines_of(example_run):
        used = {row[c] for c in ids if row[c]}
        assert used <= known, row["line_id"]
        if row["total_kg_co2e"]:
            assert used, row["line_id"]
        if row["use_kwh"]:
            assert row["grid_factor_id"], row["line_id"]
            assert row["energy_factor_id"] or row["network_factor_id"] or row["use_basis"] == "metered"


def test_every_line_has_a_range_in_order_and_none_without_width(example_run):
    for row in lines_of(example_run):
        for name in ("use_kwh", "use_kg_co2e", "embodied_kg_co2e", "total_kg_co2e"):
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            if low is None or name not in row:
                continue
            assert low <= row[name] * (1 + 1e-12) and row[name] <= high * (1 + 1e-12), row["line_id"]
            if row[name] and row["use_basis"] != "metered":
                assert low < high, (row["line_id"], name)


def test_figures_of_a_factor_come_with_their_source_and_licence(example_run):
    relation = duckdb.read_parquet(str(example_run / "factors_used.parquet"))
    for row in (dict(zip(relation.columns, r, strict=True)) for r in relation.fetchall()):
        assert row["source"], row["factor_id"]
        assert row["low_p5"] <= row["value"] <= row["high_p95"], row["factor_id"]
        if row["set"] not in ("derived", "config"):
            assert row["licence"], row["factor_id"]
            assert row["edition"] or row["factor_id"].endswith(":mass")


def test_advice_has_a_row_for_every_asset_that_is_not_merged_or_set_aside(example, example_run):
    with (example_run / "recommendations.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert list(rows[0])[:4] == ["line_id", "asset_id", "rule", "action"]
    wanted = {r["line_id"] for r in lines_of(example_run) if r["kind"] == "hardware" and r["status"] != "merged"
              and r["reason_code"] not in ("total_row", "virtual_machine", "invalid_quantity")}  # fmt: skip
    devices = [r["line_id"] for r in rows if r["line_id"] in wanted]
    assert sorted(devices) == sorted(wanted)
    sheet = openpyxl.load_workbook(EXAMPLES / "register.xlsx").worksheets[0]
    for row in rows:
        if row["line_id"].startswith("register.xlsx:"):
            written = sheet.cell(int(row["line_id"].rpartition(":")[2]), 1).value
            assert row["asset_id"] in (str(written or "").strip(), ""), row["line_id"]
            assert row["asset_id"] or not str(written or "").startswith("EC-"), row["line_id"]


def test_hosts_serials_and_people_stay_out_of_lines_and_run_json(example_run):
    text = str(lines_of(example_run)) + (example_run / "run.json").read_text(encoding="utf-8")
    for private in ("MADEUP0", "user0001", "EC-LA-0001", "council.example"):
        assert private not in text


def test_json_numbers_carry_at_most_twelve_significant_digits(example_run):
    text = (example_run / "summary.json").read_text(encoding="utf-8")
    for number in re.findall(r"-?\d+\.\d+", text):
        assert len(number.replace("-", "").replace(".", "").lstrip("0")) <= 12, number


def test_the_same_input_gives_the_same_content(example, example_run, tmp_path):
    again = example.write(tmp_path / "again")
    assert (again / "summary.json").read_bytes() == (example_run / "summary.json").read_bytes()
    assert lines_of(again) == lines_of(example_run)
    first, second = (json.loads((r / "run.json").read_text(encoding="utf-8")) for r in (example_run, again))
    for run in (first, second):
        del run["created"], run["seconds"]
    assert first == second


def test_an_existing_directory_is_replaced_only_with_force(example, tmp_path):
    target = example.write(tmp_path / "run", charts=False)
    with pytest.raises(RunDirectoryError, match="--force"):
        example.write(target)
    example.write(target, force=True, charts=False)
    (target / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RunDirectoryError, match=r"notes\.txt"):
        example.write(target, force=True)
    assert (target / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_nothing_half_written_stays_when_writing_fails(example, tmp_path, monkeypatch):
    def fail(*_args, **_kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("greendigital.reports.to_xlsx.write_xlsx", fail)
    monkeypatch.setattr("greendigital.reports.write_xlsx", fail, raising=False)
    with pytest.raises(OSError, match="disk full"):
        example.write(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_summary_whose_parts_do_not_add_up_stops_the_run(example):
    broken = json.loads(json.dumps(example.summary))
    broken["totals"]["by_stage"]["use"]["central"] += 1
    with pytest.raises(GreenDigitalError, match="by_stage"):
        check_invariants(broken, example.inputs, example.store)


def test_intensity_is_the_total_over_its_divisor(example_summary):
    totals, intensity = example_summary["totals"], example_summary["totals"]["intensity"]
    assert intensity["per_fte"]["central"] == pytest.approx(totals["total"]["central"] / 520)
    devices = example_summary["coverage"]["assets"]["devices"]
    assert intensity["per_device"]["central"] >= totals["hardware"]["central"] / devices
    assert intensity["per_gbp"] is None


def test_text_of_a_file_never_becomes_a_formula_in_the_workbook(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text('asset_id,category,model\n"=1+1",laptop,"=HYPERLINK(""x"")"\nB,laptop,\x07bell\n', encoding="utf-8")
    run = gd.estimate(gd.read_inventory(path), period="2024").write(tmp_path / "run", charts=False)
    book = openpyxl.load_workbook(run / "report.xlsx")
    formulas = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert formulas == []


def test_a_class_of_the_page_is_styled_in_one_place(example_run):
    """A second rule of one name restyles what the first was for: the whole page did not wrap once."""
    page = (example_run / "report.html").read_text(encoding="utf-8")
    style = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", re.search(r"<style>(.*?)</style>", page, re.S)[1])
    rules = re.findall(r"(?:^|\})\s*\.([a-z]+)\{", style)
    assert "n" in rules and "nb" in rules
    assert sorted(rules) == sorted(set(rules))


def test_a_workbook_of_no_lines_has_no_sheets_of_them_and_names_none(example, tmp_path):
    book = openpyxl.load_workbook(example.write(tmp_path / "run", workbook_lines=0, charts=False) / "report.xlsx")
    assert not {"Lines", "Advice"} & set(book.sheetnames)
    told = next(row[1].value for row in book["Cover"].iter_rows() if row[0].value == "Sheets")
    assert told.split(", ") == book.sheetnames[1:]


def test_long_text_of_a_sheet_stands_on_several_lines_and_short_text_on_one(example_run):
    cover = openpyxl.load_workbook(example_run / "report.xlsx")["Cover"]
    cells = [cell for row in cover.iter_rows(min_row=5, min_col=2, max_col=2) for cell in row if cell.value]
    long = [cell for cell in cells if len(cell.value) > 70]
    assert 2 <= len(long) < len(cells)
    assert all(bool(cell.alignment.wrap_text) is (cell in long) for cell in cells)
    # A line is 15 points high; without the height of its lines the text would run over the row below.
    assert all(cover.row_dimensions[cell.row].height >= 15 * len(cell.value) / 70 for cell in long)


def test_a_workbook_says_how_many_of_the_lines_it_shows(example, tmp_path):
    book = openpyxl.load_workbook(example.write(tmp_path / "run", workbook_lines=5, charts=False) / "report.xlsx")
    assert book["Lines"].max_row == 4 + 5
    assert book["Lines"]["A2"].value.startswith(f"The first 5 of {len(example.store):,} lines. All lines")
    assert book["Advice"]["A2"].value.startswith(f"The first 5 of {len(example.advice):,} rows. All rows")


def test_a_line_of_the_workbook_adds_up(example_run):
    sheet = openpyxl.load_workbook(example_run / "report.xlsx", read_only=True)["Lines"]
    heads = [cell.value for cell in next(sheet.iter_rows(min_row=4, max_row=4))]
    seen = 0
    for values in sheet.iter_rows(min_row=5, values_only=True):
        row = dict(zip(heads, values, strict=False))
        if row["status"] in ("estimated", "partial"):
            parts = [row[f"{n}_kg_co2e"] or 0 for n in ("use", "embodied", "network", "fallback")]
            assert math.isclose(sum(parts), row["total_kg_co2e"], rel_tol=1e-9, abs_tol=1e-9)
            seen += 1
    assert seen > 1000


def test_a_workbook_of_an_estate_shows_no_columns_of_bills(tmp_path):
    register = tmp_path / "register.csv"
    register.write_text("asset_id,category\nA1,laptop\nA2,monitor\n", encoding="utf-8")
    gd.estimate(gd.read_inventory(register), period="2024-25").write(tmp_path / "run", charts=False)
    book = openpyxl.load_workbook(tmp_path / "run" / "report.xlsx")
    for sheet, shown in (("Lines", "total_kg_co2e"), ("Advice", "action")):
        heads = [cell.value for cell in book[sheet][4]]
        assert shown in heads
        assert not {"part", "account", "service", "network_kg_co2e", "billed_cost", "saving_currency"} & set(heads)
        assert book[sheet].auto_filter.ref == f"A4:{book[sheet].cell(6, len(heads)).coordinate}"


REGISTERS = {"zebra.csv": 3, "alpha.csv": 7, "middle.csv": 1}


def lines_of_registers(folder, rows):
    files = []
    for name, count in rows.items():
        files.append(folder / name)
        text = "".join(f"{name}-{n},{'laptop' if n % 2 else 'monitor'},0.4\n" for n in range(count))
        files[-1].write_text("asset_id,category,home_share\n" + text, encoding="utf-8")
    return gd.estimate(gd.read_inventory(*files), period="2024-25")


def test_lines_held_on_disk_in_blocks_are_those_of_one_table(tmp_path, monkeypatch):
    whole = lines_of_registers(tmp_path, REGISTERS)
    monkeypatch.setattr("greendigital.footprint.store._MANY", 2)
    monkeypatch.setattr("greendigital.footprint.store._BLOCK", 2)
    blocks = lines_of_registers(tmp_path, REGISTERS)
    assert blocks.store.rows() == whole.store.rows()
    order = [(row["source_id"], row["source_row"], row["part"]) for row in blocks.store.rows()]
    # Files in the order of their names, rows in that of the file; the share at home is a part of its own.
    assert order == [
        (name, 2 + n, part) for name in sorted(REGISTERS) for n in range(REGISTERS[name]) for part in (1, 2)
    ]
    assert blocks.summary["totals"] == whole.summary["totals"]
    written = lines_of(blocks.write(tmp_path / "run", charts=False))
    assert [row["line_id"] for row in written] == [row["line_id"] for row in whole.store.rows()]
