"""Azure cost exports: the public rows whole, and what a reader must not get wrong.

Rows and their licences: ``data/bills/README.md``, ``data/focus/README.md``.
"""

import csv
import json
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

import greendigital as gd
from greendigital.factorset import load_library
from greendigital.inputs import InputRecord
from greendigital.usage import recognise
from greendigital.usage.meters import Meter, type_meter

DATA = Path(__file__).parent / "data"
BILLS = DATA / "bills"
FILES = {
    # file: format, rows (as the README of the samples counts them), columns of cost and currency
    "azure_ea_actual_cost.csv": ("azure-cost-ea", 6, "Cost", "BillingCurrency"),
    "azure_ea_amortized_cost.csv": ("azure-cost-ea", 14, "Cost", "BillingCurrency"),
    "azure_ea_converter.csv": ("azure-cost-ea", 14, "CostInBillingCurrency", "BillingCurrencyCode"),
    "azure_minimal_lowercase.csv": ("azure-cost", 44, "costinbillingcurrency", None),
    "azure_mca_cost_details.csv": ("azure-cost-mca", 59, "costInBillingCurrency", "billingCurrency"),
    "azure_header_bom.csv": ("azure-cost-payg", 1, "PreTaxCost", "Currency"),
    "azure_header_camel.csv": ("azure-cost-mca", 1, "costInBillingCurrency", "billingCurrency"),
    "azure_header_payg.csv": ("azure-cost-payg", 1, "PreTaxCost", "Currency"),
    "generated_azure_export.csv": ("azure-cost-mca", 48, "CostInBillingCurrency", "BillingCurrency"),
    "focus_1_2_azure.csv": ("focus-1.2", 59, "BilledCost", "BillingCurrency"),
    "focus_1_0_azure.csv": ("focus-1.0", 25, "BilledCost", "BillingCurrency"),
}
PERIOD = "2021-01-01..2026-12-31"


class File(NamedTuple):
    record: InputRecord
    rows: list
    lines: list
    problems: list


def path_of(name):
    return (DATA / "focus" if name == "focus_1_0_azure.csv" else BILLS) / name


def rows_of(name):
    with path_of(name).open(newline="", encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def frame_rows(usage):
    frame = usage.frame.order("source_row")
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.fetchall()]


@pytest.fixture(scope="module")
def estimated():
    """Of each file: its record, rows, lines and problems; read together, since every estimate takes a while."""
    usage = gd.read_usage(*map(path_of, FILES))
    lines = gd.estimate(usage=usage, period=PERIOD).lines
    lines = lines.astype(object).where(lines.notna(), None).to_dict("records")
    rows = frame_rows(usage)
    return {
        record.source_id: File(
            record,
            *([x for x in found if x["source_id"] == record.source_id] for found in (rows, lines)),
            [p for p in usage.problems if p.file == record.source_id],
        )
        for record in usage.inputs
    }


def real_row(name, **where):
    return next(r for r in rows_of(name) if all(r[k] == v for k, v in where.items()))


MACHINE = real_row("azure_ea_amortized_cost.csv", MeterName="D2 v3/D2s v3")
RESERVED = real_row("azure_ea_amortized_cost.csv", MeterName="D2 v2/DS2 v2")
DISK = real_row("azure_ea_amortized_cost.csv", MeterName="P4 LRS Disk")


def read(tmp_path, *rows):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    path = tmp_path / "export.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns)
        writer.writeheader()
        writer.writerows(rows)
    return gd.read_usage(path)


def first(tmp_path, *rows):
    return frame_rows(read(tmp_path, *rows))[0]


# --- whole files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_the_header_tells_the_format(name):
    assert recognise(path_of(name)) == FILES[name][0]


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_a_line_with_one_status(estimated, name):
    file = estimated[name]
    assert file.record.lines == len(file.rows) == len(file.lines) == FILES[name][1]
    assert {x["status"] for x in file.lines} <= {"estimated", "partial", "fallback", "excluded"}
    assert all(x["reason_code"] for x in file.lines if x["status"] == "excluded")
    assert not [p for p in file.problems if p.severity == "error"]


