"""What a waste transfer note or a consignment note needs, and which of it a disposals table lacks.

Sources: Waste (England and Wales) Regulations 2011, regulation 35(2), as made, for the transfer note; parts A to E of
the consignment note as the Environment Agency and Natural Resources Wales publish them for hazardous waste.
"""

from __future__ import annotations

from greendigital.waste.records import Disposal

NEEDED = {
    "disposal_date": "the day of the transfer",
    "disposal_route": "the route",
    "category": "a description of the waste: no asset is known",
    "mass_kg": "the quantity: no mass is known",
    "carrier": "who took it",
    "facility": "the facility that received it",
    "transfer_note_id": "the number of the note",
    "hazardous": "whether it is hazardous waste",
    "declaration": "what shows that reuse was considered first",
}
"""What is looked for in the disposals table and the device list, and how a missing one is told."""

TRANSFER_BY_PERSON = (
    "the List of Wastes (EWC) code",
    "whether it is loose or in a container, and the kind of container",
    "the time and place of the transfer",
    "the SIC code of the organisation",
    "the name and address of both parties, and their signatures",
    "what each party is (producer, carrier, permit holder), with the carrier's registration number and the number of "
    "the facility's permit",
)
"""What regulation 35(2) asks of a transfer note that no column holds: a person adds it."""

CONSIGNMENT_BY_PERSON = (
    "consignment note, part A: the code of the consignment, where the waste comes from and where it goes",
    "consignment note, part B: the activity that produced it, its composition, hazardous properties and packaging, "
    "with its EWC code",
    "consignment note, part C: the carrier's certificate, with the registration number",
    "consignment note, part D: the consignor's certificate",
    "consignment note, part E: the consignee's certificate",
)
"""What a consignment note asks that no column holds."""

SOURCES = (
    {
        "what": "waste hierarchy",
        "source": "Waste (England and Wales) Regulations 2011 (SI 2011/988), regulation 12",
        "url": "https://www.legislation.gov.uk/uksi/2011/988/regulation/12",
    },
    {
        "what": "waste transfer note",
        "source": "Waste (England and Wales) Regulations 2011 (SI 2011/988), regulation 35(2), as made",
        "url": "https://www.legislation.gov.uk/uksi/2011/988/regulation/35/made",
    },
    {
        "what": "waste transfer note",
        "source": "GOV.UK, Dispose of business or commercial waste: waste transfer notes",
        "url": "https://www.gov.uk/dispose-business-commercial-waste/waste-transfer-notes",
    },
    {
        "what": "consignment note",
        "source": "Environment Agency, Hazardous waste: consignment note guidance",
        "url": "https://www.gov.uk/guidance/hazardous-waste-consignment-note-supplementary-guidance",
    },
    {
        "what": "consignment note",
        "source": "Natural Resources Wales, How to complete a hazardous waste consignment note",
        "url": "https://naturalresources.wales/guidance-and-advice/environmental-topics/waste-management/"
        "how-to-complete-a-hazardous-waste-consignment-note/?lang=en",
    },
    {
        "what": "waste factors",
        "source": "DESNZ, 2025 Government greenhouse gas conversion factors for company reporting: methodology paper, "
        "paragraphs 12.27 to 12.29",
        "url": "https://www.gov.uk/government/publications/greenhouse-gas-reporting-conversion-factors-2025",
    },
)


def missing_of(disposal: Disposal) -> tuple[str, ...]:
    """What the note of a disposal lacks, by name of :data:`NEEDED`; filling in a cell never makes it longer."""
    record = disposal.record
    lacks = {
        "disposal_date": record.disposal_date is None,
        "disposal_route": record.disposal_route is None,
        "category": not disposal.category,
        "mass_kg": disposal.mass_kg is None,
        "carrier": not record.carrier,
        # What goes to another user has no facility to go to.
        "facility": not record.facility and not disposal.is_reuse,
        "transfer_note_id": not record.transfer_note_id,
        "hazardous": record.hazardous is None,
        "declaration": not shows_hierarchy(disposal),
    }
    return tuple(name for name, is_missing in lacks.items() if is_missing)


def shows_hierarchy(disposal: Disposal) -> bool:
    """Whether the data show that the better routes were considered first.

    They do of what went on for reuse, and of what was recycled with a fault, a repair quote or a grade on the device
    list. Nothing in the files says that recycling was considered before recovery or landfill.
    """
    return disposal.is_reuse or (disposal.record.disposal_route == "recycle" and bool(disposal.considered))
