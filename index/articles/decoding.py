"""Bytes of a text file to characters: UTF-8 first, then what the file declares, then detection; never a blind guess."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from index.articles.limits import UnfitError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNATURES: Final = {
    b"%PDF-": "a PDF file",
    b"PK\x03\x04": "a zip, Word or Excel file",
    b"\xd0\xcf\x11\xe0": "an old Word or Excel file",
    b"{\\rtf": "an RTF file",
    b"\x1f\x8b": "a gzip file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
}
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MOST_CONTROLS: Final = 0.01
_LINE_ENDS: Final = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_DETECTED_BYTES: Final = 200_000
_LEAST_COHERENCE: Final = 0.1
_MOST_CHAOS: Final = 0.1
_MOST_ACCENTS: Final = 0.25
# What well-read Western text does not have: a sign inside a word, a capital accent after a small letter, three accented
# letters in a row, the sign for any currency, or control characters.
_OUT_OF_PLACE: Final = re.compile(
    r"[^\W\d_](?:[¹²³µ¼½¾]|(?![\w\s‘’“”–—‑…·«»])[\x80-\u2fff])+[^\W\d_]|[a-zß-öø-ÿ][À-ÖØ-ÞŠŽŒŸ]|[À-ÖØ-öø-ÿ]{3}|¤|[\x80-\x9f]"  # noqa: RUF001 -- these very characters are meant
)


def decode_text(data: bytes, *, declared: str | None = None) -> str:
    """The characters of a text file, with every line end as a line feed.

    Args:
        data: the whole file.
        declared: the encoding that the file itself names, if any.

    Raises:
        UnfitError: if the file is empty, binary, or in an encoding that can't be told.
    """
    if not data.strip():
        raise UnfitError("the file is empty")
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            raise UnfitError(f"it is {kind}, not text")
    text = _characters(data, declared)
    if "\x00" in text:
        raise UnfitError("it holds NUL bytes: a binary file, or UTF-16 without its mark; save it as UTF-8")
    text, controls = _CONTROLS.subn("", text)
    if controls > _MOST_CONTROLS * (len(text) + controls):
        raise UnfitError("it is a binary file, not text")
    text = _LINE_ENDS.sub("\n", text)
    if not text.strip():
        raise UnfitError("the file is empty")
    return text


def _characters(data: bytes, declared: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeError as error:
                raise UnfitError(f"it begins as {encoding.upper()} and goes on as something else") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if b"\x00" in data:
            raise UnfitError("it is a binary file, not text: it holds NUL bytes") from error
        if _nearly_utf8(data):
            raise UnfitError(f"its UTF-8 is damaged at byte {error.start}: save it again as UTF-8") from error
    return _declared(data, declared) or _western(data) or _detected(data)


def _nearly_utf8(data: bytes) -> bool:
    """Whether there are more characters of UTF-8 than bytes that break it: another encoding has next to none."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return sum(character > "\x7f" for character in text) - broken > broken


def _declared(data: bytes, declared: str | None) -> str | None:
    if not declared:
        return None
    # Browsers read these two as Windows-1252 too, because that is what pages that claim them are written in.
    name = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252"}.get(declared.lower(), declared)
    try:
        if not codecs.lookup(name)._is_text_encoding:  # noqa: SLF001 -- the only way to tell base64 from an encoding
            return None
        return data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None


def _western(data: bytes) -> str | None:
    """Windows-1252, Latin-9 or Mac Roman, the encodings that English text really comes in, if it reads well so.

    Asked first because detectors tell short Western texts apart by chance: cp1250, cp1257 and cp1252 share most bytes.
    """
    for encoding in ("cp1252", "iso8859-15", "mac_roman"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        letters = [character for character in text if character.isalpha()]
        accents = sum(character > "\x7f" for character in letters)
        if not _OUT_OF_PLACE.search(text) and accents <= _MOST_ACCENTS * len(letters):
            return text
    return None


def _detected(data: bytes) -> str:
    import charset_normalizer  # hardly any archive needs it

    for match in charset_normalizer.from_bytes(data[:_DETECTED_BYTES]):
        if match.chaos > _MOST_CHAOS or match.coherence < _LEAST_COHERENCE:
            continue
        try:
            text = data.decode(match.encoding)
        except UnicodeError:
            continue
        unassigned = any(unicodedata.category(character) in {"Co", "Cn"} for character in set(text))
        if not unassigned and not _OUT_OF_PLACE.search(text):
            return text
    raise UnfitError("its encoding can't be told: save it as UTF-8")