@pytest.mark.parametrize("name", FILES)
def test_billed_cost_is_conserved_to_the_penny_by_currency(estimated, name):
    expected = defaultdict(Decimal)
    _, _, cost, currency = FILES[name]
    for row in rows_of(name):
        expected[(row[currency] or None) if currency else None] += Decimal(row[cost] or 0)
    record, lines = estimated[name].record, estimated[name].lines
    assert {c["currency"]: c["billed"] for c in record.costs} == pytest.approx(
        {k: float(v) for k, v in expected.items()}, abs=0.005
    )
    for currency, total in expected.items():
        found = [x["billed_cost"] or 0 for x in lines if (x["currency"] or None) == currency]
        assert sum(found) == pytest.approx(float(total), abs=0.005)


def test_the_bill_in_canadian_dollars_stays_in_them(estimated):
    (entry,) = estimated["azure_ea_converter.csv"].record.costs
    assert entry["currency"] == "CAD"


# --- every meter of the samples ---------------------------------------------------------------------------------------

ESTIMATED, PARTIAL = "estimated", "partial"
LICENCE, ELSEWHERE, OPERATIONS, NO_HARDWARE, TOKENS = (
    "not_physical",  # licences, security plans, performance units
    "counted_elsewhere",  # the far side of a transfer, or bytes billed as transfer too
    "requests",  # no published energy per operation
    "unknown",  # addresses, balancers, throughput units, protected instances: no hardware told
    "tokens",  # no published energy per token of that model
)
METERS = {
    "Virtual Machines | Dv2/DSv2 Series | D2 v2/DS2 v2": ESTIMATED,
    "Virtual Machines | Dv2/DSv2 Series | D3 v2/DS3 v2": ESTIMATED,
    "Virtual Machines | Dv3/DSv3 Series | D2 v3/D2s v3": ESTIMATED,
    "Virtual Machines | DSv2 Series VM | DS4 v2 Spot": ESTIMATED,
    "Virtual Machines | LS Series VM | L4s Spot": ESTIMATED,
    "Virtual Machines | F/FS Series | F4/F4s": ESTIMATED,
    "Virtual Machines Dv2/DSv2 Series - D11 v2/DS11 v2 - US East 2": ESTIMATED,
    "Storage | Premium SSD Managed Disks | P4 LRS Disk": ESTIMATED,
    "Premium SSD Managed Disks - P4 LRS - US East": ESTIMATED,
    "Storage | Tables | LRS Data Stored": ESTIMATED,
    "Tables - LRS Data Stored": ESTIMATED,
    "Tiered Block Blob - Hot LRS - Data Stored - US West": ESTIMATED,
    "Log Analytics |  | Pay-as-you-go Data Retention": ESTIMATED,
    "SQL Database | SQL Database Single/Elastic Pool General Purpose - Storage | "
    "General Purpose Data Stored": ESTIMATED,
    "Azure Database for PostgreSQL | Azure Database for PostgreSQL Flexible Server Backup Storage | "
    "Backup Storage LRS Data Stored": ESTIMATED,
    "Container Registry | Container Registry | Data Stored": ESTIMATED,
    "Functions | Premium Functions | Memory Duration": ESTIMATED,
    "Bandwidth | Inter-Region | Intra Continent Data Transfer Out": ESTIMATED,
    "Bandwidth |  | Data Transfer In": ESTIMATED,
    "Bandwidth Inter-Region - Intra Continent Data Transfer Out - North America": ESTIMATED,
    "Rtn Preference: MGN - Standard Data Transfer Out": ESTIMATED,
    # Cores without a server of one's own: nobody publishes their embodied carbon.
    "Azure Database for MySQL | Basic - Compute Gen5 | 2 vCore": PARTIAL,
    "SQL Database | SQL Database Single/Elastic Pool General Purpose - Compute Gen5 | vCore": PARTIAL,
    "SQL Database | Single Standard | 10 DTUs": PARTIAL,
    "Container Instances | Container Instances | Standard vCPU Duration": PARTIAL,
    "SQL Managed Instance | Managed Instance General Purpose - SQL License | vCore": LICENCE,
    "Advanced Threat Protection | Key Vault | Standard Transactions": LICENCE,
    "Advanced Data Security | SQL Database | Standard Node": LICENCE,
    "Microsoft Defender for Storage - Standard Transactions": LICENCE,
    "Storage | Ultra Disks | Ultra LRS Provisioned IOPS": LICENCE,
    "Azure App Service | SSL | Standard SNI SSL - 1 Year": LICENCE,
    "Virtual Network | Peering | Intra-Region Ingress": ELSEWHERE,
    "Virtual Network | Private Link | Standard Data Processed - Ingress": ELSEWHERE,
    "Load Balancer | Standard | Standard Data Processed": ELSEWHERE,
    "Log Analytics | Log Analytics | Analytics Logs Data Ingestion": ELSEWHERE,
    "Storage | Premium Block Blob v2 Hierarchical Namespace | Premium LRS Read Operations": OPERATIONS,
    "Storage | Standard HDD Managed Disks | Disk Operations": OPERATIONS,
    "Storage | Tiered Block Blob | GRS List and Create Container Operations": OPERATIONS,
    "Storage | Tiered Block Blob | All Other Operations": OPERATIONS,
    "Tiered Block Blob - All Other Operations - US West": OPERATIONS,
    "Tiered Block Blob - All Other Operations - US West 2": OPERATIONS,
    "Tiered Block Blob - LRS - List and Create Container Operations - US East": OPERATIONS,
    "Premium Block Blob v2 Hierarchical Namespace - LRS - List and Create Container Operations - US West": OPERATIONS,
    "Queues v2 - LRS - Class 1 Operations - US East": OPERATIONS,
    "Tables - Batch Write Operations": OPERATIONS,
    "Tables - Read Operations": OPERATIONS,
    "Files - List Operations": OPERATIONS,
    "Azure Data Factory v2 |  | Cloud Orchestration Activity Run": OPERATIONS,
    "Azure Data Factory v2 | Azure Data Factory v2 | Cloud Orchestration Activity Run": OPERATIONS,
    "Functions | Functions | Standard Total Executions": OPERATIONS,
    "Azure Cosmos DB | Azure Cosmos DB | 100 RU/s": OPERATIONS,
    "Azure Monitor | Azure Monitor | 100 GB Commitment Tier Capacity Reservation": OPERATIONS,
    "Virtual Network | IP Addresses | Basic IPv4 Static Public IP": NO_HARDWARE,
    "Virtual Network | IP Addresses | Standard IPv4 Static Public IP": NO_HARDWARE,
    "Virtual Network | IP Addresses | Basic IPv4 Dynamic Public IP": NO_HARDWARE,
    "IP Addresses - Standard IPv4 Static Public IP - Dev/Test": NO_HARDWARE,
    "Virtual Network | Private Link | Standard Private Endpoint": NO_HARDWARE,
    "Load Balancer | Standard | Standard Included LB Rules and Outbound Rules": NO_HARDWARE,
    "Event Hubs |  | Standard Throughput Unit": NO_HARDWARE,
    "Backup | Backup | Azure VM Protected Instances": NO_HARDWARE,
    "Azure App Service | Azure App Service Free Plan | F1": NO_HARDWARE,
    "Cognitive Services | Azure OpenAI | gpt-35-turbo-Fine Tuned-Output Tokens": TOKENS,
}
"""Every meter of the files with a quantity, and what becomes of it: physical, or why it is not."""
NO_QUANTITY = {
    "Virtual Machines": "instance_hours",
    "Storage": "unknown",
    "Bandwidth": "unknown",
    "Load Balancer": "unknown",
    "Log Analytics": "unknown",
    "Virtual Network": "unknown",
}
"""Categories of the file without quantities."""
WITH_QUANTITY = [n for n in FILES if "header" not in n and n not in ("azure_minimal_lowercase.csv",
                                                                    "generated_azure_export.csv")]  # fmt: skip


