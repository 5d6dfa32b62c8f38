"""The broker or the system browser signs in; a device code exists only for who asked for one."""

import re
import sys
import threading
import webbrowser
from collections.abc import Iterator

import httpx2
import msal
import pytest

from sign_in_native_app import BROKERS, SignInRefusedError, native_app, sign_in
from tests.snippets.people import READ, People, people
from token_errors import Step
from ztcheck.authority import Entra


class Browser(webbrowser.BaseBrowser):
    """Signs Ana in on a thread and posts the answer to the app's listener; or stays closed."""

    def __init__(self, there: People) -> None:
        super().__init__("scripted")
        self.there = there
        self.works = True
        self.accept = True
        self.opened: list[str] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        del new, autoraise
        self.opened.append(url)
        if self.works:
            threading.Thread(target=self._go, args=(url,)).start()
        return self.works

    def _go(self, url: str) -> None:
        back = self.there.entra.sign_in(url, self.there.contoso.user("ana"), accept=self.accept)
        httpx2.post(back.pop("redirect_uri"), data=back)


@pytest.fixture
def there(entra: Entra) -> People:
    entra.device_interval = 1
    return people(entra)


@pytest.fixture
def browser(there: People) -> Iterator[Browser]:
    browser = Browser(there)
    webbrowser.register("scripted", None, browser, preferred=True)
    yield browser
    webbrowser._tryorder.remove("scripted")  # type: ignore[attr-defined]


@pytest.fixture
def app(there: People) -> msal.PublicClientApplication:
    return native_app(there.client.app_id, there.contoso.id)


def device_codes(there: People) -> int:
    return len(there.entra.log.find("*/devicecode"))


def test_signs_in_through_the_system_browser(there, browser, app):
    assert "access_token" in sign_in(app, [READ])
    (url,) = browser.opened
    for part in ("https://login.microsoftonline.com/", "response_type=code", "code_challenge_method=S256"):
        assert part in url
    assert device_codes(there) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="without the broker's package, as on the machines of this test")
def test_says_so_when_there_is_no_broker(there, caplog):
    native_app(there.client.app_id, there.contoso.id)
    assert "no broker on this machine" in caplog.text


def test_asks_for_the_broker_of_every_system(there, monkeypatch):
    given: list[dict[str, object]] = []
    monkeypatch.setattr(msal, "PublicClientApplication", lambda _, **options: given.append(options))
    native_app(there.client.app_id, there.contoso.id)
    assert {name for name, value in given[0].items() if value is True} == set(BROKERS)


@pytest.mark.parametrize("error", [ImportError("pymsalruntime"), OSError("libwebkit2gtk-4.1.so.0")], ids=repr)
def test_uses_the_browser_when_the_broker_cannot_be_loaded(error, there, monkeypatch):
    true_app = msal.PublicClientApplication

    def without_broker(client_id: str, **options: object) -> msal.PublicClientApplication:
        if options.get(BROKERS[0]):
            raise error
        return true_app(client_id, **options)

    monkeypatch.setattr(msal, "PublicClientApplication", without_broker)
    assert native_app(there.client.app_id, there.contoso.id)


def test_refuses_to_turn_to_a_device_code_when_the_browser_stays_closed(there, browser, app):
    browser.works = False
    with pytest.raises(msal.BrowserInteractionTimeoutError):
        sign_in(app, [READ], timeout=1)
    assert device_codes(there) == 0


def test_refuses_to_turn_to_a_device_code_when_the_user_declines(there, browser, app):
    browser.accept = False
    with pytest.raises(SignInRefusedError) as refused:
        sign_in(app, [READ])
    assert refused.value.refusal.step is Step.EXPLAIN
    assert device_codes(there) == 0


class Screen:
    """What the app says, and Ana, who types the code that she reads."""

    def __init__(self, there: People, *, accept: bool = True) -> None:
        self.there = there
        self.accept = accept
        self.text = ""

    def __call__(self, text: str) -> None:
        self.text += text
        code = re.search(r"enter the code (\w+)", text)
        assert code
        self.there.entra.approve_device(code[1], self.there.contoso.user("ana"), accept=self.accept)


def test_signs_in_by_device_code_if_it_was_asked_for(there, app):
    screen = Screen(there)
    assert "access_token" in sign_in(app, [READ], device_code=True, say=screen)
    for word in ("Contoso Orders on ", "only if you started it", "it is an attack"):
        assert word in screen.text


def test_refuses_when_the_tenant_blocks_device_codes(there, app):
    there.contoso.require("block", flow="deviceCodeFlow")
    with pytest.raises(SignInRefusedError):
        sign_in(app, [READ], device_code=True, say=Screen(there))


def test_refuses_when_the_user_declines_the_device_code(there, app):
    with pytest.raises(SignInRefusedError) as refused:
        sign_in(app, [READ], device_code=True, say=Screen(there, accept=False))
    assert refused.value.refusal.step is Step.EXPLAIN


def test_refuses_a_device_code_for_an_app_that_may_not_have_one(there, app):
    there.client.add_secret()
    with pytest.raises(SignInRefusedError) as refused:
        sign_in(app, [READ], device_code=True, say=lambda _: pytest.fail("said"))
    assert refused.value.refusal.step is Step.ALERT


@pytest.mark.parametrize("fault", ["throttle", "unavailable", "html", "cut"])
@pytest.mark.parametrize("path", ["*/devicecode", "*/token"])
def test_refuses_with_the_next_step_during_an_outage(path, fault, there, app):
    def say(_: str) -> None:
        getattr(there.entra.faults, fault)(path, times=None)

    if path == "*/devicecode":
        say("")
    with pytest.raises(SignInRefusedError) as refused:
        sign_in(app, [READ], device_code=True, say=say)
    assert refused.value.refusal.step is Step.WAIT


@pytest.mark.usefixtures("browser")
def test_refuses_to_hold_a_credential(there, app):
    sign_in(app, [READ])
    for exchange in there.entra.log.find("*/token"):
        assert not {"client_secret", "client_assertion"} & set(exchange.request.form)
