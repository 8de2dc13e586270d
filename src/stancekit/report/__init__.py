"""A report as JSON, table, HTML, CSV, Parquet, data frame and figure.

Nothing here imports pandas, pyarrow, matplotlib, rich or jinja2 before the
function that needs it is called.
"""

from stancekit.report.figure import plot
from stancekit.report.frame import to_csv, to_dataset, to_frame, to_parquet
from stancekit.report.html import to_html, to_html_fragment
from stancekit.report.index import to_html_index
from stancekit.report.serialize import schema, to_dict, to_json
from stancekit.report.table import render_table

__all__ = [
    "plot",
    "render_table",
    "schema",
    "to_csv",
    "to_dataset",
    "to_dict",
    "to_frame",
    "to_html",
    "to_html_fragment",
    "to_html_index",
    "to_json",
    "to_parquet",
]
