"""What the columns of a row say together: the device it is, or why it is none."""

from __future__ import annotations

import re
from typing import Any

from greendigital.factorset import FactorLibrary
from greendigital.inventory.cells import ON_ORDER
from greendigital.inventory.findings import Findings
from greendigital.inventory.profiles import Header, plain
from greendigital.inventory.values import (
    MEMORY_UNITS,
    is_mangled,
    is_placeholder,
    is_type_code,
    is_virtual,
    parse_category,
)

_WINDOWS_BUILD = re.compile(r"^10\.0(?:\.| \()(\d{5})")
ORDINARY_SERIAL = re.compile(r"^(?=.*[A-WYZa-wyz])(?=.*\d)[0-9A-Za-z-]{5,}$", re.ASCII)
"""Serial numbers that are neither a rounded number nor a placeholder, as most are: letters and digits."""

_NAME = re.compile(r"[A-Za-z]{3}")


class Draft(dict[str, Any]):
    """A row in the making; what it does not hold is None."""

    def __missing__(self, name: str) -> None:
        return None


class DeviceReader:
    """Names, categories and what a tool writes in its own way.

    Attributes
    ----------
    enrolled
        Rows, counted from the first of the table, in which the day of enrolment stands in for the day of purchase.
    placeholders
        Rows, counted alike, whose model is a placeholder of the firmware and whose category is not known.
    """

    def __init__(self, header: Header, library: FactorLibrary, findings: Findings) -> None:
        self.header = header
        self.profile = header.profile
        self.library = library
        self.findings = findings
        self.enrolled: list[int] = []
        self.placeholders: list[int] = []
        self._categories: dict[str, str | None] = {}
        self._virtual: dict[tuple[str | None, str | None, str | None], bool] = {}
        self._clean: dict[str, bool] = {}

    def category_of(self, word: str) -> str | None:
        """Our category of a word of the export."""
        if word not in self._categories:
            own = self.profile.words.get("category", {}).get(plain(word))
            if own is None and not word.isdigit():
                own = parse_category(word, self.library)
            self._categories[word] = own or None
        return self._categories[word]

    def complete(self, row: Draft, number: int, index: int) -> bool:
        """Complete a row; whether it is hardware that can be counted."""
        if not self._quantity(row, number) or not self._is_hardware(row, number):
            row["category"] = self.category_of(row["category"]) if row["category"] else None
            self._names(row)
            return False
        placeholder = self._clean_names(row, number)
        self._category(row, number)
        for name, value in self.profile.defaults.items():
            if row[name] is None:
                row[name] = value
        if placeholder:
            self._placeholder(row, number, index)
        self._names(row)
        self._management(row, index)
        return True

    def _quantity(self, row: Draft, number: int) -> bool:
        """Whether the row has a quantity that can be used; one device where it says nothing."""
        quantity = row["quantity"]
        if quantity is None:
            row["quantity"] = 1.0
            return True
        if quantity > 0 and quantity == int(quantity):
            return True
        heading = self.header.heading("quantity")
        remedy = "Write how many devices there are, or take the row out."
        if quantity < 0:
            message = f'"{quantity:g}" is a negative quantity; the line is left out.'
            self.findings.add("error", "quantity_negative", message, remedy, number, heading)
        elif quantity == 0:
            message = f'"{quantity:g}" devices: the line is left out.'
            self.findings.add("warning", "quantity_zero", message, remedy, number, heading)
        else:
            message = f'"{quantity:g}" is no whole number of devices; it is used as it stands.'
            self.findings.add("warning", "quantity_fractional", message, remedy, number, heading)
        if quantity > 0:
            return True
        row.update(set_aside="invalid_quantity", quantity=0.0)
        return False

    def _is_hardware(self, row: Draft, number: int) -> bool:
        """Whether the row is a device that is there; a virtual machine and one on order are set aside."""
        if row["status"] == ON_ORDER:
            row.update(set_aside="on_order", quantity=0.0, status=None)
            message = "A device on order is not there yet; it is set aside."
            self.findings.share("note", "on_order", "", message, "", number, self.header.heading("status"))
            return False
        key = (row["manufacturer"], row["model"], row["category"])
        virtual = self._virtual.get(key)
        if virtual is None:
            virtual = self._virtual[key] = is_virtual(*key)
        if not virtual and not row["virtual"] and self.profile.set_aside != "virtual_machine":
            return True
        named = row["model"] or row["category"] or row["manufacturer"] or row["host_name"] or "A row"
        row.update(set_aside="virtual_machine", quantity=0.0)
        self.findings.share(
            "note",
            "virtual_machine",
            "",
            f'"{named}" is a virtual machine, not hardware; it is set aside.',
            "Its host stands for it.",
            number,
        )
        return False

    def _clean_names(self, row: Draft, number: int) -> bool:
        """Take out what is no name; whether the model was a placeholder of the firmware."""
        serial = row["serial_number"]
        if serial is not None and not ORDINARY_SERIAL.match(serial):
            if is_mangled(serial):
                self.findings.share(
                    "warning",
                    "serial_mangled",
                    "",
                    f'"{serial}" is a serial number that a spreadsheet has rounded; it is not used.',
                    "Export it as text.",
                    number,
                    self.header.heading("serial_number"),
                )
                row["serial_number"] = None
            elif is_placeholder(serial):
                row["serial_number"] = None
        model, version = row["model"], row["model_version"]
        placeholder = self._is_placeholder(model)
        if placeholder:
            row["model"] = None
        elif version and is_type_code(model) and _NAME.search(version) and not self._is_placeholder(version):
            # Lenovo's firmware gives the type code where others give a name, and the name as version
            row["model"] = version
        if self._is_placeholder(row["manufacturer"]):
            row["manufacturer"] = None
        if row["model"] and row["manufacturer"] and plain(row["model"]) == plain(row["manufacturer"]):
            row["model"] = None
        return placeholder

    def _is_placeholder(self, text: str | None) -> bool:
        if text is None:
            return False
        found = self._clean.get(text)
        if found is None:
            found = self._clean[text] = is_placeholder(text)
        return found

    def _placeholder(self, row: Draft, number: int, index: int) -> None:
        if row["category"] is None:
            self.placeholders.append(index)
            return
        self.findings.share(
            "note",
            "placeholder_model",
            "",
            "The model is a placeholder of the firmware; the category decides.",
            "",
            number,
            self.header.heading("model"),
        )

    def _category(self, row: Draft, number: int) -> None:
        word = row["category"]
        if word is None:
            # A directory says what a machine is for only where its system is one of servers.
            if self.profile.count_only and "server" in (row["os_name"] or "").casefold():
                row["category"] = "server_any"
                self.findings.share(
                    "warning",
                    "directory_server",
                    "",
                    "A directory does not say whether a server is hardware; it is counted as one.",
                    "Give the list of virtual machines too, such as vInfo of RVTools.",
                    number,
                    self.header.heading("os_name"),
                )
            return
        row["category"] = self.category_of(word)
        # "Item" heads a running number as often as a device type.
        says_nothing = word.isdigit() or plain(word) in self.profile.words.get("category", {})
        if row["category"] is None and not says_nothing and not self.profile.management_tool:
            self.findings.share(
                "note",
                "category_unknown",
                word,
                f'"{word}" is no device type known here; the model decides.',
                "Use a device type such as laptop, desktop or monitor.",
                number,
                self.header.heading("category"),
            )

    def _names(self, row: Draft) -> None:
        """The name of the host stands in for a tag."""
        if row["host_name"] and row["asset_id"] is None:
            row["asset_id"] = row["host_name"]

    def _management(self, row: Draft, index: int) -> None:
        """Build number out of a Windows version; storage in bytes or megabytes; date of enrolment as a stand-in."""
        if row["os_build"] and (match := _WINDOWS_BUILD.match(row["os_build"])):
            row["os_build"] = match[1]
            row["os_name"] = row["os_name"] or "Windows"
        for source, target in (("storage", "ssd_gb"), ("memory", "memory_gb")):
            if size := row[source]:
                unit = MEMORY_UNITS.get(self.profile.memory_unit) if source == "memory" else None
                row[target] = round(size / (unit or (1e9 if size > 1e8 else 1024)), 1) or None
        if row["acquired_date"] is None and row["enrolled_date"]:
            row["acquired_date"] = row["enrolled_date"]
            self.enrolled.append(index)
