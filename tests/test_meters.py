"""Billed meters to typed quantities: the traps of real bills, each in one line.

Units and meters: FOCUS 1.0 sample rows (FinOps Foundation, commit adbdd17), AWS usage types and Azure meters as public
tools list them (sources in ``factors/cloud-meters/sources.csv``).
"""

import csv
import re
from pathlib import Path

import pytest

from greendigital.factorset import load_library
from greendigital.usage.meters import Meter, type_meter, unit_multiplier

RULES = Path(__file__).parent.parent / "factors" / "cloud-meters" / "rules.csv"
LIBRARY = load_library()


def described(text, unit, service="Amazon Elastic Compute Cloud", provider="aws"):
    return type_meter(LIBRARY, Meter(provider, service, "", "", text, unit))


def usage_type(code, unit, service="AmazonEC2"):
    return type_meter(LIBRARY, Meter("aws", service, code, "", "", unit))


def azure(category, subcategory, name, unit, service="Storage Accounts"):
    return type_meter(LIBRARY, Meter("azure", service, "", f"{category} | {subcategory} | {name}", "", unit))


# --- AWS: one unit, many meanings ------------------------------------------------------------------------------------


def test_fargate_memory_billed_as_hours_is_gb_hours_and_not_instance_hours():
    found = described("AWS Fargate - Memory - US West 2 (Oregon)", "Hours", "Amazon Elastic Container Service")
    assert (found.quantity_kind, found.multiplier) == ("gb_hours", 1.0)


def test_fargate_processor_billed_as_hours_is_vcpu_hours():
    found = described("AWS Fargate - vCPU  - US West 2 (Oregon)", "Hours", "Amazon Elastic Container Service")
    assert (found.quantity_kind, found.multiplier, found.instance_type) == ("vcpu_hours", 1.0, "fargate")


@pytest.mark.parametrize("code", ["USE1-Fargate-ARM-vCPU-Hours:perCPU", "Fargate-SpotUsage-ARM-vCPU-Hours:perCPU"])
def test_fargate_on_arm_is_told_from_x86(code):
    assert usage_type(code, "hours", "AmazonECS").instance_type == "fargate-arm"
    assert usage_type(code.replace("ARM-", ""), "hours", "AmazonECS").instance_type == "fargate"


@pytest.mark.parametrize("unit", ["Seconds", "Lambda-GB-Seconds", "GB-Seconds"])
def test_lambda_gb_seconds_are_gb_hours(unit):
    found = described("AWS Lambda - Total Compute - US East (Ohio)", unit, "AWS Lambda")
    assert found.quantity_kind == "gb_hours"
    assert found.multiplier == pytest.approx(1 / 3600)


def test_lambda_at_the_edge_is_billed_under_cloudfront():
    text = "$0.00005001 per Lambda-GB-Second for Lambda-Edge-GB-Second in US West (Oregon)"
    found = described(text, "Lambda-GB-Seconds", "Amazon CloudFront")
    assert (found.quantity_kind, found.instance_type) == ("gb_hours", "lambda")


@pytest.mark.parametrize(
    ("text", "unit", "service"),
    [
        ("$0.005 per 1,000 PUT, COPY, POST, or LIST requests", "Requests", "Amazon Simple Storage Service"),
        (
            "First 1,000,000 Amazon SNS API Requests per month are free",
            "Requests",
            "Amazon Simple Notification Service",
        ),
        ("$0.40 per million Amazon SQS standard requests in Tier1", "Requests", "Amazon Simple Queue Service"),
        ("$0.000 per request - HTTP or HTTPS under the global monthly free tier", "Requests", "Amazon CloudFront"),
        ("$0.01 per 1,000 metrics requested using GetMetricData API", "Metrics", "AmazonCloudWatch"),
        ("$0.10 per alarm metric month (standard resolution)", "Alarms", "AmazonCloudWatch"),
    ],
)
def test_requests_told_by_the_description_alone_are_requests_as_in_a_cur(text, unit, service):
    assert described(text, unit, service).quantity_kind == "requests"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("$0.045 per NAT Gateway Hour", "Hours"),
        ("$0.005 per In-use public IPv4 address per hour", "Hours"),
        ("$0.008 per used Application load balancer capacity unit-hour (or partial hour)", "LCU-Hours"),
    ],
)
def test_hours_of_gateways_addresses_and_balancers_stay_unknown(text, unit):
    assert described(text, unit).quantity_kind == "unknown"


def test_lambda_requests_are_no_gb_seconds():
    assert (
        described("AWS Lambda - Total Requests - US East (Ohio)", "Requests", "AWS Lambda").quantity_kind != "gb_hours"
    )


