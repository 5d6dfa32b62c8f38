"""The project keeps what its documents promise: paths exist, locks are in step, what is built installs and runs."""

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import dev
from ztcheck import __version__

ROOT = dev.ROOT
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOCUMENTS = ("README.md", "CONTRIBUTING.md")


def tracked():
    """Return the files that git tracks or would, for the text of what we publish."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


# --- documents --------------------------------------------------------------------------------------------------------


def paths_named_in(text):
    """Yield each path in code or links of a Markdown *text*: what holds a slash or ends like a file of ours."""
    words = re.findall(r"`([^`\s]+)`", text) + re.findall(r"\]\(([^)#]+)\)", text)
    words += re.findall(r"\S+", "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)))
    for word in words:
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", word) and re.search(r"/|\.(py|md|toml|json|yml|txt)$", word):
            yield word


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_a_document_names_exists(name):
    named = set(paths_named_in(text_of(name))) - {"zero-trust.yml"}  # the team's file is in the team's project
    assert len(named) > 4
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("title", ["Add a practice", "Add a snippet", "Add a page"])
def test_a_recipe_has_at_most_seven_steps(title):
    body = text_of("CONTRIBUTING.md").split(f"## {title}\n")[1].split("\n## ")[0]
    steps = re.findall(r"^(\d+)\. ", body, re.MULTILINE)
    assert steps == [str(number) for number in range(1, len(steps) + 1)]
    assert 3 <= len(steps) <= 7


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_of_dev_py_that_a_document_names_exists(name):
    used = set(re.findall(r"python3 dev\.py (\w+)", text_of(name)))
    assert {"serve", "test"} <= used
    assert used <= set(re.findall(r"^    (\w+) ", dev.parser().format_help(), re.MULTILINE))


def test_the_first_screen_of_the_readme_holds_the_two_commands():
    top = text_of("README.md").splitlines()[:20]
    assert [line.split("#")[0].strip() for line in top if "dev.py" in line] == [
        "python3 dev.py serve",
        "python3 dev.py test",
    ]


def test_ci_runs_the_readmes_test_command_and_nothing_else():
    lines = [line for line in text_of(".ci/run").splitlines() if line and not line.startswith("#")]
    assert lines == [
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        "export CI=true",
        'exec python3 dev.py test "$@"',
    ]


# --- what is committed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", dev.LOCKS)
def test_a_lock_names_no_index_and_pins_every_package_by_hash(level):
    lines = dev.LOCKS[level].read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "://" in line or line.startswith("-")] == []
    entries = "\n".join(lines).replace(" \\\n", " ").splitlines()
    assert [entry for entry in entries if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry)] == []


@pytest.mark.parametrize("folder", dev.NPM_FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_an_npm_lock_names_no_registry_and_has_a_hash_for_every_package(folder):
    lock = (folder / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    packages = re.findall(r'"(node_modules/[^"]+)": \{(.*?)\n    \}', lock, re.DOTALL)
    assert len(packages) > 1
    assert [name for name, body in packages if '"integrity": "sha512-' not in body] == []


def test_no_tracked_file_holds_a_path_of_a_machine_or_an_index_address():
    # Written so that this file does not match itself.
    suspicious = re.compile(
        "|".join([r"(?<![\w}])/ro" + r"ot/", r"/tm" + r"p/(wt|venv|tools)", r"--(extra-)?index" + r"-url[ =]h"])
    )
    found = []
    for name in tracked():
        if not name.startswith(("docs/assets/vendor/", "requirements/")):
            text = (ROOT / name).read_bytes().decode("utf-8", errors="replace")
            found += [f"{name}: {match.group()}" for match in suspicious.finditer(text)]
    assert found == []


def pinned(level):
    """Return the versions in a lock by normalized name."""
    entries = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", dev.LOCKS[level].read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in entries}


def group(name):
    """Yield the requirements of a dependency group of pyproject.toml and of those it includes."""
    for item in PYPROJECT["dependency-groups"][name]:
        if isinstance(item, str):
            yield Requirement(item)
        else:
            yield from group(item["include-group"])


@pytest.mark.parametrize("level", dev.LOCKS)
def test_a_lock_holds_what_pyproject_asks_for(level):
    versions = pinned(level)
    wanted = [*map(Requirement, PYPROJECT["project"]["dependencies"]), *group(level)]
    assert [
        str(item)
        for item in wanted
        if canonicalize_name(item.name) not in versions
        or not item.specifier.contains(versions[canonicalize_name(item.name)], prereleases=True)
    ] == []


def test_each_lock_holds_all_of_the_smaller_one_in_the_same_versions():
    small, middle, large = (pinned(level).items() for level in dev.LOCKS)
    assert small <= middle <= large


def test_every_workflow_pins_actions_and_starts_without_permissions():
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert workflows
    for path in workflows:
        text = path.read_text(encoding="utf-8")
        uses = re.findall(r"uses: (\S+)(.*)", text)
        assert [use for use, note in uses if not re.search(r"@[0-9a-f]{40}$", use) or " # v" not in note] == []
        assert "\npermissions: {}\n" in text
        assert "pull_request_target" not in text
        # Nothing that others choose is pasted into a script.
        assert re.findall(r"run:.*\$\{\{", text) == []
        assert text.count("actions/checkout@") == text.count("persist-credentials: false")


# --- what is built ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Copy what is committed, or would be, so that building leaves nothing here."""
    folder = tmp_path_factory.mktemp("a folder") / "source"
    for name in tracked():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder


