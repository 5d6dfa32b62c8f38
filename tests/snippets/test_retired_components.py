"""No file names an identity component that is retired."""

import pytest

from tests.snippets.programs import HOSTILE, run_program


@pytest.fixture
def run(tmp_path, monkeypatch):
    def run(text, name="src/app.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return run_program("retired_components.py", [str(tmp_path)], monkeypatch)

    return run


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "adal==1.2.7"),
        ("app.py", "from adal import AuthenticationContext"),
        ("package.json", '"adal-angular": "^1.0.18"'),
        ("package.json", '"adal-node": "0.2"'),
        ("package.json", '"react-adal": "0.5"'),
        ("pom.xml", "<artifactId>adal4j</artifactId>"),
        ("App.csproj", '<PackageReference Include="Microsoft.IdentityModel.Clients.ActiveDirectory" />'),
        ("a.cs", "using Microsoft.Azure.ActiveDirectory.GraphClient;"),
        ("settings.json", '"resource": "https://GRAPH.windows.net/"'),
        ("pyproject.toml", 'dependencies = ["azure-graphrbac"]'),
        ("package.json", '"passport-azure-ad": "4"'),
        ("setup.ps1", "Connect-AzureAD -TenantId $tenant"),
        ("setup.ps1", "Import-Module AzureADPreview"),
        ("setup.PS1", "Get-MsolUser -All"),
        ("setup.ps1", "connect-msolservice"),
    ],
)
def test_refuses(run, name, text):
    done = run(f"first line\n{text}\n", name)
    assert done.code == 1
    assert f"'{name}', line 2" in done.out


def test_refuses_in_a_folder_with_a_hostile_name(run):
    assert run("import adal", f"a{HOSTILE}/b.py").code == 1


@pytest.mark.parametrize(
    "text",
    [
        "import msal",
        "adaline = 1",
        "from my.adal import x",
        "https://graph.microsoft.com",
        "Connect-MgGraph",
        "a-adal-b",
    ],
)
def test_accepts(run, text):
    assert run(text).code == 0


def test_accepts_what_others_installed(run):
    run("import msal")
    assert run("import adal", "node_modules/a/index.js").code == 0


def test_does_not_follow_a_link(run, tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "a.py"
    outside.write_text("import adal", encoding="utf-8")
    (tmp_path / "b.py").symlink_to(outside)
    (tmp_path / "c").symlink_to(outside.parent)
    assert run("import msal").code == 0


def test_refuses_to_judge_a_folder_without_source(tmp_path, monkeypatch):
    assert run_program("retired_components.py", [str(tmp_path)], monkeypatch).code == 2


def test_refuses_to_judge_a_folder_that_is_not_there(tmp_path, monkeypatch):
    assert run_program("retired_components.py", [str(tmp_path / "none")], monkeypatch).code == 2
