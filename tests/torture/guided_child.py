"""One parser under guidance by coverage, in the process that :mod:`tests.torture.guided` starts for it.

Nothing of the product may be imported before it is instrumented, so this module imports none of it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import atheris

PRODUCT: Final = ("index", "bot")
PARSERS: Final[Mapping[str, tuple[str, ...]]] = {
    "articles: Markdown": ("markdown_it", "yaml", "tomllib"),
    "articles: whole pages": ("trafilatura", "justext"),
    "sentences": ("sentencex",),
}
"""Libraries in Python that a parser gives its input to; instrumented for it alone, since it costs speed."""


def main() -> None:
    """`NAME SEED CORPUS [libFuzzer's options]`: tries inputs until time is up or a promise is broken."""
    name, seed, corpus, *options = sys.argv[1:]
    # Compared strings tell the fuzzer what to write. The hook for regular expressions wraps them in what is no pattern.
    atheris.enabled_hooks.add("str")
    with atheris.instrument_imports(include=[*PRODUCT, *PARSERS.get(name, ())]):
        from tests.torture.drawn import examples, given, kind_of
        from tests.torture.mutation import Mutator
        from tests.torture.targets import TARGETS

        (target,) = [one for one in TARGETS if one.name == name]
        kind = kind_of(target)
        # Modules that are imported where they are used are imported, and instrumented, now.
        for number in range(50):
            with contextlib.suppress(*target.refuses):
                target.check(target.make(Mutator(f"warm {number}")))
    for number, data in enumerate(examples(target, kind, int(seed))):
        (Path(corpus) / f"{number:03d}").write_bytes(data)

    def tried(data: bytes) -> None:
        with contextlib.suppress(*target.refuses):
            target.check(given(target, kind, data))

    atheris.Setup([sys.argv[0], corpus, f"-seed={seed}", *options], tried)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