def build(folder, kind, out):
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(out), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    return build(source, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(source, tmp_path_factory):
    return build(source, "sdist", tmp_path_factory.mktemp("sdist"))


def test_the_wheel_holds_the_package_its_data_and_its_licenses_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    info = f"ztcheck-{__version__}.dist-info/"
    package = {name.removeprefix("checks/") for name in tracked() if name.startswith("checks/")}
    package |= {f"ztcheck/_{name}" for name in tracked() if name.startswith("snippets/")}
    assert package == {name for name in names if not name.startswith(info)}
    assert {"ztcheck/py.typed", "ztcheck/catalogue/practices/tokens.toml"} <= names
    assert {info + "licenses/LICENSE", info + "licenses/LICENSE-docs"} <= names


def test_the_source_archive_holds_no_tests_and_builds_the_same_wheel(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as archive:
        assert [name for name in archive.getnames() if re.search(r"/(tests|docs|\.github)/", name)] == []
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and later
        archive.extractall(tmp_path)  # noqa: S202 - built above
    again = build(tmp_path / f"ztcheck-{__version__}", "wheel", tmp_path / "out")
    assert again.read_bytes() == wheel.read_bytes()


def contents_for_pip(level_text, names):
    """Return the entries of a lock for *names* alone."""
    entries = re.split(r"\n(?=\S)", level_text)
    return "\n".join(entry for entry in entries if canonicalize_name(entry.split("==")[0]) in names) + "\n"


def needed_by_the_package():
    """Return the names of what the wheel needs, and what those need, as installed here."""
    from importlib.metadata import requires

    names, todo = set(), [Requirement(item) for item in PYPROJECT["project"]["dependencies"]]
    environment: dict[str, str] = {**{key: str(value) for key, value in default_environment().items()}, "extra": ""}
    while todo:
        item = todo.pop()
        name = canonicalize_name(item.name)
        if name not in names and (item.marker is None or item.marker.evaluate(environment)):
            names.add(name)
            todo += map(Requirement, requires(name) or [])
    return names


@pytest.fixture(scope="module")
def clean(wheel, tmp_path_factory):
    """Install the wheel, and from the lock what it says it needs, into an environment with nothing else."""
    folder = tmp_path_factory.mktemp("clean") / "with space"
    venv.create(folder, symlinks=not dev.WINDOWS)
    python = folder / ("Scripts/python.exe" if dev.WINDOWS else "bin/python")
    needed = folder / "needed.txt"
    lock = dev.LOCKS["docs"].read_text(encoding="utf-8")
    needed.write_text(contents_for_pip(lock, needed_by_the_package()), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    for more in (["--require-hashes", "--only-binary=:all:", "-r", str(needed)], ["--no-deps", str(wheel)]):
        done = subprocess.run([*pip, *more], capture_output=True, text=True, check=False, env=dev.clean_environment())
        assert done.returncode == 0, done.stderr
    return python


def run_clean(python, *arguments, cwd):
    """Run in the folder *cwd*, isolated from this project."""
    return subprocess.run(
        list(map(str, [python, "-I", *arguments])),
        cwd=cwd,
        env=dev.clean_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_installed_wheel_names_all_that_it_needs(clean):
    pip = [sys.executable, "-m", "pip", "--python", str(clean), "check"]
    done = subprocess.run(pip, capture_output=True, text=True, check=False, env=dev.clean_environment())
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--version"], f"ztcheck {__version__}"),
        (["--help"], "usage: ztcheck"),
        (["list"], "verify-token-signature"),
        (["explain", "verify-token-signature"], "verify-token-signature"),
        (["snippet", "verify_access_token"], "def "),
        (["schema"], '"$schema"'),
    ],
    ids=" ".join,
)
def test_the_installed_command_works_where_only_the_wheel_is(clean, tmp_path, words, expected):
    done = run_clean(clean, "-m", "ztcheck", *words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert expected in done.stdout


def test_the_command_line_script_starts_without_loading_what_it_does_not_need(clean, tmp_path):
    script = clean.with_name("ztcheck.exe" if dev.WINDOWS else "ztcheck")
    done = subprocess.run([str(script), "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"ztcheck {__version__}\n"
    done = run_clean(clean, "-X", "importtime", "-m", "ztcheck", "--version", cwd=tmp_path)
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert "ztcheck" in loaded
    assert loaded & {"argparse", "re", "typing", "dataclasses", "rich", "jinja2", "ztcheck.catalogue"} == set()
