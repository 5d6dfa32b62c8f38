"""What mkdocs-macros calls: practice cards, snippet blocks, tables, and the pages that are generated.

`define_env` is the whole interface. Pages that would only repeat the catalogue (one per topic, one per standard),
redirects, schemas and feeds are written into the docs folder before the build reads it and are never committed;
`python -m ztcheck.site` writes them alone. Markdown twins of the pages are written after the build.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from ztcheck.site.generate import write_generated
from ztcheck.site.macros import Macros
from ztcheck.site.model import Site
from ztcheck.site.twins import minutes, twin, write_twin

__all__ = ["define_env", "on_post_build", "on_post_page_macros", "on_pre_page_macros"]


def define_env(env: Any) -> None:
    """Register the macros with mkdocs-macros and write the generated pages.

    *env* is the plugin's environment (or Zensical's stand-in for it). Raises ToolError for a broken catalogue.
    """
    site = Site.read(Path(env.project_dir), Path(env.conf["docs_dir"]))
    write_generated(site)
    macros = Macros(site, env)
    for name, method in inspect.getmembers(macros, inspect.ismethod):
        if not name.startswith("_"):
            env.macro(method, name)
    env.zt_site = site
    env.zt_twins = {}


def on_pre_page_macros(env: Any) -> None:
    """Describe the page to search engines and link previews with its purpose, unless its head says otherwise."""
    page = env.zt_site.pages.get(env.page.file.src_uri.removesuffix(".md"))
    if page is not None:
        env.page.meta.setdefault("description", page.purpose)


def on_post_page_macros(env: Any) -> None:
    """Keep the page's text with its macros expanded: it becomes the Markdown twin. Say how long it takes to read."""
    source = env.page.file.src_uri
    env.zt_twins[source] = twin(env.markdown)
    if not source.startswith("reference/"):
        env.page.meta["minutes"] = minutes(env.markdown)


def on_post_build(env: Any) -> None:
    """Write the Markdown twin of each page beside it: ``build/protect-an-api.md``."""
    for src, text in env.zt_twins.items():
        write_twin(Path(env.conf["site_dir"]) / src, text)
