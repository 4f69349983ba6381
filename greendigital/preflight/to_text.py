"""The check as text for people, for a screen of 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.matching.match import LEVELS
from greendigital.preflight.check import Preflight
from greendigital.preflight.wording import mass_of, plural
from greendigital.reports.cloud_sections import meter_rows
from greendigital.reports.cost_words import cost_sentences, money, percent

_WIDTH = 100
_MOST_SHOWN = 10
_MOST_REASONS = 3
_MOST_TAGS = 20
_QUESTIONS = {
    "use": "use",
    "embodied": "embodied",
    "age": "age",
    "refresh_advice": "refresh advice",
    "waste_mass": "waste mass",
}


def to_text(found: Preflight) -> str:
    """A block for each file, and one for the joined estate where several files list devices."""
    blocks = [_file(entry) for entry in found.documents]
    if found.estate is not None:
        head = f"All files together, each device once: {plural(found.estate['devices'], 'device')}"
        blocks.append([head, *_facts(found.estate)])
    return "\n\n".join("\n".join(block) for block in blocks)


def _file(entry: Mapping[str, Any]) -> list[str]:
    verified = {True: "", False: " (a layout not yet tested on a real export)", None: ""}
    what = f"read as {entry['format']}" if entry["format"] else "not understood"
    holds = plural(entry["devices"], "device")
    if entry["costs"]:
        billed = [f"{cost['billed']:,.2f} {cost['currency'] or 'of no currency'}" for cost in entry["costs"]]
        holds = f"{' and '.join(billed)} billed"
    lines = [
        f"{entry['source_id']}: {what}{verified[entry['profile_verified']]}, {entry['lines']:,} "
        f"line{'' if entry['lines'] == 1 else 's'}, {holds}"
    ]
    lines += [f"  {source} -> {ours}" for source, ours in entry["columns"].items()]
    lines += [f"  set aside: {count:,} {name.replace('_', ' ')}" for name, count in entry["set_aside"].items() if count]
    if entry.get("joined_elsewhere"):
        lines.append(f"  joined: {entry['joined_elsewhere']:,} lines into those of another file, which hold the device")
    for problem in entry["problems"][:_MOST_SHOWN]:
        place = f"row {problem['row']}, " if problem["row"] is not None else ""
        lines += _wrapped(f"{problem['severity']}: {place}{problem['message']} {problem['remedy']}".rstrip())
    if len(entry["problems"]) > _MOST_SHOWN:
        lines.append(f"  and {len(entry['problems']) - _MOST_SHOWN} more; --format json lists them all")
    for status in entry.get("billed_by_status", ()):
        lines += _wrapped(f"billed {status['currency'] or 'in no currency'}: {_billed(status) or 'nothing'}")
    for sentence in cost_sentences(entry.get("billed_by_status", ())):
        lines += _wrapped(sentence)
    if entry.get("tags") is not None:
        lines += _tags(entry["tags"])
    lines += _unmatched(entry.get("unmatched_meters") or ())
    return [*lines, *(_facts(entry) if "computable" in entry and entry["devices"] else ())]


def _tags(tags: Sequence[Mapping[str, Any]]) -> list[str]:
    """Tag keys of a bill, each with the share of the lines that have it."""
    told = [f"{tag['key']} {percent(tag['share'])}" for tag in tags[:_MOST_TAGS]]
    more = f", and {len(tags) - _MOST_TAGS} more" if len(tags) > _MOST_TAGS else ""
    return _wrapped(f"tags, of all lines: {', '.join(told) or 'none'}{more}")


def _unmatched(meters: Sequence[Mapping[str, Any]]) -> list[str]:
    """Meters to fix first, with what each costs and what stands in the way."""
    if not meters:
        return []
    lines = ["  Meters without a physical estimate, the dearest first (share of the list cost of all usage)"]
    for number, meter in enumerate(meter_rows(meters), start=1):
        costs = " and ".join(
            f"{_amount(cost)} {cost['currency'] or 'of no currency'} ({share})"
            for cost, share in zip(meter["costs"], meter["shares"], strict=True)
        )
        rule = f"; rule {meter['meter_rule_id']}, seen in a real bill: {meter['seen']}"
        lines += _wrapped(
            f"{number:>2}. {meter['meter'] or 'no meter'} [{meter['service'] or meter['provider'] or 'no service'}, "
            f"{meter['quantity_unit'] or 'no unit'}]: {costs}, {plural(meter['lines'], 'line')}; {meter['why']}"
            f"{rule if meter['meter_rule_id'] else ''}. {meter['todo']}",
            4,
            8,
        )
    return lines


def _amount(cost: Mapping[str, Any]) -> str:
    return money(cost["list"]) if cost["list"] is not None else "no list cost"


def _billed(status: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {money(cost)}" + (f" ({percent(status['share'][name])})" if status["share"][name] is not None else "")
        for name, cost in status["billed"].items()
        if cost
    )


def _facts(facts: Mapping[str, Any]) -> list[str]:
    figure = facts["total_kg_co2e"]
    lines = [
        f"  Likely emissions of the devices, {facts['period']}: {mass_of(figure['central'])} CO2e "
        f"({mass_of(figure['low'])} to {mass_of(figure['high'])})"
    ]
    return [*lines, *_blanks(facts["blanks"]), *_computable(facts), *_levels(facts), *_fixes(facts["fixes"])]


def _blanks(blanks: Mapping[str, Mapping[str, float]]) -> list[str]:
    told = [f"{name} {percent(blank['share'])}" for name, blank in blanks.items() if blank["lines"]]
    return _wrapped(f"Blank cells, of the lines that count: {', '.join(told) or 'none'}")


def _computable(facts: Mapping[str, Any]) -> list[str]:
    lines = ["  Can be computed"]
    for name, words in _QUESTIONS.items():
        answer = facts["computable"][name]
        reasons = [
            f"{lack['devices']:,.10g} {'without ' + lack['column'] if lack['column'] else ''}"
            f"{' (' if lack['column'] else ''}{lack['why']}{')' if lack['column'] else ''}"
            for lack in answer["missing"][:_MOST_REASONS]
        ]
        more = len(answer["missing"]) - _MOST_REASONS
        told = "; ".join(reasons) + (f"; and {more} more reason{'s' * (more > 1)}" if more > 0 else "")
        noun = "device " if answer["devices"] == 1 else "devices"
        head = f"{words:<14} {answer['devices']:>9,.10g} {noun} {percent(answer['share']):>5}"
        lines += _wrapped(f"{head}  {told}".rstrip(), 4, 40)
    return lines


def _levels(facts: Mapping[str, Any]) -> list[str]:
    lines = ["  Match level       devices          likely emissions"]
    for level, of in facts["match_levels"].items():
        if of["devices"]:
            lines.append(
                f"    {level}         {of['devices']:>12,.10g} {percent(of['share_of_devices']):>5} "
                f"{mass_of(of['kg_co2e']):>13} {percent(of['share_of_kg_co2e']):>5}  {LEVELS[level]}"
            )
    return lines


def _fixes(fixes: Sequence[Mapping[str, Any]]) -> list[str]:
    if not fixes:
        return ["  Nothing to correct that would narrow the range."]
    lines = ["  What would narrow the range most (effects do not add up)"]
    for number, fix in enumerate(fixes, start=1):
        named = f" ({', '.join(fix['examples'])})" if fix["examples"] and fix["cause"] != "pue_assumed" else ""
        if fix["narrowing_kg_co2e"] is not None:
            effect = f": narrows the range by about {mass_of(fix['narrowing_kg_co2e'])}"
        elif fix["devices_counted"]:
            effect = ": not counted now"
        else:
            effect = ""
        lines += _wrapped(f"{number:>2}. {fix['text']}{named}{effect}.", 4, 8)
    return lines


def _wrapped(text: str, first: int = 2, rest: int = 4) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=" " * first, subsequent_indent=" " * rest, break_on_hyphens=False)
