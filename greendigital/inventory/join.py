"""Several files joined by serial number, asset tag and host name; no device is counted twice, every row stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from greendigital.inventory.assets import HOST_NAME, Row, Rows
from greendigital.inventory.findings import Findings
from greendigital.inventory.profiles import plain
from greendigital.inventory.values import is_placeholder, is_type_code, key_of

_FROM_MANAGEMENT = ("manufacturer", "model", "last_seen_date", "os_name", "os_version", "os_build")
_FROM_REGISTER = ("status", "acquired_date", "retired_date", "warranty_end_date", "price_gbp")
_OWN = (
    "source_id",
    "source_row",
    "line_id",
    "merged_into",
    "set_aside",
    "country_assumed",
    "disposal_evidence",
    "asset_id",
    "serial_number",
)
"""What belongs to the line and not to the device."""

_RUNNING_NUMBER = re.compile(r"^\d{1,4}$")
_ADDRESS = re.compile(r"^[\d.]+$|:")


def join_files(rows: Rows, managed: set[str], findings: dict[str, Findings]) -> None:
    """Merge the rows of one device into one, in place.

    Rows are joined by serial number, then by asset tag, then by host name; by the last two only rows of unlike files in
    which the tag or name stands once, and whose serial numbers do not contradict. The register's row is kept and its
    dates, status and price with it; the management tool wins for model, last check-in and operating system, its newest
    check-in first; only a Lenovo type code never replaces a name. A merged row names the line it went into.
    """
    joiner = _Joiner(rows, managed, findings)
    for group in joiner.groups("serial_number"):
        joiner.merge(group)
    if len(set(rows.column("source_id"))) > 1:
        for name in ("asset_id", HOST_NAME):
            for group in joiner.across(name):
                joiner.merge(group)
        joiner.set_virtual_aside()
    joiner.point_at_kept()


class _Joiner:
    """State of one joining."""

    def __init__(self, rows: Rows, managed: set[str], findings: dict[str, Findings]) -> None:
        self.rows = rows
        self.managed = managed
        self.findings = findings
        self.into: dict[int, int] = {}

    def groups(self, name: str) -> Iterator[list[Row]]:
        """Rows that hold the same in a column, where several do."""
        texts, set_aside = self.rows.column(name), self.rows.column("set_aside")
        filled = [text for text in texts if text]
        # Most often none is repeated, which is seen at once where there is nothing to be taken out of them.
        if "".join(filled).isalnum() and len(set(map(str.casefold, filled))) == len(filled):
            return
        first: dict[str, int] = {}
        several: dict[str, list[int]] = {}
        for index, (text, aside) in enumerate(zip(texts, set_aside, strict=True)):
            if not text or aside:
                continue
            key = _key(text)
            if (before := first.setdefault(key, index)) != index:
                several.setdefault(key, [before]).append(index)
        for indexes in several.values():
            yield [self.rows[i] for i in indexes]

    def across(self, name: str) -> Iterator[list[Row]]:
        """Rows of unlike files that hold the same tag or host name, each once in its file, and may be one device."""
        found: dict[str, list[int]] = {}
        wanted = ("asset_id", HOST_NAME, "merged_into", "set_aside", "quantity")
        columns = zip(*(self.rows.column(column) for column in wanted), strict=True)
        for index, (tag, host, merged, aside, quantity) in enumerate(columns):
            if merged or aside or quantity != 1:
                continue
            key = _tag(tag, host) if name == "asset_id" else _host(host or tag)
            if key:
                found.setdefault(key, []).append(index)
        files = self.rows.column("source_id")
        for indexes in found.values():
            if len(indexes) < 2 or len({files[i] for i in indexes}) < len(indexes):
                continue
            kept, *others = (self.rows[i] for i in indexes)
            if name == HOST_NAME and not any(row[HOST_NAME] for row in (kept, *others)):
                continue
            group = [kept, *(row for row in others if self._may_be(kept, row, name))]
            if len(group) > 1:
                yield group

    def _may_be(self, kept: Row, row: Row, name: str) -> bool:
        """Whether two rows of one tag or name can be one device; if not, they are told."""
        serials = (kept["serial_number"], row["serial_number"])
        if all(serials) and _key(serials[0]) != _key(serials[1]):
            unlike, column = serials, "serial_number"
        elif kept["model"] and row["model"] and self._models_must_agree(kept, row, name) and _differ(kept, row):
            unlike, column = (kept["model"], row["model"]), "model"
        else:
            return True
        called = "asset id" if name == "asset_id" else "host name"
        self.findings[row["source_id"]].share(
            "warning",
            "join_contradicted",
            (name, column, kept["source_id"]),
            f'"{row[name] or row["asset_id"]}" is the {called} of "{unlike[1]}" here and of "{unlike[0]}" in '
            f"{kept['line_id']}; they count as two devices.",
            f"Correct the {called} or the {column.replace('_', ' ')} if they are one.",
            row["source_row"],
            column,
        )
        return False

    def _models_must_agree(self, kept: Row, row: Row, name: str) -> bool:
        """Two registers number their rows alike, and a tool may know a model better than a register does."""
        managed = kept["source_id"] in self.managed or row["source_id"] in self.managed
        return name == "asset_id" and (not managed or _RUNNING_NUMBER.match(row["asset_id"]) is not None)

    def merge(self, group: Sequence[Row]) -> None:
        """Merge rows of one device into the first of a register, else into the first."""
        kept = next((row for row in group if row["source_id"] not in self.managed), group[0])
        seen = {row["source_id"]: row for row in reversed(group)}
        others = [row for row in group if row.index != kept.index]
        for row in others:
            row["merged_into"] = kept["line_id"]
            self.into[row.index] = kept.index
            first = seen[row["source_id"]]
            if first.index != row.index:
                self.findings[row["source_id"]].add(
                    "warning",
                    "serial_twice",
                    f'"{row["serial_number"]}" stands in row {first["source_row"]} already; the device is counted '
                    "once.",
                    "Correct the serial number if these are two devices.",
                    row["source_row"],
                    "serial_number",
                )
        kept_is_managed = kept["source_id"] in self.managed
        # A device enrolled anew stands in the tool twice; the older entry must not hide the newer check-in.
        for row in sorted(others, key=lambda r: r["last_seen_date"] or date.min):
            from_tool = row["source_id"] in self.managed
            newer = (row["last_seen_date"] or date.min) > (kept["last_seen_date"] or date.min)
            if not from_tool and not kept_is_managed:
                self._note_conflicts(kept, row)
            _fill(kept, row, from_tool and (newer or not kept_is_managed), self.findings)

    def _note_conflicts(self, kept: Row, row: Row) -> None:
        """What two registers say differently of one device."""
        if kept["source_id"] == row["source_id"]:
            return
        for name in _FROM_REGISTER:
            if kept[name] is None or row[name] is None or kept[name] == row[name]:
                continue
            self.findings[row["source_id"]].share(
                "note",
                "value_conflict",
                (name, kept["source_id"]),
                f'"{row[name]}" here, "{kept[name]}" in {kept["line_id"]}; the file given first is taken.',
                "Correct the one that is wrong.",
                row["source_row"],
                name,
            )

    def set_virtual_aside(self) -> None:
        """Machines of a directory that another file knows as virtual machines are no hardware."""
        pairs = zip(self.rows.column(HOST_NAME), self.rows.column("set_aside"), strict=True)
        virtual = {_host(host) for host, aside in pairs if host and aside == "virtual_machine"}
        if not virtual:
            return
        bare_names = zip(self.rows.column(HOST_NAME), self.rows.column("model"), strict=True)
        for row in (self.rows[i] for i, (host, model) in enumerate(bare_names) if host and not model):
            bare = not (row["merged_into"] or row["set_aside"] or row["model"] or row["serial_number"])
            if bare and _host(row[HOST_NAME]) in virtual:
                row.update(set_aside="virtual_machine", quantity=0.0)
                self.findings[row["source_id"]].share(
                    "note",
                    "virtual_machine",
                    "named",
                    f'"{row[HOST_NAME]}" is a virtual machine in another file; it is set aside.',
                    "Its host stands for it.",
                    row["source_row"],
                )

    def point_at_kept(self) -> None:
        """Let a merged row name the line that stayed, where its own was merged later."""
        for index, target in self.into.items():
            while target in self.into:
                target = self.into[target]
            self.rows[index]["merged_into"] = self.rows[target]["line_id"]


def _key(text: str) -> str:
    """As :func:`key_of`, without its memory where nothing is to be taken out."""
    return text.casefold() if text.isalnum() else key_of(text)


def _tag(tag: str | None, host: str | None) -> str:
    """The asset tag of a row; what only stands for one is none."""
    return "" if not tag or tag == host or is_placeholder(tag) else _key(tag)


def _host(text: str | None) -> str:
    """A host name without its domain; an address is none."""
    if not text or _ADDRESS.search(text) or is_placeholder(text):
        return ""
    return _key(text.split(".")[0])


def _fill(kept: Row, row: Row, tool_wins: bool, findings: dict[str, Findings]) -> None:
    keeps_name = is_type_code(row["model"]) and bool(kept["model"]) and not is_type_code(kept["model"])
    if tool_wins and not keeps_name and kept["model"] and row["model"] and _differ(kept, row):
        findings[row["source_id"]].share(
            "note",
            "model_conflict",
            (row["model"], kept["model"]),
            f'"{row["model"]}" here, "{kept["model"]}" in {kept["line_id"]}; the management tool is taken.',
            "Correct the register if the tool is right.",
            row["source_row"],
            "model",
        )
    # Columns may be made on the way.
    for name, value in list(row.said()):
        if value is None or value == "" or name in _OWN:
            continue
        if name == "acquired_date" and kept["retired_date"] and value > kept["retired_date"]:
            continue  # enrolled anew after the register wrote it off: no day of purchase
        if name == "model" and keeps_name:
            continue
        if kept[name] is None or kept[name] == "" or (tool_wins and name in _FROM_MANAGEMENT):
            kept[name] = value
    if kept["serial_number"] is None and row["serial_number"]:
        kept["serial_number"] = row["serial_number"]


def _differ(kept: Row, row: Row) -> bool:
    """Whether two rows name unlike models; one file may name the maker with the model and the other not."""
    makers = {plain(r["manufacturer"] or "").split(" ")[0] for r in (kept, row)}

    def spellings(model: str) -> set[str]:
        return {plain(model).removeprefix(maker).strip() for maker in makers}

    return not spellings(kept["model"]) & spellings(row["model"])
