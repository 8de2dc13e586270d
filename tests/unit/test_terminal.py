"""The table in a terminal of 80 columns, in a pipe, and with ``NO_COLOR``, as processes see it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import report_examples as examples
from rich.cells import cell_len

import stancekit

# The command line with a pipeline that answers without models.
PROGRAM = """
import sys, types
sys.path[:0] = {paths!r}
import test_cli
module = types.ModuleType("stancekit.pipeline")
test_cli.FakePipeline.calls = []
module.StancePipeline = test_cli.FakePipeline
sys.modules["stancekit.pipeline"] = module
sys.exit(test_cli.main(sys.argv[1:]))
"""
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*(?:[349][0-7]|10[0-7]|[34]8)(?:;[0-9]+)*m")
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    article = tmp_path / "harbour.txt"
    article.write_text(examples.HARBOUR, encoding="utf-8")
    paths = [str(Path(__file__).parent), str(Path(stancekit.__file__).parents[1])]
    return [sys.executable, "-c", PROGRAM.format(paths=paths), "analyze", str(article)]


def environment(**more: str) -> dict[str, str]:
    """Without what the terminal of whoever runs the tests asks for."""
    asking = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM")
    kept = {k: v for k, v in os.environ.items() if k not in asking and not k.startswith("TTY_")}
    return kept | {"PYTHONIOENCODING": "utf-8"} | more


def in_terminal(command: list[str], env: Mapping[str, str], *, columns: int = 80) -> str:
    """What a program writes to a terminal of this width."""
    pty = pytest.importorskip("pty", reason="the system has no pseudo-terminals")
    import fcntl
    import struct
    import termios

    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(command, stdout=child, stderr=child, stdin=child, env=env) as process:
        os.close(child)
        parts = []
        while True:
            try:
                part = os.read(parent, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not part:
                break
            parts.append(part)
    os.close(parent)
    assert process.returncode == 0, b"".join(parts)
    return b"".join(parts).decode("utf-8").replace("\r\n", "\n")


def widest(text: str) -> int:
    return max(cell_len(line) for line in ESCAPE.sub("", text).splitlines())


def test_a_terminal_of_80_columns_gets_colour_and_no_longer_line(command: list[str]) -> None:
    text = in_terminal(command, environment(TERM="xterm-256color"))
    assert COLOUR.search(text)
    assert widest(text) <= 80
    assert "+0.88 tunnel" in ESCAPE.sub("", text)


def test_no_color_is_honoured(command: list[str]) -> None:
    text = in_terminal(command, environment(TERM="xterm-256color", NO_COLOR="1"))
    assert not COLOUR.search(text)
    # Signs and words say what colour says otherwise.
    plain = ESCAPE.sub("", text)
    assert "+0.88 tunnel" in plain and "\N{MINUS SIGN}0.93" in plain


def test_a_terminal_that_knows_no_colour_gets_none(command: list[str]) -> None:
    assert not COLOUR.search(in_terminal(command, environment(TERM="dumb")))


def test_a_narrow_terminal(command: list[str]) -> None:
    assert widest(in_terminal(command, environment(TERM="xterm"), columns=50)) <= 50


def test_a_pipe_gets_80_columns_and_no_escapes(command: list[str]) -> None:
    for env in (environment(TERM="xterm-256color"), environment()):
        found = subprocess.run(command, capture_output=True, check=True, env=env)
        text = found.stdout.decode("utf-8")
        assert "\x1b" not in text
        assert widest(text) <= 80
        assert "Tomas Rehák" in text


def test_a_file_gets_no_escapes(command: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    in_terminal([*command, "-o", str(out)], environment(TERM="xterm-256color"))
    assert "\x1b" not in out.read_text(encoding="utf-8")
