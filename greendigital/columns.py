"""Every column once: its name, type, unit, meaning and how it aggregates.

Readers, bodies, reports and documentation take names and types from here; nothing else declares a column.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["string", "float", "int", "bool", "date"]
Aggregation = Literal["", "sum", "key", "none"]


class Column(NamedTuple):
    """One column: its name, type, unit (empty for none), meaning, and how lines of a group combine in it."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    aggregation: Aggregation = ""


def _columns(text: str, aggregation: Aggregation = "") -> tuple[Column, ...]:
    """Parse ``name | kind | unit | meaning`` lines."""
    found = []
    for line in text.strip().splitlines():
        name, kind, unit, meaning = (part.strip() for part in line.split("|", 3))
        found.append(Column(name, kind, unit, meaning, aggregation))  # type: ignore[arg-type]
    return tuple(found)


STATUSES = ("in_use", "in_stock", "repair", "faulty", "retired", "disposed")
LOCATION_TYPES = ("office", "server_room", "data_centre", "home", "colocation")
CONDITIONS = ("new", "refurbished", "remanufactured")
OWNERSHIPS = ("owned", "leased", "byod")
SANITISATIONS = ("none", "clear", "purge", "destroy")
DISPOSAL_ROUTES = ("reuse", "resale", "donation", "recycle", "recovery", "landfill")
REUSE_ROUTES = ("reuse", "resale", "donation")
LINE_STATUSES = ("estimated", "partial", "fallback", "excluded", "merged")
CHARGE_CLASSES = (
    "usage",
    "tax",
    "credit",
    "purchase",
    "refund",
    "support",
    "adjustment",
    "rounding",
    "unused_commitment",
    "in_other_bill",
)
QUANTITY_KINDS = (
    "vcpu_hours",
    "instance_hours",
    "gb_hours",
    "gpu_hours",
    "tb_hours",
    "gb_moved",
    "requests",
    "tokens",
    "not_physical",
    "unknown",
)

ASSETS = _columns(
    """
    asset_id | string | | the organisation's own number of the device, kept as written
    category | string | | device type, one of the category defaults or 'other'
    manufacturer | string | | maker as written
    model | string | | model as written
    serial_number | string | | serial number; files are joined by it
    quantity | float | | number of like devices in the row; 1 when empty
    status | string | | in_use, in_stock, repair, faulty, retired or disposed; in_use when empty
    site | string | | site name as in the config
    department | string | | department or cost centre
    country | string | | ISO 3166-1 alpha-3 code
    location_type | string | | office, server_room, data_centre, home or colocation; office when empty
    home_share | float | share | share of the use that happens at home, 0 to 1
    acquired_date | date | | first day in service
    retired_date | date | | last day in service
    last_seen_date | date | | last check-in with a management tool
    warranty_end_date | date | | end of warranty
    planned_life_years | float | year | planned service life
    condition | string | | new, refurbished or remanufactured
    ownership | string | | owned, leased or byod
    operational_control | bool | | whether the organisation controls a leased or colocated device
    annual_kwh | float | kwh/year | metered energy of one device in a year, stated exact
    utilisation_share | float | share | mean utilisation of a server, 0 to 1
    pue | float | ratio | power usage effectiveness of the room
    price_gbp | float | gbp | price paid for one device
    expensed | bool | | bought as expense, not capitalised
    annual_support_gbp | float | gbp/year | support cost of one device
    repair_quote_gbp | float | gbp | quote for the repair
    os_name | string | | operating system
    os_version | string | | its version or edition
    os_build | string | | its build number
    cpu_model | string | | processor as the management tool names it
    cpu_units | float | | number of processors
    tpm_version | string | | version of the trusted platform module
    memory_gb | float | gb | memory
    ssd_gb | float | gb | solid-state storage
    hdd_count | float | | number of spinning disks
    screen_size_inches | float | inch | screen diagonal
    battery_health_share | float | share | full charge over design capacity
    user_role | string | | role of the user
    mass_kg | float | kg | mass of one device
    grade | string | | cosmetic grade of a returned device
    sanitisation | string | | none, clear, purge or destroy
    notes | string | | free text
    """
)
"""Canonical columns of an assets file. Only ``category`` or ``model`` is required."""

