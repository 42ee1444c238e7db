"""Draws the README's pictures of the bot's replies: ``python -m tests.bot.gallery``.

Asks the sample archive through the loopback Discord (:mod:`tests.bot.gallery.scenes`), and draws the messages that the
bot really sent as Discord's dark theme shows them: ``draw.mjs`` makes a web page of their JSON, with a parser of
Discord's markdown that is not ours, and headless Chromium takes its picture. No renderer of Discord messages on npm
knew containers, separators and text displays when this was written (@skyra/discord-components-core 4.0.2
and @derockdev/discord-components-core 3.6.1 among them), so those are drawn by ``page.css``.

Needs Debian's ``chromium``, ``fonts-noto-core``, ``nodejs`` and ``npm``; the parser goes to ``build/gallery``, which is
never committed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

from tests.bot.gallery.scenes import Shot, Unfit, scenes
from tests.bot.process import ROOT

HERE: Final = Path(__file__).parent
BUILD: Final = ROOT / "build" / "gallery"
PARSER: Final = "@odiffey/discord-markdown@3.3.0"
WIDTH, HEIGHT, SCALE = 780, 2_400, 2
MARGIN: Final = 12
COLOURS: Final = 128


def run(*command: str) -> None:
    """Runs a tool; its own messages are shown if it fails.

    Raises:
        SystemExit: the tool is missing or failed.
    """
    found = shutil.which(command[0])
    if found is None:
        raise SystemExit(f"{command[0]} is not installed: see the head of {__file__}")
    done = subprocess.run([found, *command[1:]], cwd=BUILD, capture_output=True, text=True, check=False)  # noqa: S603 - tools found above
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def draw(name: str, shots: list[Shot], folder: Path) -> Path:
    """Draws one picture; its path."""
    page, shown = BUILD / f"{name}.html", BUILD / f"{name}.json"
    shown.write_text(json.dumps([asdict(shot) for shot in shots], ensure_ascii=False, indent=2), encoding="utf-8")
    run("node", "draw.mjs", str(shown), str(HERE / "page.css"), str(page))
    taken = BUILD / f"{name}.png"
    run(
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--force-device-scale-factor={SCALE}",
        f"--window-size={WIDTH},{HEIGHT}",
        f"--screenshot={taken}",
        page.as_uri(),
    )
    picture = folder / f"discord-{name}.png"
    _trimmed(Image.open(taken).convert("RGB")).quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)
    return picture


def _trimmed(image: Image.Image) -> Image.Image:
    """Without the empty space below."""
    empty = Image.new("RGB", image.size, image.getpixel((0, image.height - 1)))
    box = ImageChops.difference(image, empty).getbbox()
    return image.crop((0, 0, image.width, min(image.height, (box[3] if box else 0) + MARGIN * SCALE)))


def main(folder: Path) -> int:
    """Takes the shots and draws the pictures."""
    BUILD.mkdir(parents=True, exist_ok=True)
    # Node looks for the parser beside the script.
    shutil.copy(HERE / "draw.mjs", BUILD)
    run("npm", "install", "--no-save", "--no-package-lock", "--prefix", str(BUILD), PARSER)
    with tempfile.TemporaryDirectory() as home:
        shutil.copytree(ROOT / "articles", Path(home) / "articles")
        try:
            taken = asyncio.run(scenes(Path(home)))
        except Unfit as unfit:
            raise SystemExit(str(unfit)) from None
    for name, shots in taken.items():
        picture = draw(name, shots, folder)
        sys.stdout.write(f"{picture} ({picture.stat().st_size // 1024} KiB)\n")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs", help="where the pictures go")
    sys.exit(main(parser.parse_args().folder))