def fate(line):
    if line["status"] in ("estimated", "partial"):
        return line["status"]
    return line["reason_code"] if line["quantity_kind"] in ("gb_moved", "not_physical") else line["quantity_kind"]


@pytest.mark.parametrize("name", WITH_QUANTITY)
def test_every_row_with_a_quantity_the_data_can_price_is_physical_and_the_rest_has_its_reason(estimated, name):
    classes = {row["source_row"]: row["charge_class"] for row in estimated[name].rows}
    usage = [line for line in estimated[name].lines if classes[line["source_row"]] == "usage"]
    found = {(line["meter"], fate(line)) for line in usage}
    assert found == {(line["meter"], METERS[line["meter"]]) for line in usage}
    assert all(line["meter_rule_id"] for line in usage)


def test_no_meter_of_the_list_is_there_in_vain(estimated):
    assert {line["meter"] for n in WITH_QUANTITY for line in estimated[n].lines} - {
        "Virtual Machines | BS Series | B1s"  # a reservation bought
    } == set(METERS)


def test_an_export_without_quantities_has_no_physical_line_and_says_so(estimated):
    _, rows, lines, problems = estimated["azure_minimal_lowercase.csv"]
    assert {(r["meter"], r["quantity_kind"]) for r in rows} == set(NO_QUANTITY.items())
    assert {r["quantity"] for r in rows} == {None}
    assert not {line["status"] for line in lines} & {"estimated", "partial"}
    assert [p.code for p in problems] == ["quantity_column_missing"]