@pytest.mark.parametrize(
    ("code", "storage_class"),
    [
        ("EUW2-TimedStorage-ByteHrs", "hdd:S3 Standard"),
        ("TimedStorage-SIA-ByteHrs", "hdd:S3 Standard-IA"),
        ("TimedStorage-ZIA-ByteHrs", "hdd:S3 One Zone"),
    ],
)
def test_s3_byte_hrs_in_the_name_are_gb_months_in_the_quantity(code, storage_class):
    found = usage_type(code, "GB-Mo", "AmazonS3")
    assert (found.quantity_kind, found.per_month, found.multiplier) == ("tb_hours", 1.0, 1.0)
    assert found.storage_class == storage_class


def test_byte_hours_billed_as_such_are_refused_and_not_taken_for_gb_months():
    found = usage_type("EUW2-TimedStorage-ByteHrs", "Byte-Hrs", "AmazonS3")
    assert (found.quantity_kind, found.unit_refused) == ("unknown", True)


def test_early_delete_is_no_stored_data():
    assert usage_type("EarlyDelete-SIA", "GB-Mo", "AmazonS3").quantity_kind == "not_physical"


@pytest.mark.parametrize("unit", ["IOPS-Months", "GiB/Second-Months"])
def test_performance_of_a_volume_is_no_capacity(unit):
    text = "$0.005 per provisioned IOPS-month of gp3 - US West (Oregon)"
    assert described(text, unit).quantity_kind == "not_physical"


def test_extended_support_by_the_vcpu_hour_is_no_compute():
    text = "USD 0.10 per hour per vCPU running RDS Extended Support for MySQL 5.7 in Year 1, Year 2"
    assert described(text, "vCPU-Hours", "Amazon Relational Database Service").quantity_kind == "not_physical"


def test_the_link_to_a_disk_names_an_instance_and_is_none():
    text = "$0.00 for 4245 Mbps per c6a.4xlarge instance-hour (or partial hour)"
    assert described(text, "Hours").quantity_kind == "not_physical"


def test_split_cost_rows_of_containers_on_instances_are_in_the_instances_already():
    assert usage_type("ECS-EC2-vCPU-Hours", "vCPU-Hours", "AmazonECS").quantity_kind == "not_physical"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("$0.02 per GB - EU (London) data transfer to EU (Ireland)", "inter_region"),
        ("$0.00 per GB - US West (Oregon) data transfer from EU (London)", "ignored_inbound"),
        ("$0.00 per GB data transfer in to EU (Germany) from CloudFront", "ignored_inbound"),
        ("$0.00 per GB data transfer out of US East (Northern Virginia) to CloudFront", "inter_region"),
        ("USD 0.0 per GB for EUN1-AWS-In-Bytes in EU (Stockholm)", "ignored_inbound"),
        ("$0.090 per GB - first 10 TB / month data transfer out beyond the global free tier", "internet_out"),
        ("$0.000 per GB - data transfer in per month", "internet_in"),
        ("$0.045 per GB Data Processed by NAT Gateways", "processed"),
    ],
)
def test_bytes_are_counted_on_one_side_of_a_transfer(text, path):
    found = described(text, "GB")
    assert (found.quantity_kind, found.transfer_path) == ("gb_moved", path)


@pytest.mark.parametrize(
    ("out", "back"),
    [
        ("CAN1-DataTransfer-xAZ-Out-Bytes", "CAN1-DataTransfer-xAZ-In-Bytes"),
        ("CAN1-EUW2-AWS-Out-Bytes", "CAN1-EUW2-AWS-In-Bytes"),
        ("CloudFront-Out-Bytes", "CloudFront-In-Bytes"),
    ],
)
def test_the_far_side_of_a_usage_type_is_ignored(out, back):
    assert usage_type(back, "GB").transfer_path == "ignored_inbound"
    assert usage_type(out, "GB").transfer_path != "ignored_inbound"


def test_two_database_servers_run_behind_multi_az():
    one = usage_type("EUW2-InstanceUsage:db.m5.large", "Hrs", "AmazonRDS")
    two = usage_type("EUW2-Multi-AZUsage:db.m5.large", "Hrs", "AmazonRDS")
    assert (one.multiplier, two.multiplier) == (1.0, 2.0)
    assert one.instance_type == two.instance_type == "db.m5.large"


# --- Azure: blocks, tiers, licences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "expected"), [("Hours", 1), ("1 Hour", 1), ("10 Hours", 10), ("100 Hours", 100), ("1000 Hours", 1000)]
)
def test_virtual_machine_hours_come_in_blocks(unit, expected):
    found = azure("Virtual Machines", "Dv3/DSv3 Series", "D2 v3/D2s v3", unit)
    assert (found.quantity_kind, found.multiplier, found.instance_type) == ("instance_hours", expected, "D2 v3")


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("GB/Month", 1), ("1 GB/Month", 1), ("10 GB/Month", 10), ("100 GB/Month", 100), ("1 TB/Month", 1000)],
)
def test_stored_data_comes_in_blocks(unit, expected):
    found = azure("Storage", "Tiered Block Blob", "Hot LRS Data Stored", unit)
    assert (found.quantity_kind, found.per_month, found.storage_class) == ("tb_hours", 1.0, "hdd:LRS")
    assert found.multiplier == pytest.approx(expected)


