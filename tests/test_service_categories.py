"""Categories of services where a bill names none, and which bill does.

Published mappings: FOCUS 1.0 sample rows of AWS and Oracle (FinOps Foundation, commit adbdd17); focus_converters,
``aws_category_mapping.csv`` and ``gcp_category_mapping.csv`` (FinOps Foundation, commit c799bf9); FinOps toolkit,
``Services.csv`` (Microsoft, commit 04d370f); the mapping of product groups beside the FOCUS specification.
"""

import csv
import io
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

import greendigital as gd
from greendigital.factorset import load_library

TESTS = Path(__file__).parent
BILLS = TESTS / "data" / "bills"
TABLE = load_library().table("cloud-meters", "service_categories")

# FinOps Foundation, FOCUS 1.2 (May 2025), column ServiceCategory, table of allowed values.
ALLOWED = """AI and Machine Learning; Analytics; Business Applications; Compute; Databases; Developer Tools; Multicloud;
Identity; Integration; Internet of Things; Management and Governance; Media; Migration; Mobile; Networking; Security;
Storage; Web; Other"""

AWS = {
    "AWSCloudTrail": "Management and Governance",
    "AWSELB": "Networking",
    "AWSGlue": "Analytics",
    "AWSIoT": "Internet of Things",
    "AWSLambda": "Compute",
    "AWSQueueService": "Integration",
    "AWSSecretsManager": "Security",
    "AmazonCloudWatch": "Management and Governance",
    "AmazonDynamoDB": "Databases",
    "AmazonECS": "Compute",
    "AmazonEFS": "Storage",
    "AmazonEKS": "Compute",
    "AmazonES": "Analytics",
    "AmazonElastiCache": "Databases",
    "AmazonFSx": "Storage",
    "AmazonMSK": "Analytics",
    "AmazonRDS": "Databases",
    "AmazonRedshift": "Databases",
    "AmazonS3": "Storage",
    "AmazonSNS": "Integration",
    "AmazonSageMaker": "AI and Machine Learning",
    "AmazonStates": "Compute",
    "AmazonVPC": "Networking",
    "ElasticMapReduce": "Analytics",
    "awskms": "Identity",
}
GOOGLE = {
    "BigQuery": "Databases",
    "Cloud DNS": "Networking",
    "Cloud Domains": "Web",
    "Cloud Logging": "Management and Governance",
    "Cloud Run": "Compute",
    "Cloud SQL": "Databases",
    "Cloud Storage": "Storage",
    "Compute Engine": "Compute",
    "Firebase": "Mobile",
    "Kubernetes Engine": "Compute",
}
ORACLE = {
    "BLOCK_STORAGE": "Storage",
    "COMPUTE": "Compute",
    "DATABASE": "Databases",
    "MYSQL": "Databases",
    "NETWORK": "Networking",
    "OBJECTSTORE": "Storage",
    "TELEMETRY": "Management and Governance",
}


def snake(name):
    return name.strip().lower().replace(" ", "_")


def own_services(name):
    """Service of each row as the bill itself writes it, and what tells the parts of EC2 apart."""
    text = (BILLS / name).read_text(encoding="utf-8-sig")
    if name.endswith(".jsonl"):
        frame = pd.read_json(io.StringIO(text), lines=True)
        return [entry["description"] for entry in frame["service"]], [""] * len(frame)
    frame = pd.DataFrame(csv.DictReader(io.StringIO(text)))
    column = next(
        c
        for c in ("lineItem/ProductCode", "line_item_product_code", "service.description", "product/service")
        if c in frame
    )
    types = next((frame[c] for c in ("lineItem/UsageType", "line_item_usage_type") if c in frame), [""] * len(frame))
    return list(frame[column]), list(types)