def test_the_size_of_a_machine_is_read_from_additional_info_where_the_meter_has_no_name(estimated):
    machines = [r for r in estimated["azure_minimal_lowercase.csv"].rows if r["meter"] == "Virtual Machines"]
    assert [r["instance_type"] for r in machines] == ["Standard_DS2_v2"] * 4


def test_converted_focus_and_customer_agreement_rows_give_the_same_kinds_and_hours(estimated):
    """Both files were made of the same rows; only operations differ, whose blocks the FOCUS file lost."""
    native, focus = (
        [(r["meter"], r["quantity_kind"], r["quantity"]) for r in estimated[n].rows if r["quantity_kind"] in typed]
        for n in ("azure_mca_cost_details.csv", "focus_1_2_azure.csv")
        for typed in [("instance_hours", "vcpu_hours", "gb_hours", "tb_hours", "gb_moved", "not_physical")]
    )
    physical = [row for row in native if row[1] != "not_physical"]
    assert len(physical) == 28
    assert [row[:2] for row in native] == [row[:2] for row in focus]
    assert [row[2] for row in physical] == pytest.approx([row[2] for row in focus if row[1] != "not_physical"])


# --- quantities -------------------------------------------------------------------------------------------------------


def test_ten_thousand_operations_are_a_block(estimated):
    """0.1351 blocks of 10K."""
    (row,) = [r for r in estimated["azure_ea_amortized_cost.csv"].rows if r["meter"].endswith("| Disk Operations")]
    assert (row["quantity_kind"], row["quantity"]) == ("requests", pytest.approx(0.1351 * 10_000))


def test_a_thousand_runs_are_a_block(estimated):
    row = estimated["azure_ea_converter.csv"].rows[0]
    assert (row["quantity_kind"], row["quantity"]) == ("requests", pytest.approx(0.428 * 1000))


def test_a_disk_billed_by_the_month_is_the_size_of_its_tier_for_that_share_of_the_month(estimated):
    """P4 is 32 GiB; 0.033336 of September's 720 hours is one day, give or take a minute."""
    (row,) = [r for r in estimated["azure_ea_amortized_cost.csv"].rows if r["meter"].endswith("| P4 LRS Disk")]
    assert (row["quantity_kind"], row["storage_class"]) == ("tb_hours", "ssd:managed disk")
    assert row["quantity"] == pytest.approx(0.033336 * 30 * 24 * 32 / 1000)


