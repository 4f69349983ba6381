"""The configuration: what is given is used, what is mistyped is refused by name."""

import pytest

import greendigital as gd
from greendigital.config import load_config
from greendigital.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[organisation]\nnme = 'X'\n", ("organisation.nme", "name")),
        ("[organisation]\ncountry = 'UK'\n", ("organisation.country", '"UK"')),
        ("[organisation]\nfte = -3\n", ("organisation.fte", '"-3')),
        ("[[sites]]\nname = 'A'\npue = 0.5\n", ("sites.0.pue", '"0.5"')),
        ("[[sites]]\nname = 'A'\n[[sites]]\nname = 'a'\n", ("listed twice",)),
        ("[planned_life_years]\nlaptop = 0\n", ("planned_life_years.laptop", '"0"')),
        ("[residency\n", ("not a TOML file",)),
        ("[advice]\ndisplacement = 1.5\n", ("advice.displacement", '"1.5"')),
    ],
)
def test_a_mistake_is_named_with_its_key_and_value(tmp_path, text, words):
    path = tmp_path / "greendigital.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(path)
    for word in ("greendigital.toml", *words):
        assert word in str(error.value)


def test_sites_give_country_room_and_pue_to_their_devices(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,model,site,annual_kwh\nserver_rack,X,north,1000\nserver_rack,Y,elsewhere,1000\n",
                    encoding="utf-8")  # fmt: skip
    config = {
        "organisation": {"country": "IRL"},
        "sites": [{"name": "North", "country": "FRA", "location_type": "server_room", "pue": 1.5}],
    }
    assets = gd.read_inventory(path, config=load_config(config))
    result = gd.estimate(assets, period="2024", config=config)
    first, second = result.lines.to_dict("records")
    assert (first["site"], first["country"], first["location_type"], first["pue"]) == (
        "North", "FRA", "server_room", 1.5,
    )  # fmt: skip
    assert first["use_kwh"] == pytest.approx(1000 * 1.5)
    assert (second["country"], second["location_type"], second["use_kwh"]) == ("IRL", "office", pytest.approx(1000))


def test_planned_life_is_of_the_line_then_the_policy_then_the_category(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,acquired_date,planned_life_years\nlaptop,2024-01-01,3\nlaptop,2024-01-01,\n"
                    "monitor,2024-01-01,\n", encoding="utf-8")  # fmt: skip
    lines = gd.estimate(gd.read_inventory(path), period="2024", config={"planned_life_years": {"laptop": 6}}).lines
    assert list(lines["life_years"][:2]) == [3, 6]
    assert lines["life_factor_id"][1] == "policy:planned-life:laptop"
    assert lines["life_factor_id"][2] not in (None, "")
