"""Supply: what is installed is what was pinned, models are what was shipped, no code comes out of data, no network."""

from __future__ import annotations

import ast
import gzip
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from index.bootstrap import bundled_model
from tests.torture.report import Plan, Row

ROOT: Final = Path(__file__).parents[2]
SHIPPED: Final = ROOT / "index" / "models"
NOT_OURS: Final = {"dateline", "pip"}
"""Installed, and not pinned: the project itself, and the installer."""
MODULES: Final = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "jsonpickle"}
"""Modules that turn data into code."""
CALLS: Final = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load",
                "yaml.full_load", "torch.load", "joblib.load", "numpy.load", "np.load"}  # fmt: skip
"""Calls that run what they are given, or read what may run."""
ALLOWED: Final[Mapping[str, frozenset[str]]] = {}
"""Calls that are allowed by file, each with its reason beside it; none so far."""


def attacks(plan: Plan) -> Iterator[Row]:
    """Pins, sources, models, network."""
    yield pins_row()
    yield sources_row([ROOT / "index", ROOT / "bot"])
    yield models_row(plan)
    yield network_row(plan)
    yield reached_row(plan)


def closure(name: str) -> dict[str, str]:
    """All that a distribution needs at run time, by its normal name, with the installed version."""
    found: dict[str, str] = {}
    asked: set[tuple[str, str]] = set()
    waiting = [(name, "")]
    while waiting:
        current, extra = waiting.pop()
        if (current, extra) in asked:
            continue
        asked.add((current, extra))
        distribution = importlib.metadata.distribution(current)
        found[canonicalize_name(current)] = distribution.version
        for text in distribution.requires or ():
            need = Requirement(text)
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                waiting += [(need.name, one) for one in (need.extras or {""})] + [(need.name, "")]
    return found


def pinned(path: Path) -> dict[str, str]:
    """The constraints, by normal name."""
    lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}


def pins_row(constraints: Path = ROOT / "constraints.txt") -> Row:
    """Whatever the bot runs with is pinned to the version that is installed."""
    pins, lost = pinned(constraints), []
    needed = {name: version for name, version in closure("dateline").items() if name not in NOT_OURS}
    for name, version in sorted(needed.items()):
        # A local version, such as torch's +cpu, is a build of the same release.
        if pins.get(name) != version.partition("+")[0]:
            lost.append(f"{name} {version} is installed and {pins.get(name, 'nothing')} is pinned")
    return Row(attack="a dependency that nobody pinned", tried=len(needed), held="each pinned to what is installed",
               lost=tuple(lost))  # fmt: skip


def sources_row(folders: list[Path]) -> Row:
    """No file of the product turns data into code."""
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    lost = [f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}:{found}" for path in paths
            for found in suspicious(path)]  # fmt: skip
    return Row(attack="code out of data: pickle, eval, yaml.load, shell, remote code", tried=len(paths),
               held="in no source file", lost=tuple(lost))  # fmt: skip


def suspicious(path: Path) -> Iterator[str]:
    """Lines that import what unpickles, run what they are given, or let others' code in."""
    with tokenize.open(path) as file:
        tree = ast.parse(file.read(), str(path))
    allowed = ALLOWED.get(path.name, frozenset())
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for one in names:
                    if one.name.partition(".")[0] in MODULES:
                        yield f"{node.lineno} imports {one.name}"
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in MODULES:
                yield f"{node.lineno} imports {module}"
            case ast.Call(func=func, keywords=keywords):
                name = ast.unparse(func)
                if name in CALLS and name not in allowed and not _is_safe(name, keywords):
                    yield f"{node.lineno} calls {name}"
                yield from (f"{node.lineno} gives {one.arg}" for one in keywords if _lets_in(one))


def _is_safe(name: str, keywords: list[ast.keyword]) -> bool:
    given = {one.arg: ast.unparse(one.value) for one in keywords}
    if name == "torch.load":
        return given.get("weights_only") == "True"
    return name in {"numpy.load", "np.load"} and given.get("allow_pickle", "False") == "False"


def _lets_in(keyword: ast.keyword) -> bool:
    value = ast.unparse(keyword.value)
    return (keyword.arg in {"trust_remote_code", "allow_pickle", "shell"} and value != "False") or (
        keyword.arg == "weights_only" and value != "True"
    )


def models_row(plan: Plan) -> Row:
    """A bit turned in every file of every shipped model, in a copy, at its ends, its middle and elsewhere."""
    from index.backends.models import load_session, load_tokenizer, read_model_folder, vouched
    from index.errors import ModelError

    lost, tried = [], 0
    for folder in sorted(SHIPPED.iterdir()):
        bundled_model(folder.name)
        copy = plan.folder / "models" / folder.name
        shutil.copytree(folder, copy)
        for path in sorted(copy.iterdir()):
            if path.suffix == ".md":
                continue
            content = path.read_bytes()
            places = {0, len(content) // 2, len(content) - 1} | {
                (number * 7_919) % len(content) for number in range(plan.times(12 if len(content) > 10**6 else 60))
            }
            for place in sorted(places):
                tried += 1
                path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
                try:
                    vouched(copy)
                    described = read_model_folder(copy)
                    load_tokenizer(described)
                    load_session(described)
                    lost.append(f"{folder.name}/{path.name}, byte {place}, was loaded")
                except ModelError as error:
                    if "reinstall the package" not in str(error):
                        lost.append(f"{folder.name}/{path.name}, byte {place}: {error}")
            path.write_bytes(content)
    return Row(attack="a bit turned in a model's files", tried=tried, held="refused with the cure before it is loaded",
               lost=tuple(lost))  # fmt: skip