def test_hours_of_a_machine_come_in_blocks(tmp_path):
    found = frame_rows(read(tmp_path, *[{**MACHINE, "UnitOfMeasure": u} for u in ("1 Hour", "10 Hours", "100 Hours")]))
    assert [r["quantity"] for r in found] == pytest.approx([24, 24 * 10, 24 * 100])
    assert {r["quantity_unit"] for r in found} == {"instance-hours"}


def test_a_quantity_whose_unit_is_missing_or_does_not_fit_is_not_guessed(tmp_path):
    usage = read(tmp_path, *[{**MACHINE, "UnitOfMeasure": unit} for unit in ("1 GB/Month", "")])
    assert [r["quantity_kind"] for r in frame_rows(usage)] == ["unknown"] * 2
    assert [p.code for p in usage.problems] == ["meter_unit_unexpected", "meter_unit_missing"]


DTUS = {
    "Single Basic | B": 5 / 100,
    "Single Standard | S0": 10 / 100,
    "Single Standard | S1": 20 / 100,
    "Single Standard | S2": 50 / 100,
    "Single Standard | S3": 100 / 100,
    "Single Standard | S4": 200 / 100,
    "Single Standard | S6": 400 / 100,
    "Single Standard | S7": 800 / 100,
    "Single Standard | S9": 1600 / 100,
    "Single Standard | S12": 3000 / 100,
    "Single Premium | P1": 125 / 125,
    "Single Premium | P2": 250 / 125,
    "Single Premium | P4": 500 / 125,
    "Single Premium | P6": 1000 / 125,
    "Single Premium | P11": 1750 / 125,
    "Single Premium | P15": 4000 / 125,
}


@pytest.mark.parametrize("name", DTUS)
def test_a_database_sold_by_dtus_is_as_many_cores_as_the_provider_says(name):
    """Max DTUs of each compute size; 100 DTU a vCore in Basic and Standard, 125 in Premium (Microsoft, Azure SQL
    documentation, resource limits for single databases, and migration from DTU to vCore). Billed by the day."""
    meter = Meter("azure", "SQL Database", "", f"SQL Database | {name} DTUs", "", "1/Day")
    found = type_meter(load_library(), meter)
    assert (found.quantity_kind, found.multiplier) == ("vcpu_hours", pytest.approx(DTUS[name] * 24))


def test_a_licence_of_a_database_is_no_compute_though_it_is_billed_in_cores(estimated):
    lines = [x for x in estimated["azure_ea_actual_cost.csv"].lines if "SQL License" in x["meter"]]
    assert [(x["quantity_kind"], x["reason_code"]) for x in lines] == [("not_physical", "not_physical")] * 2


NAMED_SIZES = [
    ("Dv3/DSv3 Series", "D2 v3/D2s v3", "D2 v3"),
    ("DSv2 Series VM", "DS4 v2 Spot", "DS4 v2"),
    ("Dv3/DSv3 Series Low Priority", "D2 v3/D2s v3 Low Priority", "D2 v3"),
]


def test_without_additional_info_the_meter_names_the_size(tmp_path):
    plain = {**MACHINE, "AdditionalInfo": ""}
    found = frame_rows(read(tmp_path, *[{**plain, "MeterSubCategory": g, "MeterName": n} for g, n, _ in NAMED_SIZES]))
    assert [r["instance_type"] for r in found] == [size for _, _, size in NAMED_SIZES]


INFO = '{"UsageType":"ComputeHR","ServiceType":"Standard_D2s_v3","VMName":null,"VCPUs":2}'


INFOS = [
    (INFO, "Standard_D2s_v3"),
    (INFO[:60], "Standard_D2s_v3"),  # cut behind the size
    (INFO[:52], "D2 v3"),  # cut inside it: Standard_D2s_ could have gone on in several ways
    (INFO.replace('"', '""'), "Standard_D2s_v3"),  # quoted twice
    (INFO.replace('"', "'"), "Standard_D2s_v3"),  # not JSON
    ('{  "ServiceType" :  "Standard_D2s_v3"}', "Standard_D2s_v3"),
    ('{"ServiceType":null,"VCPUs":2}', "D2 v3"),
    ('{"ServiceType":"SQLThreatDetection"}', "D2 v3"),
    ("not JSON at all", "D2 v3"),
]


