"""Text in a wrong encoding is refused with the remedy; right text of many languages is not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyproc.problems import Problem, Severity, SurveyprocError
from surveyproc.read.encoding import TextOf, codec_for, examine, suggest
from surveyproc.read.files import read_file, read_info
from tests.read.builders import FRENCH, KAZAKH, RUSSIAN, single_byte_sav, write_dta, write_sav

RIGHT = {
    "ru": ["Номер домохозяйства", "Страна рождения", "ОБЛАСТЬ", "Вес № 2", "№", "5 лет назад"],
    "kk": ["Үй шаруашылығының нөмірі", "Туған елі", "Салмақ", "ҚАЗАҚСТАН", "Һәм"],
    "uk": ["Країна народження", "Її вік", "Ґанок і єдність", "Область проживання", "Вага їжі"],
    "be": ["Краіна нараджэння", "Узрост у гадах", "Жыў тут заўсёды", "Іншая краіна"],
    "sr": ["Земља рођења", "Број члана домаћинства", "Љубљана, Њујорк", "Ниједан", "Џеп"],
    "mk": ["Земја на раѓање", "Ќерка", "Ѕвезда и куќа", "Љубов, Џез"],
    "bg": ["Държава на раждане", "Ъгъл"],
    "fr": ["Numéro du ménage", "Région où elle est née", "Été", "Âge", "Élève", "À l'étranger", "né à l'île"],
    "es": ["Región de nacimiento", "¿Cuántos años?", "Número de hogar", "Otro país", "Año", "1º básico"],
    "de": ["Schlüssel", "Größe der Gemeinde", "Übrige", "Österreich", "äöüß", "Straße"],
    "sv": ["Åå", "på ön", "Öland"],
    "pl": ["Województwo łódzkie", "Źródło", "Żona"],
    "tr": ["İl kodu", "Doğduğu ülke", "Yaşı"],
    "he": ["ותק ב"],
    "te": ["తెలుగు"],
    "zh": ["出生国家"],
    "signs": ["€ 100", "m²", "5 °C", "«да»", "— нет", "COVID‑19", "½", "No’", "…"],
}


@pytest.mark.parametrize("language", RIGHT)
def test_right_text_is_let_through(language: str) -> None:
    texts = [TextOf(f"v{i}", "label", text) for i, text in enumerate(RIGHT[language])]
    assert examine(texts, "utf-8") is None
    assert examine([TextOf("v", "label", text) for text in RIGHT[language]], "utf-8") is None


LOST = [  # text, its encoding, the one it was read in, the sign
    ("ru", "cp1251", "cp1252", "latin"),
    ("ru", "cp1251", "iso8859-1", "latin"),
    ("kk", "kz1048", "cp1251", "kazakh"),
    ("ru", "cp866", "cp1251", "symbols"),
    ("ru", "utf-8", "cp1251", "twice"),
    ("fr", "utf-8", "cp1252", "twice"),
    ("kk", "utf-8", "iso8859-1", "twice"),
]


@pytest.mark.parametrize(("language", "right", "wrong", "sign"), LOST)
def test_wrong_text_is_found_and_the_remedy_named(language: str, right: str, wrong: str, sign: str) -> None:
    texts = []
    for index, text in enumerate(RIGHT[language]):
        raw = text.encode(right, "ignore")
        texts.append(TextOf(f"v{index}", "label", "".join(one_byte(byte, wrong) for byte in raw)))
    found = examine(texts, wrong)
    assert found is not None
    assert found.remedy == right
    assert found.sign == sign
    assert found.variables >= 1


def one_byte(byte: int, codec: str) -> str:
    try:
        return bytes([byte]).decode(codec)
    except UnicodeDecodeError:
        return chr(byte)


@pytest.mark.parametrize("codec", ["cp1251", "cp866", "koi8-r", "utf-8"])
def test_bytes_of_russian_tell_their_encoding(codec: str) -> None:
    assert suggest(text.encode(codec, "ignore") for text in RIGHT["ru"]) == codec


def test_bytes_of_kazakh_and_french_tell_theirs() -> None:
    assert suggest(text.encode("kz1048", "ignore") for text in RIGHT["kk"]) == "kz1048"
    assert suggest(text.encode("cp1252") for text in RIGHT["fr"]) == "cp1252"


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_ascii_is_never_suspect(text: str) -> None:
    assert examine([TextOf("v", "label", text)], "cp1252") is None


@given(st.lists(st.sampled_from([word for words in RIGHT.values() for word in words])))
def test_languages_may_be_mixed(texts: list[str]) -> None:
    assert examine([TextOf(f"v{i % 3}", "label", text) for i, text in enumerate(texts)], "utf-8") is None


NAMES = {
    "cp1251": ["CP1251", "windows-1251", "Windows1251", "win-1251", "1251"],
    "cp866": ["cp866", "IBM866", "866", "DOS"],
    "kz1048": ["kz1048", "KZ-1048", "RK1048", "STRK1048-2002"],
    "utf-8": ["utf8", "UTF-8", "utf_8"],
    "cp1252": ["cp1252", "windows-1252"],
}


def test_encodings_have_many_names() -> None:
    for codec, names in NAMES.items():
        assert {codec_for(name) for name in names} == {codec}
    assert [codec_for(name) for name in ("nonsense", "utf-16", "hex", "rot13", "")] == [None] * 5


def refusal(path: Path, **options: object) -> Problem:
    with pytest.raises(SurveyprocError) as caught:
        read_file(path, level="person", shown=path.name, columns=None, **options)
    (problem,) = caught.value.problems
    assert problem.code == "read.encoding"
    assert caught.value.exit_code == 3
    return problem


def labels_of(path: Path, **options: object) -> list[str]:
    info, _ = read_info(path, shown=path.name, **options)
    return [column.label for column in info.columns.values() if column.label]


def test_cp1251_in_a_file_that_says_cp1252(tmp_path: Path) -> None:
    russian = list(RUSSIAN.values())
    path = single_byte_sav(tmp_path / "a.sav", russian, codec="cp1251", declared="windows-1252")
    problem = refusal(path)
    assert problem.where.variable == "V1"
    assert "`encoding: cp1251`" in problem.hint
    for name in ("cp1251", "windows-1251", "CP1251"):
        assert labels_of(path, encoding=name) == russian
    assert read_info(path, shown="a.sav", encoding="CP1251")[0].encoding == "cp1251"
    assert labels_of(single_byte_sav(tmp_path / "b.sav", russian, codec="cp1251", code_page=1251)) == russian


def test_kazakh_in_a_file_that_says_cp1251(tmp_path: Path) -> None:
    kazakh = list(KAZAKH.values())
    path = single_byte_sav(tmp_path / "a.sav", kazakh, codec="kz1048", declared="windows-1251")
    assert "`encoding: kz1048`" in refusal(path).hint
    assert labels_of(path, encoding="KZ-1048") == kazakh


def test_cp866_that_is_not_declared(tmp_path: Path) -> None:
    russian = list(RUSSIAN.values())
    path = single_byte_sav(tmp_path / "a.sav", russian, codec="cp866", declared="UTF-8")
    problem = refusal(path)
    assert "`encoding: cp866`" in problem.hint
    assert problem.where.variable == "V1"
    assert labels_of(path, encoding="cp866") == russian


def test_french_in_a_file_that_says_utf8(tmp_path: Path) -> None:
    path = single_byte_sav(tmp_path / "a.sav", list(FRENCH.values()), codec="cp1252", declared="UTF-8")
    assert "`encoding: cp1252`" in refusal(path).hint
    assert labels_of(path, encoding="cp1252") == list(FRENCH.values())


def test_text_in_the_data_counts_as_well(tmp_path: Path) -> None:
    towns = ["Алматы", "Астана", "Шымкент"]
    path = single_byte_sav(tmp_path / "a.sav", ["id"], codec="cp1251", declared="windows-1252", texts=towns)
    problem = refusal(path)
    assert problem.where.variable == "T"
    assert "text in the data" in problem.what
    raw, _ = read_file(path, level="x", shown="a.sav", columns=["T"], encoding="cp1251")
    assert raw.columns["T"].values.tolist() == towns
    assert read_file(path, level="x", shown="a.sav", columns=["V1"])[0].rows == 3
    undeclared = single_byte_sav(tmp_path / "b.sav", ["id"], codec="cp1251", declared="UTF-8", texts=towns)
    assert refusal(undeclared).where.variable == "T"


def test_a_chosen_encoding_that_is_wrong_or_unknown(tmp_path: Path) -> None:
    path = write_sav(tmp_path / "a.sav", RUSSIAN)
    problem = refusal(path, encoding="cp1251")
    assert "utf-8" in problem.hint
    assert labels_of(path, encoding="utf8") == list(RUSSIAN.values())
    problem = refusal(path, encoding="cp1521")
    assert "no such encoding" in problem.what
    assert "cp1251" in problem.hint
    bad = single_byte_sav(tmp_path / "b.sav", ["Вес"], codec="cp1251", code_page=1251)
    assert refusal(bad, encoding="utf-8").where.variable == "V1"


def test_letters_lost_before_saving(tmp_path: Path) -> None:
    problem = refusal(write_sav(tmp_path / "a.sav", {"w": "Ве\ufffd"}))
    assert problem.where.variable == "w"
    assert "U+FFFD" in problem.what
    assert "original" in problem.hint


def test_accented_labels_are_accepted_in_every_format(tmp_path: Path) -> None:
    for path in (write_sav(tmp_path / "a.sav", FRENCH), write_dta(tmp_path / "a.dta", FRENCH)):
        assert labels_of(path) == list(FRENCH.values())


def test_data_that_nothing_can_mend_is_a_warning(tmp_path: Path) -> None:
    texts = ["Ã©tÃ© Ã©tÃ©", "plain"]
    path = single_byte_sav(tmp_path / "a.sav", ["id"], codec="utf-8", declared="UTF-8", code_page=65001, texts=texts)
    _, problems = read_file(path, level="x", shown="a.sav", columns=None)
    assert [(p.code, p.severity) for p in problems] == [("read.encoding", Severity.WARNING)]
