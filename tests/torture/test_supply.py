"""A part of the attacks on supply at every `make test`, and that they see what is wrong where something is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture import supply
from tests.torture.report import Plan


def test_everything_that_runs_is_pinned() -> None:
    row = supply.pins_row()
    assert row.lost == ()
    assert row.tried > 40


def test_a_missing_or_other_pin_is_seen(tmp_path: Path) -> None:
    text = (supply.ROOT / "constraints.txt").read_text(encoding="utf-8")
    other = tmp_path / "constraints.txt"
    other.write_text(text.replace("lxml==", "lxml==0.").replace("typer==", "# typer=="), encoding="utf-8")
    assert [one.split()[0] for one in supply.pins_row(other).lost] == ["lxml", "typer"]


def test_no_source_turns_data_into_code() -> None:
    assert supply.sources_row([supply.ROOT / "index", supply.ROOT / "bot"]).lost == ()


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "eval(text)",
        "exec(text)",
        "yaml.load(text)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(text, shell=True)",
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
        "os.system(text)",
    ],
)
def test_code_out_of_data_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.py").write_text(f"{line}\n", encoding="utf-8")
    assert supply.sources_row([tmp_path]).lost


def test_what_is_safe_is_let_pass(tmp_path: Path) -> None:
    lines = (
        "re.compile(text)\nyaml.safe_load(text)\ntorch.load(path, weights_only=True)\nnp.load(path)\nrun(shell=False)\n"
    )
    (tmp_path / "good.py").write_text(lines, encoding="utf-8")
    assert supply.sources_row([tmp_path]).lost == ()


def test_without_a_network_the_core_answers(tmp_path: Path) -> None:
    row = supply.network_row(Plan(scale=0.01, seed=6, folder=tmp_path))
    assert row.lost == ()


def test_a_connection_outwards_is_seen_and_stopped(tmp_path: Path) -> None:
    environment = supply._environment(tmp_path)
    for call in ("socket.socket().connect(('192.0.2.1', 9))", "socket.getaddrinfo('example.org', 80)"):
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", f"import socket; {call}"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "a socket was to be connected" in done.stderr
    assert (tmp_path / "connections").read_text(encoding="utf-8").splitlines() == [
        "192.0.2.1:9",
        "example.org:80 (looked up)",
    ]
    unpickling = "import pickle; pickle.loads(pickle.dumps(OSError()))"
    subprocess.run([sys.executable, "-c", unpickling], env=environment, check=True)  # noqa: S603 - our own interpreter
    assert "OSError" in (tmp_path / "unpickled").read_text(encoding="utf-8")