def test_of_two_sizes_in_a_meter_additional_info_decides_however_broken(tmp_path):
    found = frame_rows(read(tmp_path, *[{**MACHINE, "AdditionalInfo": info} for info, _ in INFOS]))
    assert [r["instance_type"] for r in found] == [size for _, size in INFOS]


def test_a_size_that_the_table_does_not_know_gives_way_to_the_one_that_the_meter_names(tmp_path):
    unknown = {**MACHINE, "AdditionalInfo": INFO.replace("D2s_v3", "D2zz_v99")}
    (found,) = frame_rows(read(tmp_path, unknown))
    assert found["instance_type"] == "D2 v3"
    lines = gd.estimate(usage=read(tmp_path, unknown), period="2023").lines
    assert lines["status"].tolist() == ["estimated"]


def test_of_two_sizes_that_the_table_does_not_know_additional_info_decides(tmp_path):
    unknown = {**MACHINE, "AdditionalInfo": INFO.replace("D2s_v3", "D2zz_v99"), "MeterName": "D2y v98/D2ys v98"}
    (found,) = frame_rows(read(tmp_path, unknown))
    assert found["instance_type"] == "Standard_D2zz_v99"


def test_negative_corrections_are_kept_and_take_their_usage_off(tmp_path):
    back = {**MACHINE, "Quantity": "-30", "Cost": "-3.3"}
    result = gd.estimate(usage=read(tmp_path, MACHINE, back), period="2023")
    charge, correction = result.lines.to_dict("records")
    assert correction["total_kg_co2e"] == pytest.approx(charge["total_kg_co2e"] * -30 / 24)
    assert result.summary["coverage"]["usage"]["costs"][0]["billed"] == pytest.approx(2.64 - 3.3)


def test_software_of_another_seller_is_not_physical_whatever_it_is_called(tmp_path):
    sold = {**MACHINE, "PublisherType": "Marketplace"}
    unnamed = {**sold, "MeterCategory": "", "MeterSubCategory": "", "MeterName": "", "Product": "Monitoring plan"}
    assert [r["quantity_kind"] for r in frame_rows(read(tmp_path, sold, unnamed))] == ["not_physical"] * 2


# --- charges and money ------------------------------------------------------------------------------------------------


CHARGE_TYPES = [
    ("Usage", "usage"),
    ("usage", "usage"),
    ("Purchase", "purchase"),
    ("Refund", "refund"),
    ("Tax", "tax"),
    ("UnusedReservation", "unused_commitment"),
    ("UnusedSavingsPlan", "unused_commitment"),
    ("RoundingAdjustment", "rounding"),
]


def test_charge_types_become_charge_classes(tmp_path):
    usage = read(tmp_path, *[{**MACHINE, "ChargeType": written} for written, _ in CHARGE_TYPES])
    assert [r["charge_class"] for r in frame_rows(usage)] == [charge_class for _, charge_class in CHARGE_TYPES]
    assert not [p for p in usage.problems if p.code == "charge_category_unknown"]


def test_an_unknown_charge_type_is_told_and_left_out(tmp_path):
    usage = read(tmp_path, MACHINE, {**MACHINE, "ChargeType": "Gift"})
    assert [r["charge_class"] for r in frame_rows(usage)] == ["usage", "adjustment"]
    (problem,) = [p for p in usage.problems if p.code == "charge_category_unknown"]
    assert (problem.row, problem.column) == (3, "ChargeType")


def test_support_is_support(tmp_path):
    row = {**MACHINE, "MeterCategory": "Azure Support", "MeterSubCategory": "", "MeterName": "Standard"}
    assert first(tmp_path, row)["charge_class"] == "support"