ASSET_IDENTITY = _columns(
    """
    source_id | string | | file name, '#2' when repeated, '!sheet' for later sheets
    source_row | int | | row as the spreadsheet numbers it, header counted
    line_id | string | | source_id:source_row
    merged_into | string | | line_id of the line this one was merged into
    set_aside | string | | reason code of a line that is not hardware to estimate (total_row, virtual_machine ...)
    country_assumed | bool | | the country came from the default, not from line, site or organisation
    disposal_date | date | | date of disposal from a disposals table
    disposal_route | string | | reuse, resale, donation, recycle, recovery or landfill
    disposal_evidence | bool | | a disposals record names a carrier, facility or transfer note
    """
)
"""Columns that the readers add to :data:`ASSETS`."""

DISPOSALS = _columns(
    """
    asset_id | string | | as in the assets file
    serial_number | string | | as in the assets file
    disposal_date | date | | day the device left
    disposal_route | string | | reuse, resale, donation, recycle, recovery or landfill
    mass_kg | float | kg | mass of one device
    carrier | string | | waste carrier
    transfer_note_id | string | | transfer or consignment note
    facility | string | | receiving facility
    hazardous | bool | | hazardous waste
    sanitisation | string | | none, clear, purge or destroy
    income_gbp | float | gbp | income from sale
    """
)

METERS = _columns(
    """
    site | string | | site as in the assets file or the configuration
    month | date | | calendar month of the reading; its first day once read
    kwh | float | kwh | electricity of the site in the month, before PUE
    it_only | bool | | the meter measures IT equipment alone; only then it is used
    """
)
"""Columns of a meter file: electricity of a site by month."""

USAGE = _columns(
    """
    source_id | string | | file name
    source_row | int | | row as the spreadsheet numbers it, header counted
    provider | string | | aws, azure, gcp or oci
    account | string | | billing account
    sub_account | string | | account, subscription or project
    account_id | string | | id of sub_account, else of account, in small letters; empty where the bill has names alone
    service | string | | service name as billed
    service_category | string | | FOCUS ServiceCategory in snake_case
    region | string | | provider's region id, lower case
    resource_id | string | | provider's resource id
    period_start | date | | first day of the charge period
    period_end | date | | day the charge period ends, not included
    charge_class | string | | usage, or why it is none: tax, credit, purchase, ... unused_commitment, in_other_bill
    meter | string | | billed meter, or the description where the bill has no meter
    meter_rule_id | string | | rule that gave the quantity its kind
    description | string | | charge description
    instance_type | string | | instance type or size, provider's spelling
    quantity | float | by quantity_kind | typed quantity
    quantity_unit | string | | unit of the quantity
    quantity_kind | string | | what the quantity measures
    storage_class | string | | storage medium and redundancy key, as 'hdd:S3 Standard'
    transfer_path | string | | internet_out, inter_region, inter_az, cdn_out, processed, internet_in or ignored_inbound
    load_state | string | | idle where a machine is held and not used, else empty
    list_cost | float | currency | cost at list price
    effective_cost | float | currency | cost after commitments are spread
    billed_cost | float | currency | cost as invoiced
    currency | string | | ISO 4217 code
    tags | string | | tags as JSON text
    """
)
"""Columns of the usage frame."""

STAGE_COLUMNS = (
    "use_direct_kg_co2e",
    "use_losses_kg_co2e",
    "use_wtt_kg_co2e",
    "use_life_cycle_kg_co2e",
    "manufacture_kg_co2e",
    "transport_kg_co2e",
    "end_of_life_kg_co2e",
    "embodied_unsplit_kg_co2e",
    "written_off_kg_co2e",
    "network_kg_co2e",
    "fallback_kg_co2e",
)
"""The central figures that add up to ``total_kg_co2e``."""