@pytest.mark.parametrize(("unit", "expected"), [("10K", 10_000), ("1M", 1_000_000), ("Units", 1), ("1", 1)])
def test_operations_are_counted_one_by_one_whatever_the_block(unit, expected):
    found = azure("Storage", "Tiered Block Blob", "Hot Read Operations", unit)
    assert (found.quantity_kind, found.multiplier) == ("requests", expected)


@pytest.mark.parametrize("unit", ["1/Month", "Units/Month", "1 /Month"])
@pytest.mark.parametrize(
    ("subcategory", "name", "gigabytes", "medium"),
    [
        ("Premium SSD Managed Disks", "P4 LRS Disk", 32, "ssd"),
        ("Premium SSD Managed Disks", "P30 LRS Disk", 1024, "ssd"),
        ("Standard HDD Managed Disks", "S10 LRS Disk", 128, "hdd"),
    ],
)
def test_a_disk_month_is_the_capacity_of_its_tier(subcategory, name, gigabytes, medium, unit):
    """Azure managed disk tiers: P4 32 GiB, P10 and S10 128 GiB, P30 1 TiB (Azure managed disk pricing page)."""
    found = azure("Storage", subcategory, name, unit)
    assert (found.quantity_kind, found.per_month, found.multiplier) == ("tb_hours", 1.0, gigabytes)
    assert found.storage_class == f"{medium}:managed disk"


def test_a_disk_of_an_unknown_tier_is_unknown():
    assert azure("Storage", "Premium SSD Managed Disks", "P99 LRS Disk", "1/Month").quantity_kind == "unknown"


@pytest.mark.parametrize(
    ("subcategory", "name", "key"),
    [
        ("Premium Block Blob", "Premium LRS Data Stored", "ssd:LRS"),
        ("Premium Block Blob", "Premium ZRS Data Stored", "ssd:ZRS"),
        ("Premium Files", "Premium Provisioned", "ssd:LRS"),
        ("Tables", "GRS Data Stored", "hdd:GRS"),
        ("Tables", "RA-GRS Data Stored", "hdd:RA-GRS"),
    ],
)
def test_redundancy_is_read_from_the_meter_name(subcategory, name, key):
    assert azure("Storage", subcategory, name, "1 GB/Month").storage_class == key


def test_redundancy_of_backups_is_read_from_the_meter_name():
    assert azure("Backup", "Backup", "GRS Data Stored", "1 GB/Month").storage_class == "hdd:GRS"
    long_term = azure("SQL Database", "SQL Database - LTR Backup Storage", "LTR Backup ZRS Data Stored", "1 GB/Month")
    assert long_term.storage_class == "hdd:ZRS"


@pytest.mark.parametrize(
    ("category", "subcategory", "name"),
    [
        ("SQL Managed Instance", "Managed Instance General Purpose - SQL License", "vCore"),
        ("Virtual Machines Licenses", "Windows Server", "4 vCPU VM License"),
        ("Microsoft Defender for Cloud", "Microsoft Defender for Servers", "Standard Node"),
    ],
)
def test_a_licence_beside_compute_is_not_physical(category, subcategory, name):
    assert azure(category, subcategory, name, "1 Hour").quantity_kind == "not_physical"


def test_the_compute_beside_the_licence_is():
    found = azure("SQL Managed Instance", "Managed Instance General Purpose - Compute Gen5", "vCore", "1 Hour")
    assert found.quantity_kind == "vcpu_hours"


def test_a_number_of_vcores_in_the_meter_multiplies_the_hours():
    found = azure("Azure Database for MySQL", "Basic - Compute Gen5", "2 vCore", "1 Hour")
    assert (found.quantity_kind, found.multiplier) == ("vcpu_hours", 2.0)


def test_a_day_of_dtus_is_twenty_four_hours_of_a_hundredth_of_a_core_each():
    found = azure("SQL Database", "Single Standard", "10 DTUs", "1/Day")
    assert found.quantity_kind == "vcpu_hours"
    assert found.multiplier == pytest.approx(10 * 0.01 * 24)