PRICES = [
    ({"PayGPrice": "0.2", "UnitPrice": "0.11"}, 0.2 * 24),
    ({"PayGPrice": "0", "UnitPrice": "0.11"}, 0.11 * 24),  # 0 stands for usage that a commitment covers
    ({"PayGPrice": "", "UnitPrice": ""}, 2.64),
    ({"PayGCostInBillingCurrency": "5.5", "PayGPrice": "0.2"}, 5.5),
    ({"PayGPrice": "0.2", "PricingCurrency": "USD"}, 0.2 * 24),
    (
        {
            "PayGPrice": "0.2",
            "PricingCurrency": "USD",
            "BillingCurrency": "GBP",
            "ExchangeRatePricingToBilling": "0.8",
        },
        0.2 * 24 * 0.8,
    ),
    # A price in dollars is no price in pounds.
    ({"PayGPrice": "0.2", "PricingCurrency": "USD", "BillingCurrency": "GBP"}, 2.64),
]


def test_list_cost_is_the_price_without_a_contract_where_it_is_known(tmp_path):
    found = frame_rows(read(tmp_path, *[{**MACHINE, **changes} for changes, _ in PRICES]))
    assert [r["list_cost"] for r in found] == pytest.approx([expected for _, expected in PRICES])


def test_cost_that_is_missing_is_not_made_up_as_billed(estimated):
    """The converted rows in USD have a price and no cost."""
    rows = [r for r in estimated["azure_mca_cost_details.csv"].rows if r["currency"] == "USD"]
    assert {r["billed_cost"] for r in rows} == {None}
    assert rows[6]["effective_cost"] == pytest.approx(0.061644 * 8)


@pytest.mark.parametrize(
    ("name", "basis"),
    [
        ("azure_ea_actual_cost.csv", "actual"),  # a reservation is bought
        ("azure_ea_amortized_cost.csv", "amortised"),  # usage that a reservation covers has a cost
        ("azure_ea_converter.csv", None),
        ("azure_minimal_lowercase.csv", None),
    ],
)
def test_actual_and_amortised_are_told_from_the_rows_of_commitments(estimated, name, basis):
    assert estimated[name].record.cost_basis == basis
    assert ("cost_basis_amortised" in {p.code for p in estimated[name].problems}) == (basis == "amortised")


def test_an_actual_and_an_amortised_export_joined_are_told(tmp_path):
    bought = {**RESERVED, "ChargeType": "Purchase", "Cost": "100"}
    usage = read(tmp_path, bought, RESERVED, MACHINE)
    assert usage.inputs[0].cost_basis == "both"
    assert "cost_basis_both" in {p.code for p in usage.problems}


def test_one_charge_has_the_same_key_in_the_actual_and_the_amortised_export(tmp_path):
    """What a commitment covers costs nothing in the one; resource, meter, day and quantity stay."""
    key = ("account", "sub_account", "resource_id", "meter", "period_start", "period_end", "quantity", "quantity_kind")
    amortised = first(tmp_path, RESERVED)
    actual = first(tmp_path, {**RESERVED, "Cost": "0", "EffectivePrice": "0"})
    assert [amortised[k] for k in key] == [actual[k] for k in key]
    assert all(amortised[k] not in (None, "") for k in key)
    assert (actual["billed_cost"], amortised["billed_cost"]) == (0, pytest.approx(0.493152))


# --- names, places, days, tags ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("spell", [str.lower, str.upper, lambda name: name[0].lower() + name[1:]])
def test_headings_in_any_case_give_the_same_charges(tmp_path, spell):
    rows = rows_of("azure_ea_amortized_cost.csv")
    plain = frame_rows(read(tmp_path, *rows))
    assert frame_rows(read(tmp_path, *[{spell(k): v for k, v in row.items()} for row in rows])) == plain


def test_account_and_subscription(tmp_path):
    named = first(tmp_path, MACHINE)
    assert (named["account"], named["sub_account"]) == ("8611537", MACHINE["SubscriptionName"])
    assert first(tmp_path, {**MACHINE, "SubscriptionName": ""})["sub_account"] == MACHINE["SubscriptionId"]


