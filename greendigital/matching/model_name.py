"""A model name taken apart: what must be equal in two names of one model, and what may be missing in one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from greendigital.matching.apple_names import AppleName, apple_name, relation_of_apple_names
from greendigital.matching.names import normalise_model
from greendigital.matching.words import family_words, words_of

Relation = Literal["same", "processor", "series"]
"""The same model; its series with the same make of processor; its series."""

_GENERATION = re.compile(r"^g\d{1,2}$")
_INCHES = re.compile(r"^(\d+(?:_\d+)?)inch$")
_CAPACITY = re.compile(r"^\d+(gb|tb)$")
_SIZE_WITH_PROCESSOR = re.compile(r"^(1\d)([a-z]{2,5}\d{0,2}[a-z]?)$")
"""Screen size and processor code of a Lenovo laptop: 15ISK, 14ITL05, 16ITHg6."""
_PROCESSOR_CODE = re.compile(r"^[ai](?!io$|ir$|md$|nt$)[a-z]{2}\d{0,2}[a-z]?$")
"""The code by itself, as ThinkBook 15 G3 ACL has it: A for AMD, I for Intel."""
_SIZED_NUMBER = {
    "thinkpad": re.compile(r"^[a-z]1[1-7][a-z]?$"),
    "thinkbook": re.compile(r"^1[1-7][a-z]?$"),
}
"""E14, T14s, X13, ThinkBook 14: the number is the screen size."""
_LENOVO_LAPTOP = re.compile(r"^[a-z]\d{3}[a-z]?$")
"""V330-14 and its like, which have no family name."""
_THINKCENTRE = re.compile(r"^(m\d{2,3})([stqaz])$")
_THINKCENTRE_FORM = {"s": "sff", "t": "tower", "q": "tiny", "a": "aio"}
_HP_THIN_CLIENT = re.compile(r"^m?t\d{2,3}$")
_BARE_SIZES = {"10", "11", "12", "13", "14", "15", "16", "17", "18"}
_FIRST_YEAR_OF_CODES = 2015
"""Lenovo's processor codes end in the model year since 2015: 05 is 2020, 7 is 2022."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model name in parts.

    Attributes
    ----------
    core
        Family, number and variant words; equal in two names of one model.
    generation
        ``g7`` and so on; empty where the name has none.
    size
        Screen size in inches; ``size_is_bare`` when it is written without an inch sign.
    forms
        Shapes of the case.
    processor, processor_code
        ``intel``, ``amd``, and Lenovo's code of the processor and its year.
    capacity
        Memory and storage (``512gb``): configurations of one model.
    apple
        The parts of an Apple name, which are others.
    """

    core: frozenset[str]
    generation: str = ""
    size: float | None = None
    size_is_bare: bool = False
    forms: frozenset[str] = frozenset()
    processor: str = ""
    processor_code: str = ""
    capacity: frozenset[str] = frozenset()
    apple: AppleName | None = None

    @property
    def key(self) -> frozenset[str]:
        """What two names of one model have in common."""
        return self.apple.line if self.apple else self.core

    @property
    def code_year(self) -> int | None:
        """Year that the processor code tells: 2020 for 14ITL05."""
        digit = re.search(r"(\d{1,2})[a-z]?$", self.processor_code)
        return _FIRST_YEAR_OF_CODES + int(digit[1]) if digit else None

    @property
    def tells_generation(self) -> bool:
        """Whether the name by itself is of one generation: not so ThinkPad X1 Carbon, ENVY 15, Surface Laptop."""
        if self.apple:
            return bool(self.apple.generation or self.apple.year or self.apple.chip)
        if self.generation or self.has_long_number:
            return True
        if self.core & words_of("numbered").keys():
            return any(w.rstrip("+").isdigit() or re.match(r"^[a-z]?\d+[a-z]?$", w) for w in self.core)
        return any(re.match(r"^[a-z]+\d{2}[a-z]*$", w) for w in self.core) and not self.has_sized_number

    @property
    def has_sized_number(self) -> bool:
        """Whether the number is a screen size (ThinkPad T14s), so that later generations say theirs."""
        patterns = [pattern for family, pattern in _SIZED_NUMBER.items() if family in self.core]
        return any(pattern.match(word) for pattern in patterns for word in self.core)

    @property
    def is_bare_thinkcentre(self) -> bool:
        """A ThinkCentre of two digits and no shape: the M90 is of 2010, the M90s, M90t and M90q of 2020."""
        return "thinkcentre" in self.core and not (self.forms or self.has_long_number or self.generation)

    @property
    def has_long_number(self) -> bool:
        """Whether a number of three digits or more names the model; x360 is a variant."""
        return any(sum(c.isdigit() for c in w) >= 3 for w in self.core - words_of("variant").keys())


@lru_cache(maxsize=100_000)
def parse_name(model: str, maker: str) -> ModelName:
    """The parts of a model name."""
    text = normalise_model(model, maker)
    words = text.split()
    capacity = frozenset(w for w in words if _CAPACITY.match(w))
    words = [w for w in words if w not in capacity]
    if maker == "apple" and (apple := apple_name(text)) is not None:
        return ModelName(frozenset(), capacity=capacity, apple=apple)
    if "thinkcentre" in words:
        words = [part for word in words for part in _thinkcentre(word)]
    brand, form = words_of("brand"), words_of("form")
    if any(c.isdigit() for w in words for c in w):
        words = [w for w in words if w not in brand]
    if "wyse" in words or any(_HP_THIN_CLIENT.match(w) for w in words):
        words = [w for w in words if w != "thinclient"]
    core: set[str] = set()
    found = ModelName(frozenset(), capacity=capacity)
    for word in words:
        if _GENERATION.match(word):
            found = replace(found, generation=word)
        elif inches := _INCHES.match(word):
            found = replace(found, size=float(inches[1].replace("_", ".")))
        elif word in words_of("processor"):
            found = replace(found, processor=word)
        elif maker == "lenovo" and (code := _SIZE_WITH_PROCESSOR.match(word)):
            found = replace(found, size=float(code[1]), size_is_bare=True, processor_code=code[2])
        elif maker == "lenovo" and core and _PROCESSOR_CODE.match(word):
            found = replace(found, processor_code=word)
        elif word in form:
            found = replace(found, forms=found.forms | {word})
        else:
            core.add(word)
    return _with_bare_size(replace(found, core=frozenset(core)), text)


def _thinkcentre(word: str) -> tuple[str, ...]:
    """The last letter of a ThinkCentre is its case: M90s is the M90 in the small form factor.

    A z is an all-in-one too, but of a number of its own: the M90z is of 2010, the M90a of 2020.
    """
    match = _THINKCENTRE.match(word)
    if match is None:
        return (word,)
    return (word, "aio") if match[2] == "z" else (match[1], _THINKCENTRE_FORM[match[2]])


def _with_bare_size(name: ModelName, text: str) -> ModelName:
    """A number of a laptop that is a screen size: XPS 13 9370, IdeaPad 5-15; never the only number there is."""
    lenovo_laptop = any(_LENOVO_LAPTOP.match(w) for w in name.core)
    if name.size is not None or not (lenovo_laptop or _is_laptop(text)):
        return name
    sizes = name.core & _BARE_SIZES
    others = {w for w in name.core - sizes if any(c.isdigit() for c in w)}
    if len(sizes) != 1 or not others:
        return name
    return replace(name, core=name.core - sizes, size=float(min(sizes)), size_is_bare=True)


@lru_cache(maxsize=1)
def _laptop_families() -> tuple[str, ...]:
    more = ("envy", "pavilion", "flex", "omen", "victus", "zhan")
    return (*(word for word, category in family_words() if category in ("laptop", "tablet")), *more)


def _is_laptop(text: str) -> bool:
    padded = f" {text} "
    return any(f" {word} " in padded for word in _laptop_families())


def relation(written: ModelName, published: ModelName) -> Relation | None:
    """Whether a published name is of the model written: the same, the series it belongs to, or another model.

    ``written`` is the name in the inventory; both have the same ``key``. Forms are judged with the device type by the
    caller.
    """
    if written.apple or published.apple:
        both = written.apple and published.apple
        return relation_of_apple_names(written.apple, published.apple) if both else None  # type: ignore[arg-type]
    if not _same_generation(written, published) or not _same_size(written, published):
        return None
    return _same_processor(written, published)


def _same_generation(written: ModelName, published: ModelName) -> bool:
    """Equal; a name whose number is a size says nothing in its first generation (ThinkPad T15 is T15 Gen 1)."""
    if written.generation == published.generation:
        return True
    return {written.generation, published.generation} == {"g1", ""} and written.has_sized_number


def _same_size(written: ModelName, published: ModelName) -> bool:
    if written.size is not None and published.size is not None:
        return int(written.size) == int(published.size)
    if written.size is None and published.size is None:
        return True
    one = written if written.size is not None else published
    if one.processor_code and (written.forms or published.forms):
        return False  # a laptop of a number that is a desktop's too: V330-14IKB and V330 Tower
    return written.has_long_number or (not one.size_is_bare and any(c.isdigit() for w in written.core for c in w))


def _same_processor(written: ModelName, published: ModelName) -> Relation | None:
    """A row without processor covers the series; an unmarked name is the maker's main line, which is Intel."""
    if written.processor_code and published.processor_code:
        return "same" if written.processor_code == published.processor_code else None
    if published.processor_code:
        return None
    ours, theirs = _processor(written), _processor(published)
    if ours and theirs:
        return None if ours != theirs else "processor" if written.processor_code else "same"
    if theirs == "amd":
        return None
    return "series" if ours or theirs else "same"


def _processor(name: ModelName) -> str:
    return name.processor or {"a": "amd", "i": "intel"}.get(name.processor_code[:1], "")