def network_row(plan: Plan) -> Row:
    """The core at work where there is no network; else under a hook that notes every connection."""
    shut, how = _without_network()
    home, lost = plan.folder / "alone", []
    articles = home / "articles"
    shutil.copytree(ROOT / "articles", articles)
    for path in sorted(articles.iterdir())[plan.times(16, least=3) :]:
        path.unlink()
    (home / "questions.jsonl").write_text(
        json.dumps({"id": 1, "question": "Why was the bridge closed?"}) + "\n", "utf-8"
    )
    data = str(home / "data")
    orders = [
        ("index", "--articles", str(articles), "--data", data), ("search", "bridge", "--data", data),
        ("ask", "Why was the bridge closed?", "--data", data), ("status", "--json", "--data", data),
        ("ask", "--batch", str(home / "questions.jsonl"), "--data", data), ("chat", "--data", data),
    ]  # fmt: skip
    orders.append(("eval", "squad2", "--sets", str(_tiny_set(home)), "--json"))
    for order in orders:
        done = _alone(shut, order, home, talk="Why was the bridge closed?\nand when did it open again?\n\n")
        if done.returncode or "socket" in done.stderr:
            lost.append(f"dateline {order[0]}: {done.stderr[-300:]}")
    # It must be able to fail: a connection outwards, under the same conditions.
    outwards = [*shut, sys.executable, "-c", "import socket; socket.create_connection(('192.0.2.1', 9), 3)"]
    watched = None if shut else _environment(home)
    failed = subprocess.run(outwards, env=watched, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
    if not failed.returncode:
        lost.append("a connection outwards was possible where none should be")
    return Row(attack="index, search, ask, chat, status, eval without a network", tried=len(orders) + 1,
               held=f"all work, {how}", lost=tuple(lost))  # fmt: skip


def _tiny_set(home: Path) -> Path:
    """A set of two questions in the form of `squad2`."""
    text = "The bridge at Tolvermouth was closed in March because of a crack. It opened again in May."
    asked = {"When was the bridge closed?": ["in March"], "Who painted the bridge?": []}
    (home / "sets" / "squad2").mkdir(parents=True)
    with gzip.open(home / "sets" / "squad2" / "dev.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, (question, answers) in enumerate(asked.items()):
            row = {"id": str(number), "title": "Bridge", "question": question, "context": text, "answers": answers}
            file.write(json.dumps(row) + "\n")
    return home / "sets"


def _without_network() -> tuple[list[str], str]:
    """How to run something without a network, in the strictest way that this machine allows."""
    for way in (["unshare", "-n"], ["unshare", "-rn"]):
        if shutil.which("unshare") and not subprocess.run([*way, "true"], capture_output=True, check=False).returncode:  # noqa: S603 - a tool of the system
            return way, f"in a namespace without one ({' '.join(way)})"
    return [], "watched by an audit hook (unshare is not allowed here)"


def _alone(shut: list[str], order: tuple[str, ...], home: Path, talk: str) -> subprocess.CompletedProcess[str]:
    run = [*shut, sys.executable, "-c", "from index.cli import main; main()", *order]
    return subprocess.run(  # noqa: S603 - our own interpreter
        run, input=talk, env=_environment(home), cwd=home, capture_output=True, text=True, check=False, timeout=1_200
    )


def _environment(home: Path) -> dict[str, str]:
    """With a hook in every Python below that lets nobody connect but to this machine."""
    (home / "hook").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("audit_hook.py"), home / "hook" / "sitecustomize.py")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "DATELINE_"))}
    return kept | {"PYTHONPATH": f"{home / 'hook'}{os.pathsep}{ROOT}", "NO_COLOR": "1",
                   "CONNECTIONS": str(home / "connections"), "UNPICKLED": str(home / "unpickled")}  # fmt: skip


def reached_row(plan: Plan) -> Row:
    """The bot connects nowhere but to its Discord, and nothing that it runs unpickles or evaluates data."""
    import asyncio

    from tests.torture.supply_bot import session

    home = plan.folder / "bot"
    shutil.copytree(ROOT / "articles", home / "articles")
    for path in sorted((home / "articles").iterdir())[3:]:
        path.unlink()
    port, asked = asyncio.run(session(home, _environment(home)))
    noted = (home / "connections").read_text(encoding="utf-8").splitlines() if (home / "connections").exists() else []
    lost = [f"connected to {one}" for one in sorted(set(noted)) if not one.endswith(f":{port}")]
    lost += (home / "unpickled").read_text(encoding="utf-8").splitlines() if (home / "unpickled").exists() else []
    if not noted:
        lost.append("no connection was noted, not even the one to Discord")
    return Row(attack="what the bot connects to, indexing included", tried=len(noted),
               held=f"its Discord alone, in {asked} questions and a reindexing; nothing unpickled",
               lost=tuple(lost))  # fmt: skip
