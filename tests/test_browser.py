"""The browser that tests use refuses other hosts and tells on pages."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser import accessibility_problems


@pytest.fixture
def page_of(tmp_path, visit):
    def open_page(html, **options):
        path = tmp_path / "page.html"
        path.write_text(f"<!doctype html><html lang=en><title>t</title>{html}", encoding="utf-8")
        return visit(path.as_uri(), **options)

    return open_page


@pytest.mark.parametrize("address", ["https://example.com/a.png", "http://192.0.2.1/a.png", "http://localhost:9/a.png"])
def test_a_request_to_another_host_is_refused_and_recorded(page_of, visit, address):
    page = page_of(f'<img src="{address}" alt="">')
    assert page.evaluate("document.images[0].naturalWidth") == 0
    assert visit.foreign == [address]
    visit.foreign.clear()
    visit.errors.clear()


def test_an_exception_in_a_page_is_recorded(page_of, visit):
    page_of("<script>throw new Error('broken')</script>")
    assert any("broken" in error for error in visit.errors)
    visit.errors.clear()


def test_axe_finds_text_without_contrast_in_dark_mode_only(page_of):
    style = "@media (prefers-color-scheme: dark) { body { background: #111; color: #fff } p { color: #333 } }"
    html = f"<style>{style}</style><main><h1>h</h1><p>Read me</p></main>"
    assert accessibility_problems(page_of(html)) == []
    assert [line.split(":")[0] for line in accessibility_problems(page_of(html, dark=True))] == ["color-contrast"]


def test_a_page_works_without_scripts(page_of):
    page = page_of("<noscript><p>plain</p></noscript>", java_script_enabled=False, width=390)
    assert page.inner_text("p") == "plain"
    assert page.viewport_size["width"] == 390


def test_a_page_finds_nothing_that_another_test_has_stored(visit, tmp_path):
    folder = functools.partial(SimpleHTTPRequestHandler, directory=tmp_path)
    (tmp_path / "page.html").write_text("<!doctype html><title>t</title>")
    with ThreadingHTTPServer(("127.0.0.1", 0), folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/page.html"
        visit(address).evaluate("localStorage.setItem('theme', 'dark'); document.cookie = 'theme=dark'")
        stored = "[localStorage.getItem('theme'), document.cookie]"
        assert visit(address).evaluate(stored) == ["dark", "theme=dark"]
        visit.end()
        assert visit(address).evaluate(stored) == [None, ""]
        server.shutdown()