LINES = (
    *_columns(
        """
        line_id | string | | source_id:source_row
        part | int | | part of the period, from 1; the home share of a hybrid device is a row of its own
        source_id | string | | file name
        source_row | int | | row as the spreadsheet numbers it
        entity_id | string | | hashed identifier of the device or resource, empty unless asked for
        merged_into | string | | line the row was merged into
        kind | string | | hardware, cloud or energy
        line_class | string | | device, compute, storage, memory, serverless, network or energy
        status | string | | estimated, partial, fallback, excluded or merged
        reason_code | string | | why a line is not estimated, or only in part
        stages_missing | string | | expected stages without a factor, comma separated
        category | string | | device category, ServiceCategory of a cloud line in snake_case, or metered_load
        variant | string | | size class within the category
        manufacturer | string | | maker
        model | string | | model
        site | string | | site
        location_type | string | | office, server_room, data_centre, home or colocation
        country | string | | ISO 3166-1 alpha-3 code
        ownership | string | | owned, leased or byod
        department | string | | department
        provider | string | | cloud provider
        account | string | | account, subscription or project billed
        account_id | string | | its id, in small letters; empty where the bill has names alone
        service | string | | service name
        region | string | | region id
        period_start | date | | first day the row covers
        period_end | date | | last day the row covers
        """,
        "key",
    ),
    *_columns(
        """
        instance_type | string | | instance type
        meter | string | | billed meter
        meter_rule_id | string | | rule that typed the meter
        meter_seen | string | | how well the rule's example was seen: verbatim, pattern or not_seen
        quantity_kind | string | | devices, the kind of a cloud quantity, or metered_kwh
        """,
        "key",
    ),
    *_columns(
        """
        quantity | float | by quantity_kind | number of devices, or typed quantity
        quantity_unit | string | | unit of the quantity
        service_years | float | year | years in service within the part
        hours | float | hour | hours of an instance, where known
        utilisation_share | float | share | utilisation assumed or stated
        pue | float | ratio | PUE applied
        life_years | float | year | planned life applied
        annual_kwh | float | kwh/year | energy of one device in a full year, before PUE and site meter
        calibrated_share | float | share | share of the use that a site meter gave; null where none applies
        """,
        "none",
    ),
    *_columns(
        """
        match_level | string | | A to F: who the model is; null for cloud
        match_note | string | | why a model is undecided, whose sibling stands in, or where a person confirmed it
        use_basis | string | | where the energy figure came from
        embodied_basis | string | | where the embodied figure came from
        energy_factor_id | string | | factor of the energy
        grid_factor_id | string | | factor of the electricity (direct, or life cycle)
        loss_factor_id | string | | factor of transmission and distribution losses
        wtt_factor_id | string | | factor of well-to-tank, generation and losses together
        pue_factor_id | string | | factor of the PUE
        utilisation_factor_id | string | | factor of the utilisation assumption
        meter_factor_id | string | | derived ratio of the site meter
        replication_factor_id | string | | factor of the storage copies
        embodied_factor_id | string | | factor of the embodied figure
        life_factor_id | string | | factor of the planned life
        disposal_factor_id | string | | factor of the waste treatment
        network_factor_id | string | | factor of the data transfer
        fallback_factor_id | string | | derived ratio of the fallback
        override_ids | string | | overrides that apply, comma separated
        use_scope | string | | GHG Protocol scope of the use
        upstream_scope | string | | scope of losses and well-to-tank
        embodied_scope | string | | scope of the embodied figure in the inventory view
        """,
        "key",
    ),
    *_columns(
        """
        use_kwh | float | kwh | electricity, PUE included
        use_direct_kg_co2e | float | kg_co2e | generation, direct
        use_losses_kg_co2e | float | kg_co2e | transmission and distribution losses
        use_wtt_kg_co2e | float | kg_co2e | well-to-tank of generation and losses
        use_life_cycle_kg_co2e | float | kg_co2e | use by a life-cycle factor, upstream included
        manufacture_kg_co2e | float | kg_co2e | manufacture, annualised
        transport_kg_co2e | float | kg_co2e | transport, annualised
        end_of_life_kg_co2e | float | kg_co2e | end of life, annualised
        embodied_unsplit_kg_co2e | float | kg_co2e | all non-use stages where the source does not split, annualised
        written_off_kg_co2e | float | kg_co2e | embodied not yet charged when the device is retired early
        network_kg_co2e | float | kg_co2e | data transfer, all parts
        fallback_kg_co2e | float | kg_co2e | estimated from cost, all parts
        total_kg_co2e | float | kg_co2e | management view: the sum of the figures above
        transferred_kg_co2e | float | kg_co2e | embodied that went on with the device to another owner; in no total
        purchase_year_kg_co2e | float | kg_co2e | inventory view: embodied of purchases, end of life left out
        disposal_kg_co2e | float | kg_co2e | inventory view: waste treatment of what left in the part
        """,
        "sum",
    ),
    *_columns(
        """
        use_kwh_low | float | kwh | 5th percentile
        use_kwh_high | float | kwh | 95th percentile
        use_kg_co2e_low | float | kg_co2e | 5th percentile of the use figures together
        use_kg_co2e_high | float | kg_co2e | 95th percentile
        embodied_kg_co2e_low | float | kg_co2e | 5th percentile of embodied, annualised and written off
        embodied_kg_co2e_high | float | kg_co2e | 95th percentile
        total_kg_co2e_low | float | kg_co2e | 5th percentile
        total_kg_co2e_high | float | kg_co2e | 95th percentile
        """,
        "none",
    ),
    *_columns(
        """
        billed_cost | float | currency | as invoiced, on the first part only
        effective_cost | float | currency | after commitments
        list_cost | float | currency | at list price
        """,
        "sum",
    ),
    *_columns(
        """
        currency | string | | ISO 4217 code
        """,
        "key",
    ),
    *_columns(
        """
        price_gbp | float | gbp | price of one device
        """,
        "none",
    ),
)
"""Columns of ``lines.parquet``; ``tags_<name>`` columns follow for each chosen tag."""

