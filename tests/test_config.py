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


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"organisation": {"country": "UK"}},
         'organisation.country: "UK" is not a three-letter country code. Write it as GBR.'),
        ({"organisation": {"country": "irl"}},
         'organisation.country: "irl" is not a three-letter country code. Write it as IRL.'),
        ({"residency": {"allowed": ["GBR", "Narnia"]}},
         'residency.allowed.1: "Narnia" is not a three-letter country code. '
         "Write its ISO 3166-1 alpha-3 code, such as GBR."),
        ({"sites": [{"name": "A"}, {"name": "B", "pue": 0.5}]}, 'sites.1.pue: "0.5" must be at least 1.'),
        ({"sites": [{"name": "A", "pue": 50}]}, 'sites.0.pue: "50" must be at most 5.'),
        ({"organisation": {"fte": 0}}, 'organisation.fte: "0" must be above 0.'),
        ({"advice": {"displacement": 1}}, 'advice.displacement: "1" must be below 1.'),
        ({"organisation": {"fte": "many"}}, 'organisation.fte: "many" is not a number.'),
        ({"advice": {"not_seen_days": 1.5}}, 'advice.not_seen_days: "1.5" is not a whole number.'),
        ({"sites": [{"country": "GBR"}]}, "sites.0.name: the key is missing. Add it."),
        ({"sites": [{"name": 5}]}, 'sites.0.name: "5" is not text. Put it in quotation marks.'),
        ({"sites": [{"name": "A"}, {"name": "a"}]}, 'sites: the site "a" is listed twice.'),
        ({"organisation": {"boundary": "equity"}}, 'organisation.boundary: "equity" is unknown. '
         "Write 'operational_control', 'financial_control' or 'equity_share'."),
        ({"tags": {"columns": "environment"}}, 'tags.columns: "environment" is not a list. Put it in square brackets.'),
        ({"site": [{"name": "A"}]}, 'site: the key is unknown. Did you mean "sites"? Known keys: organisation, sites, '
         "planned_life_years, residency, tags, instruments, residual_mix, overrides, matching, advice, cloud."),
        ({"sites": [{"name": "A", "contry": "GBR"}]}, 'sites.0.contry: the key is unknown. Did you mean "country"? '
         "Known keys: name, country, grid_zone, location_type, pue."),
        ({"theme": "red"}, "theme: the key is unknown. Known keys: organisation, sites, planned_life_years, "
         "residency, tags, instruments, residual_mix, overrides, matching, advice, cloud."),
        ({"cloud": {"utlisation": 0.3}}, 'cloud.utlisation: the key is unknown. Did you mean "utilisation"? '
         "Known keys: method, utilisation, pue, server_life_years, storage_life_years, network, power_source."),
        ({"cloud": {"utilisation": 0.05}}, 'cloud.utilisation: "0.05" must be at least 0.1.'),
        ({"cloud": {"utilisation": 50}}, 'cloud.utilisation: "50" must be at most 1. '
         "It is a share: write 0.5."),
        ({"cloud": {"utilisation": 300}}, 'cloud.utilisation: "300" must be at most 1.'),
        ({"cloud": {"pue": 0.9}}, 'cloud.pue: "0.9" must lie between 1 and 5.'),
        ({"cloud": {"pue": "low"}}, 'cloud.pue: "low" is not a number. '
         "Write one number, or a table such as {aws = 1.15}."),
        ({"cloud": {"pue": {"amazon": 1.1}}}, 'cloud.pue: "amazon" is not a provider known here. '
         "Write aws, azure, gcp, oci."),
        ({"cloud": {"method": "ccf"}}, "cloud.method: \"ccf\" is unknown. Write 'default', 'cloud-carbon-footprint' "
         "or 'boavizta'."),
        ({"cloud": {"method": "boavizta", "network": "with_access_networks"}},
         'cloud: "network" means nothing to the method "boavizta". Take one of the two out.'),
        ({"cloud": {"utilisation": 0.3},
          "overrides": [{"factor": "assumption-cloud-utilisation", "value": 0.2, "source": "x", "reason": "y"}]},
         'cloud: "utilisation" is given twice, here and as an override of assumption-cloud-utilisation. '
         "Take one out."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_plain_sentence(config, sentence):
    with pytest.raises(ConfigError) as error:
        load_config(config)
    assert str(error.value) == f"config, {sentence}"


def test_a_site_that_no_line_names_is_noted_with_the_nearest_of_the_files(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,model,site\nserver_rack,X,Townhall\nlaptop,Y,Depot\n", encoding="utf-8")
    config = load_config({"sites": [{"name": "Town Hall"}, {"name": "depot"}, {"name": "Museum"}]})
    notes = [p for p in gd.read_inventory(path, config=config).problems if p.code == "site_unused"]
    assert [(p.severity, str(p)) for p in notes] == [
        ("note", 'The configuration has a site "Town Hall", which no line of the files names. '
                 'Is "Townhall" in the files meant? Write both alike.'),
        ("note", 'The configuration has a site "Museum", which no line of the files names. Check its name.'),
    ]  # fmt: skip


def test_files_without_a_site_column_say_nothing_of_the_sites_of_the_configuration(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,model\nlaptop,Y\n", encoding="utf-8")
    assets = gd.read_inventory(path, config=load_config({"sites": [{"name": "Town Hall"}]}))
    assert "site_unused" not in [p.code for p in assets.problems]


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


@pytest.mark.parametrize(
    ("word", "category"), [("laptops", "laptop"), ("Notebook", "laptop"), ("server", "server_any")]
)
def test_planned_lives_take_the_words_of_a_register(tmp_path, word, category):
    path = tmp_path / "assets.csv"
    path.write_text(f"category\n{category}\n", encoding="utf-8")
    lines = gd.estimate(gd.read_inventory(path), period="2024", config={"planned_life_years": {word: 7}}).lines
    assert list(lines["life_years"]) == [7]


def test_a_planned_life_of_no_device_type_is_refused_with_the_nearest(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category\nlaptop\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r'planned_life_years\.lapptop: .*Did you mean "laptop"'):
        gd.estimate(gd.read_inventory(path), period="2024", config={"planned_life_years": {"lapptop": 7}})
    with pytest.raises(ConfigError, match="given twice"):
        gd.estimate(gd.read_inventory(path), period="2024", config={"planned_life_years": {"laptop": 7, "Notebook": 6}})


def test_a_policy_of_the_organisation_is_a_choice_without_a_range(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category\nlaptop\n", encoding="utf-8")
    result = gd.estimate(gd.read_inventory(path), period="2024", config={"planned_life_years": {"laptop": 7}})
    (policy,) = [f for f in result.factors_used if f["factor_id"].startswith("policy:")]
    assert policy["low_p5"] == policy["value"] == policy["high_p95"] == 7


@pytest.mark.parametrize("text", ["[cloud]\nutilisation = true", "[organisation]\nfte = true"])
def test_true_is_no_number(tmp_path, text):
    path = tmp_path / "greendigital.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match='"true" is not a number'):
        load_config(path)