@pytest.mark.parametrize(
    ("category", "subcategory", "name", "path"),
    [
        ("Bandwidth", "Inter-Region", "Intra Continent Data Transfer Out", "inter_region"),
        ("Bandwidth", "Inter-Region", "Intra Continent Data Transfer In", "ignored_inbound"),
        ("Virtual Network", "Peering", "Intra-Region Egress", "inter_az"),
        ("Virtual Network", "Peering", "Intra-Region Ingress", "ignored_inbound"),
        ("Bandwidth", "Rtn Preference: MGN", "Standard Data Transfer Out", "internet_out"),
    ],
)
def test_azure_bytes_are_counted_on_one_side(category, subcategory, name, path):
    found = azure(category, subcategory, name, "1 GB")
    assert (found.quantity_kind, found.transfer_path) == ("gb_moved", path)


@pytest.mark.parametrize(
    "text",
    [
        "Microsoft Defender for Storage - Standard Transactions",
        "Virtual Machines Dv2/DSv2 Series - D11 v2/DS11 v2 - US East 2",
        "Premium SSD Managed Disks - P4 LRS - US East",
    ],
)
def test_azure_rows_without_a_meter_are_typed_from_the_description(text):
    unit = "Units/Month" if "Disks" in text else "Hours"
    kinds = {"Mic": "not_physical", "Vir": "instance_hours", "Pre": "tb_hours"}
    assert described(text, unit, "Virtual Machines", "azure").quantity_kind == kinds[text[:3]]


# --- units ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit", "service"),
    [
        ("$0.111 per On Demand Linux m5.large Instance Hour", "GB-Months", "Amazon Elastic Compute Cloud"),
        ("$0.08 per GB-month of General Purpose (gp3) provisioned storage", "Hours", "Amazon Elastic Compute Cloud"),
        ("$0.02 per GB - EU (London) data transfer to EU (Ireland)", "Requests", "Amazon Elastic Compute Cloud"),
        ("AWS Lambda - Total Compute - US East (Ohio)", "Requests", "AWS Lambda"),
        ("AWS Fargate - Memory - US West 2 (Oregon)", "Keys", "Amazon Elastic Container Service"),
    ],
)
def test_a_unit_that_does_not_fit_is_unknown_and_never_guessed(text, unit, service):
    found = described(text, unit, service)
    assert (found.quantity_kind, found.unit_refused, found.instance_type) == ("unknown", True, "")
    assert found.rule_id


@pytest.mark.parametrize(
    ("family", "unit", "expected"),
    [
        ("gb_hours", "byte-seconds", 1 / 2**30 / 3600),
        ("gb_hours", "100 GB Seconds", 100 / 3600),
        ("gb", "1 TB", 1000),
        ("gb", "MB", 1 / 1000),
        ("gb_months", "1 TiB/Month", 1024),
        ("hours", "Furlongs", None),
        ("hours", "GB", None),
        ("gb_months", "GB", None),
        ("gb", "GB/Month", None),
    ],
)
def test_units_convert_within_their_dimension_and_nowhere_else(family, unit, expected):
    found = unit_multiplier(LIBRARY, family, unit)
    assert found == (pytest.approx(expected) if expected is not None else None)


# --- the rule table ---------------------------------------------------------------------------------------------------


def rules():
    with RULES.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def service_of(pattern):
    first = re.split(r"\|(?![^(]*\))", pattern)[0]
    return {".*": "any"}.get(first, first.replace(".*", "").replace("\\", "").replace("(", "").replace(")", ""))


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r["rule_id"])
def test_the_example_of_a_rule_is_caught_by_that_rule_first(rule):
    slots = {"usage_type": 2, "meter": 3}
    fields = [rule["provider"], service_of(rule["service_pattern"]), "", "", "", "", "", ""]
    if rule["match_field"] == "usage_type_operation":
        slots, (rule["example"], fields[7]) = {"usage_type_operation": 2}, rule["example"].split(" ")
    fields[slots.get(rule["match_field"], 4)] = rule["example"]
    assert type_meter(LIBRARY, Meter(*fields)).rule_id == rule["rule_id"]


def test_rules_stand_in_order_and_every_unit_family_has_units():
    found = rules()
    priorities = [int(r["priority"]) for r in found]
    assert priorities == sorted(set(priorities))
    with RULES.with_name("units.csv").open(newline="", encoding="utf-8") as handle:
        families = {r["unit_family"] for r in csv.DictReader(handle)}
    assert {r["unit_family"] for r in found} - {"any"} <= families


@pytest.mark.parametrize(("copies", "servers"), [("Single-AZ", 1.0), ("Multi-AZ", 2.0)])
def test_two_database_servers_run_behind_multi_az_of_a_description(copies, servers):
    found = described(f"USD 0.034 per db.t3.micro {copies} instance hour (or partial hour) running MySQL", "Hrs")
    assert (found.quantity_kind, found.instance_type, found.multiplier) == ("instance_hours", "db.t3.micro", servers)