FACTORS_USED = _columns(
    """
    factor_id | string | | id as in the factor set, or 'derived:...'
    value | float | by unit | central value
    low | float | by unit | low as published
    high | float | by unit | high as published
    interval | string | | what low and high are: p5_p95, p10_p90, min_max or none
    n_values | float | | number of values behind the figure
    unit | string | | unit
    basis | string | | basis of an electricity or embodied factor
    error_group | string | | factors that share an error
    set | string | | factor set
    edition | string | | edition of the set
    source | string | | citation
    locator | string | | where in the source
    low_p5 | float | by unit | 5th percentile used for ranges
    high_p95 | float | by unit | 95th percentile used for ranges
    shared_share | float | share | share of the log variance that is shared within the error group
    width_factor_id | string | | assumption that gave the width, where the source gives none
    licence | string | | licence of the source
    note | string | | formula of a derived factor, reason of an override, or the note of the row
    data_year | int | year | year the underlying data are of; empty where the source does not say
    published_year | int | year | year in which the source was published
    age_years | int | year | newest year of the report's factors less the data year, else less the published year
    supersedes | string | | factor whose place this one takes
    is_override | bool | | whether the factor stands in the place of a shipped one
    """
)
"""Columns of ``factors_used.parquet``."""


def names(columns: tuple[Column, ...]) -> list[str]:
    """The names, in order."""
    return [c.name for c in columns]


def schema(columns: tuple[Column, ...]) -> dict[str, str]:
    """Name to type."""
    return {c.name: c.kind for c in columns}