@pytest.mark.parametrize(
    ("name", "published", "without"),
    [
        ("aws_cur_legacy.csv", AWS, {"AWSCloudShell", "AWSMigrationHubRefactorSpaces"}),
        ("aws_cur_2_0.csv", AWS, {"AWSCloudShell", "AWSMigrationHubRefactorSpaces", "AmazonWorkSpaces"}),
        ("gcp_detailed_export.jsonl", GOOGLE, {"Invoice"}),
        ("oci_cost_report.csv", ORACLE, {"ORACLE_STREAMING_SERVICE"}),
    ],
)
def test_services_of_real_bills_have_the_category_that_is_published_for_them(name, published, without):
    frame = gd.read_usage(BILLS / name).frame.order("source_row").df()
    services, types = own_services(name)
    assert len(frame) == len(services)
    for service, usage_type, category in zip(services, types, frame["service_category"], strict=True):
        if service == "AmazonEC2":  # volumes and snapshots are Storage in AWS's own FOCUS rows, all else Compute
            assert category == ("storage" if "EBS" in usage_type else "compute"), usage_type
        elif service in without:
            assert pd.isna(category), service
        else:
            assert category == snake(published[service]), service


def test_generated_google_services_have_a_category_or_none_but_never_a_guess():
    frame = gd.read_usage(BILLS / "generated_gcp_billing_export.csv").frame.df()
    found = dict(zip(frame["service"], frame["service_category"].fillna(""), strict=True))
    assert {s: c for s, c in found.items() if s in GOOGLE} == {s: snake(GOOGLE[s]) for s in found if s in GOOGLE}
    assert found["MongoDB"] == "" and found["Traffic Director"] == ""


def test_every_category_of_the_table_is_one_that_focus_allows():
    allowed = {snake(name) for name in ALLOWED.replace("\n", " ").split(";")}
    assert len(allowed) == 19
    assert {row["category"] for row in TABLE} <= allowed


def test_no_service_has_two_categories():
    counts = Counter((r["provider"], r["service"], r["usage_part"]) for r in TABLE)
    assert [key for key, n in counts.items() if n > 1] == []
    # One part of a service at most: two that fit one usage type would make two lines of one.
    assert max(Counter((r["provider"], r["service"]) for r in TABLE if r["usage_part"]).values()) == 1


def test_services_of_one_bill_do_not_multiply_its_rows():
    usage = gd.read_usage(BILLS / "aws_cur_2_0.csv")
    with (BILLS / "aws_cur_2_0.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert len(usage.frame.df()) == sum(1 for _ in csv.DictReader(handle))


FOCUS_ROW = """ProviderName,BillingAccountId,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,BillingPeriodStart,\
ServiceCategory,ServiceName,x_ServiceCode,ChargeDescription,ConsumedQuantity,ConsumedUnit,BilledCost,EffectiveCost,\
ListCost,BillingCurrency,RegionId
AWS,1,Usage,2026-06-01,2026-06-02,2026-06-01,{category},Simple Storage,AmazonS3,x,1,GB,1,1,1,USD,eu-west-2
"""


@pytest.mark.parametrize(("named", "expected"), [("Databases", "databases"), ("", "storage")])
def test_the_category_that_the_bill_names_wins_over_the_table(tmp_path, named, expected):
    path = tmp_path / "focus.csv"
    path.write_text(FOCUS_ROW.format(category=named), encoding="utf-8")
    assert gd.read_usage(path).frame.df()["service_category"].tolist() == [expected]


def test_a_shortened_azure_export_without_a_service_family_takes_the_category_of_the_service():
    frame = gd.read_usage(BILLS / "azure_minimal_lowercase.csv").frame.df()
    found = dict(zip(frame["service"], frame["service_category"].fillna(""), strict=True))
    # FinOps toolkit: Virtual Machines compute, Load Balancer and Virtual Network networking. Storage, Bandwidth and
    # Log Analytics are categories of meters there, and no services.
    assert found == {
        "Virtual Machines": "compute",
        "Load Balancer": "networking",
        "Virtual Network": "networking",
        "Storage": "",
        "Bandwidth": "",
        "Log Analytics": "",
    }


def test_a_summary_by_category_says_what_a_cur_uses():
    totals = gd.estimate(usage=gd.read_usage(BILLS / "aws_cur_2_0.csv"), period="2026-06-01..2026-06-30").totals(
        by=["category"]
    )
    assert {"compute", "storage", "databases"} <= set(pd.DataFrame(totals)["category"].dropna())
