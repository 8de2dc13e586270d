"""The Jinja environment of the pages, and what every page carries inside."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from stancekit.report.cut import shown
from stancekit.report.labels import plain, signed

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def _asset(name: str) -> str:
    return files("stancekit.report").joinpath("templates", name).read_text(encoding="utf-8")


def _policy(script: str) -> str:
    """Content-Security-Policy of a page that loads nothing and runs this one script."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def hypothesis(sentence: str) -> Markup:
    """A hypothesis with an element for its speaker, whom the page's script names."""
    from markupsafe import Markup, escape

    head, *rest = plain(sentence).split("{speaker}")
    html = escape(head)
    for number, part in enumerate(rest):
        words = "The speaker" if number == 0 and not head else "the speaker"
        html += Markup('<span class="sp">{}</span>{}').format(words, part)
    return html


@cache
def environment() -> Environment:
    """The environment, made once; everything that it renders is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("stancekit.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"signed": signed, "shown": shown, "plain": plain, "hypothesis": hypothesis}
    theme = _asset("theme.js")
    scripts = {"script": theme + _asset("report.js"), "index_script": theme + _asset("index.js")}
    # The style sheet and the scripts are not escaped: they ship with the package.
    made.globals["css"] = Markup(made.get_template("report.css.j2").render())
    for name, script in scripts.items():
        made.globals[name] = Markup(script)
        made.globals[f"{name}_policy"] = _policy(script)
    return made