PLACES = [
    ("EastUS", "Virginia", "eastus"),
    ("EASTUS2", "", "eastus2"),
    ("westus2", "", "westus2"),
    ("UK South", "", "uksouth"),
    ("US East", "", "eastus"),
    ("EU West", "", "westeurope"),
    ("", "UK South", "uksouth"),
    ("", "EU North", "northeurope"),
    ("", "AP Southeast", "southeastasia"),
    # Prices of an area, or of a place that two regions share, are no region.
    ("", "North America", None),
    ("", "Zone 1", None),
    ("", "Virginia", None),
    ("Unknown", "", None),
]


def test_regions_in_every_spelling_of_a_bill(tmp_path):
    usage = read(tmp_path, *[{**MACHINE, "ResourceLocation": at, "MeterRegion": priced} for at, priced, _ in PLACES])
    assert [r["region"] for r in frame_rows(usage)] == [region for _, _, region in PLACES]
    assert not [p for p in usage.problems if p.code == "region_unknown"]


def test_no_region_of_the_samples_is_unknown(estimated):
    assert not [p for found in estimated.values() for p in found.problems if p.code == "region_unknown"]


def test_the_month_comes_first_where_a_date_of_the_file_shows_it(estimated):
    """09/04/2023 beside 09/22/2023, and 9/2/2023 in a period that ends on 9/30/2023."""
    days = {str(r["period_start"])[:7] for n in FILES if "_ea_" in n for r in estimated[n].rows}
    assert days == {"2023-09"}
    row = estimated["azure_ea_converter.csv"].rows[0]
    assert (row["period_start"], row["period_end"]) == (date(2023, 9, 2), date(2023, 9, 3))


def test_tags_without_braces_become_json(estimated):
    rows = estimated["azure_ea_amortized_cost.csv"].rows
    assert json.loads(rows[0]["tags"])["poolName"] == "agentpool"
    converter = {r["tags"] for r in estimated["azure_ea_converter.csv"].rows}
    assert [json.loads(t) for t in converter] == [{"tagA": "valueA", "tagB": "valueB", "tagC": "valueC"}]


def test_tags_that_are_no_json_are_kept_and_told_once_with_their_count(tmp_path):
    broken = {**MACHINE, "Tags": 'env: prod; "org'}
    usage = read(tmp_path, {**MACHINE, "Tags": ""}, broken, broken, {**MACHINE, "Tags": '{"env": "prod"}'})
    assert [r["tags"] for r in frame_rows(usage)] == [None, broken["Tags"], broken["Tags"], '{"env": "prod"}']
    (problem,) = [p for p in usage.problems if p.code == "tags_not_json"]
    assert (problem.severity, problem.row, problem.column) == ("note", 3, "Tags")
    assert "2 lines" in problem.message


def test_a_file_that_lacks_its_costs_is_named_as_a_bill(tmp_path):
    row = {k: v for k, v in MACHINE.items() if k != "Cost"}
    with pytest.raises(gd.errors.InputError, match='no column "CostInBillingCurrency"'):
        read(tmp_path, row)


def test_the_generated_export_is_for_sums_only_and_none_of_its_units_is_guessed(estimated):
    rows = estimated["generated_azure_export.csv"].rows
    source = rows_of("generated_azure_export.csv")
    kinds = Counter(r["quantity_kind"] for r, s in zip(rows, source, strict=True) if not s["UnitOfMeasure"])
    assert set(kinds) == {"unknown"}


def test_dates_that_may_be_read_either_way_have_the_month_first(tmp_path):
    text = (BILLS / "azure_header_camel.csv").read_text(encoding="utf-8-sig")
    path = tmp_path / "camel.csv"
    path.write_text(text.replace("02/02/2021", "02/03/2021"), encoding="utf-8")
    usage = gd.read_usage(path)
    (problem,) = [p for p in usage.problems if p.code == "date_order_undecided"]
    assert "the month, as in most bills of this format, is taken to come first" in problem.message
    assert usage.frame.select("period_start").fetchall() == [(date(2021, 2, 3),)]
