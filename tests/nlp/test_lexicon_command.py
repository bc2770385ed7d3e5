"""`stadtdraht nlp lexicon`: which entries fire on a text."""

from click.testing import CliRunner

from bot.cli import cli


def test_the_entries_that_fire_are_shown_with_their_words() -> None:
    done = CliRunner().invoke(cli, ["nlp", "lexicon", "Die Fahrbahn ist nicht uneben"])
    assert done.exit_code == 0
    rows = [line.split("\t") for line in done.output.splitlines()]
    assert ["categories:road_damage", "hints", "fahrbahn", "Fahrbahn"] in rows
    assert ["signals:defect", "stems", "uneben", "uneben", "denied"] in rows
