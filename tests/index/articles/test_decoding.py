"""Encodings: told where they can be told, refused where not, and no mojibake in between."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles.decoding import decode_text
from index.articles.limits import UnfitError

ENGLISH = "“It’s over,” said José Núñez, the mayor of Köln — the £5 toll cost €5 million, a naïve idea at 20°C."
FRENCH = "Un élève a été blessé à Besançon après l’été. Le préfet a déclaré que le garçon était déjà à l’hôpital."
POLISH = "Władze miasta ogłosiły w środę, że most będzie zamknięty do końca lutego. Żaden autobus nie pojedzie."
RUSSIAN = "Власти города объявили в среду, что мост будет закрыт до конца февраля."
JAPANESE = "東京都は水曜日、橋を二月末まで閉鎖すると発表した。記者会見で知事が述べた。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *itertools.product((ENGLISH, FRENCH, POLISH, RUSSIAN, JAPANESE), ("utf-8", "utf-8-sig", "utf-16", "utf-32")),
        (ENGLISH, "cp1252"),
        (ENGLISH, "mac_roman"),
        (FRENCH, "cp1252"),
        ("The café reopened. £5", "latin-1"),
        ("The café costs €5.", "iso8859-15"),
        (POLISH, "cp1250"),
        (RUSSIAN, "cp1251"),
        (JAPANESE, "shift_jis"),
    ],
)
def test_the_encoding_is_told(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"%PDF-1.7 text", "it is a PDF file, not text"),
        (b"PK\x03\x04 text", "a zip, Word or Excel file"),
        (b"{\\rtf1 text}", "it is an RTF file"),
        (b"\x1f\x8b text", "it is a gzip file"),
        (b"text \x00 text", "it holds NUL bytes"),
        ("text".encode("utf-16-le"), "UTF-16 without its mark"),
        (bytes(range(1, 256)) * 20, "can't be told"),
        (b"\x00\xff\xfe" * 500, "it is a binary file"),
        (b"\x01\x02\x03\x04 text", "it is a binary file"),
        (b"\xff\xfea", "it begins as UTF-16 and goes on as something else"),
        ("“Café” naïve".encode() + b"\xff and more", "its UTF-8 is damaged at byte 18"),
        ("Mostly English, with Привет in it and more English.".encode("cp1251"), "its encoding can't be told"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(data: bytes, why: str) -> None:
    with pytest.raises(UnfitError) as refused:
        decode_text(data)
    assert why in str(refused.value)


def test_a_declared_encoding_counts_unless_it_is_none() -> None:
    assert decode_text(RUSSIAN.encode("koi8-r"), declared="KOI8-R") == RUSSIAN
    for nonsense in ("base64", "rot13", "no-such-code", "utf-8", "idna"):
        assert decode_text(ENGLISH.encode("cp1252"), declared=nonsense) == ENGLISH


@given(st.binary(max_size=2000))
def test_any_bytes_are_text_or_a_reason(data: bytes) -> None:
    try:
        text = decode_text(data)
    except UnfitError as error:
        assert str(error)  # noqa: PT017 -- either outcome is right, a different exception is not
    else:
        assert text.strip()
        assert "\x00" not in text
        assert "\r" not in text
        text.encode()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
def test_utf8_is_never_taken_for_anything_else(text: str) -> None:
    assert decode_text(text.encode()) == text.removeprefix("\ufeff").replace("\u2028", "\n").replace("\u2029", "\n")
