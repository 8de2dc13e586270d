"""Writes examples/analysis.ipynb, with its outputs: python scripts/example_notebook.py."""

from __future__ import annotations

import argparse
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOK = FOLDER / "analysis.ipynb"

CELLS = (
    "# Who said what, and where does each speaker stand?\n\n"
    "From one article to a table and a figure. The models come with the package; nothing is "
    "downloaded. Needs `pip install 'stancekit[frame,plot]'`.",
    ">from pathlib import Path\n\n"
    "import stancekit\n\n"
    'text = Path("../fixtures/examples/wirraburra-coal-closure.txt").read_text(encoding="utf-8")\n'
    "print(text[:260])",
    "## Targets of one's own\n\n"
    "A target is what a stance is toward: a noun phrase, a claim, or sentences in your own words, "
    "with `{speaker}` where the speaker's name goes. Your own sentences read best.",
    ">targets = [\n"
    "    stancekit.Target(\n"
    '        id="closure",\n'
    '        name="closing the coal plant in June",\n'
    '        favor=("{speaker} thinks the coal plant should close.",),\n'
    '        against=("{speaker} wants the coal plant to stay open.",),\n'
    "    ),\n"
    '    stancekit.Target.from_text("the solar farm", id="solar"),\n'
    '    stancekit.Target.from_claim("Workers lose by the closure", id="workers"),\n'
    "]\n"
    'report = stancekit.analyze(text, targets=targets, id="wirraburra")\n'
    "report",
    "## A table\n\n"
    "A row for each statement and target; "
    "[docs/tables.md](../docs/tables.md) says what the columns hold.",
    ">frame = report.to_frame()\n"
    'takes_a_side = frame["label"] != "none"\n'
    'columns = ["speaker_name", "kind", "target", "label", "score", "content"]\n'
    "frame.loc[takes_a_side, columns].round(2).head(8)",
    "How many statements of each speaker take a side:",
    '>by = ["speaker_name", "target", "label"]\n'
    "frame[takes_a_side].groupby(by).size().unstack(fill_value=0)",
    "## A figure\n\n"
    "Each mark is the mean over a speaker's statements, its line the 95 % interval. "
    'Save it with `figure.savefig("stances.svg")`.',
    ">report.plot()",
    "## Look at what stands behind a number\n\n"
    "The models reverse some stances. Read the statements before you publish a score.",
    ">summary = max(report.summaries, key=lambda summary: abs(summary.score))\n"
    "names = {speaker.id: speaker.name for speaker in report.speakers}\n"
    "who = names[summary.speaker]\n"
    'print(f"{who} on {summary.target}: {summary.label} {summary.score:+.2f}")\n'
    "for statement in report.statements:\n"
    "    if statement.id in summary.statements:\n"
    '        print("  ", statement.content)',
)


def notebook() -> nbformat.NotebookNode:
    """The notebook without outputs; cells with ``>`` in front are code."""
    made = nbformat.v4.new_notebook()
    made.metadata["kernelspec"] = {
        "name": "python3", "display_name": "Python 3", "language": "python"
    }  # fmt: skip
    for number, source in enumerate(CELLS):
        is_code = source.startswith(">")
        new = nbformat.v4.new_code_cell if is_code else nbformat.v4.new_markdown_cell
        made.cells.append(new(source.removeprefix(">"), id=f"cell-{number}"))
    return made


def slimmed(made: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Without what only shows where neither HTML nor a picture can be shown."""
    for output in (output for cell in made.cells for output in cell.get("outputs", ())):
        if len(output.get("data", {})) > 1:
            output.data.pop("text/plain", None)
    return made


def execute(made: nbformat.NotebookNode) -> None:
    """Runs the cells in ``examples`` and keeps their outputs."""
    client = NotebookClient(
        made,
        timeout=300,
        startup_timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
        record_timing=False,
    )
    client.execute()


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    made = notebook()
    execute(made)
    # The version of Python says nothing about the outputs, and would change them.
    made.metadata.pop("language_info", None)
    nbformat.write(slimmed(made), NOTEBOOK)
