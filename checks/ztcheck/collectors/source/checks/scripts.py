"""What scripts, container files, pipelines and templates do: commands of the Azure CLI, Azure PowerShell and curl.

Words of a command are looked for on its own lines, which a backslash or a backtick continues.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import secret
from ztcheck.collectors.source.model import Project, Saw, Unit
from ztcheck.collectors.source.registry import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_COMMANDS = 200  # of one kind in one file
MAX_COMMAND = 1500  # characters of one command
_SCRIPT = re.compile(
    r"(?i)\.(?:sh|bash|ps1|psm1|azcli|cmd|bat)$|(?:^|/)(?:docker|container|make|jenkins|just)file[^/]*$|\.(?:docker|container)file$"
)
_PIPELINE = re.compile(
    r"(?:^|/)(?:\.github/(?:workflows|actions)/|azure-pipelines|\.azure|\.gitlab-ci|\.pipelines?/|pipelines?/|\.circleci/)|(?:^|/)action\.ya?ml$"
)
_ENDS = re.compile(r"(?<![\\`])\n")
_HERE = re.compile(
    r"(?i)localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0|host\.docker\.internal|\$\(?hostname|unix-socket|kubernetes\.default"
)


# A remark, and words shown to whoever runs the script.
_SAYS = re.compile(
    r"(?i)\s*(?:rem\b|::|(?:-\s*)?(?:run:\s*)?(?:echo|printf|write-(?:host|output|error|warning|verbose|information)|throw|log\w*|exit_with\w*|die)\b)|.*\bHelpMessage\b"
)


def _units(project: Project) -> Iterator[Unit]:
    """Scripts, container files and pipelines, where what stands is run."""
    for unit in project.production("text", "settings"):
        if _SCRIPT.search(unit.path) or (_PIPELINE.search(unit.path) and unit.path.endswith((".yml", ".yaml"))):
            yield unit


def _commands(unit: Unit, pattern: str | re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Line and text of each command in which *pattern* stands, to the end of its last line; no comment."""
    for match in islice(unit.finditer(pattern), MAX_COMMANDS):
        line = unit.line_of(match.start())
        text = unit.lines[line - 1]
        if unit.commented(line) or _SAYS.match(text):
            continue
        end = _ENDS.search(unit.text, match.end())
        begin = unit.text.rfind("\n", 0, match.start()) + 1
        yield line, unit.text[begin : min(end.start() if end else len(unit.text), match.start() + MAX_COMMAND)]


_UNCHECKED = (
    (r"\bcurl(?:\.exe)?\s", re.compile(r"\s(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure)(?=\s|$)"), "curl checks no certificate"),
    (r"\bwget\s", re.compile(r"--no-check-certificate\b"), "wget checks no certificate"),
    (r"\bstrict-ssl[ =]", re.compile(r"strict-ssl[ =]false"), "npm checks no certificate"),
    (r"(?i)sslverify\b", re.compile(r"(?i)http\.(?:https?://\S+\.)?sslverify[ =][\"']?false"), "git checks no certificate"),
    (r"\bGIT_SSL_NO_VERIFY\b", re.compile(r"GIT_SSL_NO_VERIFY[ =:]+[\"']?(?:1|true)"), "git checks no certificate"),
    (r"-SkipCertificateCheck\b", re.compile(r"-SkipCertificateCheck(?!:\s*\$false)"), "the command checks no certificate"),
    (r"ServerCertificateValidationCallback", re.compile(r"Callback\s*=\s*(?:\[[^\]]*\])?\s*\{\s*(?:return\s+)?\$true\s*\}"), "every certificate is accepted"),
    (r"(?i)ssl-insecure-skip-verify|insecure-skip-tls-verify", re.compile(r"(?i)skip-(?:tls-)?verify[\"']?\s*[=:]\s*[\"']?true"), "any certificate is accepted"),
)  # fmt: skip


@whole("certificate-check-off", "settings", "text")
def unchecked(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Commands and settings of tools that accept every certificate."""
    for unit in _units(project):
        for pattern, off, message in _UNCHECKED:
            for line, command in _commands(unit, pattern):
                said = (
                    command.split("||")[0].split("&&")[0]
                    if pattern.startswith(r"\bcurl") and command.count("curl") > 1
                    else command
                )
                if off.search(said) and not _HERE.search(command):
                    yield unit, line, Saw("refutes", message, "derived")


_LITERAL = r"(?:\"([^\"\n$`{<]{6,80})\"|'([^'\n$`{<]{6,80})'|([^\s\"'$`{<>|&;]{6,80}))"
_CERTIFICATE = re.compile(
    r"(?i)--certificate\b|--federated-token|--identity\b|\.pem\b|\.pfx\b|-Certificate\w*|-FederatedToken|-Identity\b|-ManagedIdentity|--create-cert|--cert\b|-CertValue\b|(?:\s-p|--password)[ =][\"']?<|--use-cert-sn-issuer|--create-password[ =]false"
)
_WITH_SECRET = (
    (r"\baz\s+login\b", re.compile(r"(?s)--service-principal\b.*(?:\s-p\b|--password\b)|(?:\s-p\b|--password\b).*--service-principal\b"), "az login signs in with a client secret"),
    (r"(?i)\bConnect-AzAccount\b", re.compile(r"(?is)-ServicePrincipal\b.*-Credential\b|-Credential\b.*-ServicePrincipal\b"), "Connect-AzAccount signs in with a client secret"),
    (r"(?i)\bConnect-MgGraph\b", re.compile(r"(?i)-ClientSecretCredential\b"), "Connect-MgGraph signs in with a client secret"),
    (r"\baz\s+ad\s+sp\s+create-for-rbac\b", re.compile(r"create-for-rbac\b"), "a client secret is made for a service principal"),
    (r"\baz\s+ad\s+(?:app|sp)\s+credential\s+reset\b", re.compile(r"credential\s+reset\b"), "a client secret is made for an app"),
    (r"(?i)\b(?:Add-MgApplicationPassword|Add-MgServicePrincipalPassword|New-AzADAppCredential|New-AzADSpCredential)\b", re.compile(r"."), "a client secret is made for an app"),
    (r"\bcreds\s*:", re.compile(r"creds\s*:\s*[\"']?(?:\$\{\{\s*secrets\.|\{)"), "azure/login is given a client secret"),
)  # fmt: skip


@whole("client-secret-in-use", "settings", "text")
def with_secret(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Scripts and pipelines that sign in with a client secret, or make one."""
    for unit in _units(project):
        for pattern, how, message in _WITH_SECRET:
            for line, command in _commands(unit, pattern):
                if how.search(command) and not _CERTIFICATE.search(command):
                    if pattern.startswith(r"\bcreds") and "azure/login" not in "\n".join(
                        unit.lines[max(0, line - 8) : line + 3]
                    ):
                        continue
                    yield unit, line, Saw("refutes", message, "derived")
        if unit.search(r"login\.microsoftonline\.[a-z]+"):
            for line, command in _commands(unit, r"\bclient_secret\s*="):
                if re.search(r"\bcurl\b|-d\b|--data|@\{|\$\{?[Bb]ody", command) or unit.path.endswith(
                    (".ps1", ".psm1")
                ):
                    yield unit, line, Saw("refutes", "a client secret is posted to the token endpoint", "derived")


_PROVIDER = re.compile(
    r"(?m)^(?:provider[ \t]+\"(?:azurerm|azuread|azapi)\"|resource[ \t]+\"azurerm_kubernetes_cluster\"[ \t]+\"[^\"\n]+\")[ \t]*\{\n(?:(?!^\}).*\n){0,200}?[ \t]*(client_secret)[ \t]*=[ \t]*(?!null|\"\")"
)
_NAMED = re.compile(
    r"(?:\bname\s*:\s*[\"']?|\"name\"\s*:\s*\"|\bname\s*=\s*\"|^[ \t]*\"?|'?\bclientSecretSettingName'?\s*:\s*')(AZURE_CLIENT_SECRET|ARM_CLIENT_SECRET|AzureAd__ClientSecret|AzureAd:ClientSecret|AZUREAD_CLIENT_SECRET|MICROSOFT_PROVIDER_AUTHENTICATION_SECRET)\b[\"']?\s*(?:=|:|,|\n|$)",
    re.M,
)
_TEMPLATE = re.compile(
    r"(?i)\.(?:bicep|tf|ya?ml)$|azuredeploy[^/]*\.json$|(?:^|/)(?:infra|deploy\w*|iac|arm)/.*\.json$"
)


@whole("client-secret-in-use", "settings")
def secret_in_template(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Templates whose provider, cluster or app is given a client secret."""
    for unit in project.production("settings"):
        if unit.path.endswith(".tf"):
            for match in unit.finditer(_PROVIDER):
                yield unit, unit.line_of(match.start(1)), Saw("refutes", "a client secret signs in", "derived")
        if _TEMPLATE.search(unit.path):
            seen: set[str] = set()
            for match in unit.finditer(_NAMED):
                line = unit.line_of(match.start(1))
                near = "\n".join(unit.lines[line - 1 : line + 2])
                empty = re.search(r"(?:value\s*[:=]|=|:)\s*(?:''|\"\"|null)\s*,?\s*$", near.split("\n")[0])
                if match[1] not in seen and not unit.commented(line) and not empty and "ederatedIdentity" not in near:
                    seen.add(match[1])
                    yield (
                        unit,
                        line,
                        Saw("refutes", f"{match[1]} is set: the app signs in with a client secret", "derived"),
                    )


_DEVICE = re.compile(
    r"(?i)\baz\s+login\b[^\n]*--use-device-code|\bazd\s+auth\s+login\b[^\n]*--use-device-code|\bConnect-(?:AzAccount|MgGraph|ExchangeOnline|PnPOnline|MicrosoftTeams|SPOService)\b[^\n]*\s-(?:UseDevice(?:Authentication|Code)|Device(?:Code|Login)?)\b|/oauth2/(?:v2\.0/)?devicecode\b"
)


@whole("device-code-calls", "settings", "text")
def device_code(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Scripts that start the device code flow."""
    for unit in _units(project):
        for line, _ in _commands(unit, _DEVICE):
            yield unit, line, Saw("refutes", "the device code flow is started", "derived")


@whole("password-grant-calls", "settings", "text")
def password_grant(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Scripts that send a person's password to the token endpoint."""
    for unit in _units(project):
        for line, _ in _commands(unit, r"\bgrant_type[\"']?\s*[=:]\s*[\"']?password\b"):
            yield unit, line, Saw("refutes", "a token request with grant_type=password", "derived")


@whole("raw-token-endpoint-calls", "settings", "text")
def token_endpoint(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Scripts that ask Entra's token endpoint themselves, where the CLI or a module would hand them a token."""
    for unit in _units(project):
        if unit.search(r"(?i)\bcurl\b|\bwget\b|Invoke-(?:RestMethod|WebRequest)"):
            for line, _ in _commands(unit, r"login\.microsoftonline\.[a-z]+/[^\s\"']*/oauth2/(?:v2\.0/)?token\b"):
                yield unit, line, Saw("refutes", "the script calls the token endpoint itself", "derived")


_SHOWN = re.compile(
    r"(?m)^[ \t]*(?:-?[ \t]*(?:run|script|bash|pwsh)[ \t]*:[ \t]*)?(?:(?:echo|printf)\b[^\n|>]*\$\{?(\w*(?i:access_?token|bearer_?token|id_?token|refresh_?token|client_?secret|password)|TOKEN|token)\b(?![:#%])\}?[^\n|>]*$"
    r"|(?i:Write-(?:Host|Verbose|Information|Debug))\b[^\n|>]*\$\(?(?:\w+\.)*(\w*(?i:access_?token|bearer_?token|id_?token|refresh_?token|client_?secret)|[tT]oken|[pP]assword|[sS]ecret)\b(?![.\[])[^\n|>]*$)"
)


@whole("token-logged", "settings", "text")
def shown(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Scripts that print a credential into the log of whatever runs them."""
    for unit in _units(project):
        for match in islice(unit.finditer(_SHOWN), MAX_COMMANDS):
            line = unit.line_of(match.start(match.lastindex or 0))
            text = unit.lines[line - 1]
            # A lone value is what a function or a script hands back.
            if re.search(
                r"^\s*echo\s+(?:-n\s+)?[\"']?\$\{?\w+\}?[\"']?\s*$|add-mask|issecret=true|set-secret|\|\s*\w|>>?|\$\(\s*echo|\.Length\b|length of",
                text,
            ) or unit.commented(line):
                continue
            if not unit.path.endswith((".ps1", ".psm1")) and re.search(
                rf"^[^\"']*'[^']*\$\{{?{match[match.lastindex or 0]}\b", text
            ):
                continue  # a shell puts no value between single quotes
            yield unit, line, Saw("refutes", f"{match[match.lastindex or 0]} is written to a log or console", "derived")


_GIVEN = (
    re.compile(r"(?i)ConvertTo-SecureString\s+(?:-String\s+)?(?:-AsPlainText\s+)?" + _LITERAL + r"[^\n]*"),
    re.compile(r"\b(?:docker|podman|helm\s+registry|az\s+acr|oc|az)\s+login\b[^\n]*?\s(?:-p|--password)[ =]" + _LITERAL),
    re.compile(r"(?<!\w)--(?:password|client-secret|admin-password|secret-value)[ =]" + _LITERAL),
)  # fmt: skip


@whole("secrets-in-history", "settings", "text")
def in_command(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Secrets that a command is given."""
    for unit in _units(project):
        for pattern in _GIVEN:
            for match in islice(unit.finditer(pattern), MAX_COMMANDS):
                line = unit.line_of(match.start())
                value = next((group for group in match.groups() if group), "")
                if unit.commented(line) or value.startswith("-") or not secret.is_real(value, "password"):
                    continue
                if re.search(r"\d|[^\w\s.-]", value):
                    yield (
                        unit,
                        line,
                        Saw("refutes", "a command is given a secret in its script", "derived", secret=value),
                    )


_PAIR = re.compile(
    r"\bname\s*:\s*[\"']?([\w.:-]+)[\"']?[ \t]*\r?\n\s*value\s*:\s*(?:\"([^\"\n$]{5,200})\"|'([^'\n$]{5,200})'|([^\s\"'${}|>#\[][^\n#]{4,200}?))[ \t]*(?:#[^\n]*)?$"
    r"|\"name\"\s*:\s*\"([^\"\n]+)\"\s*,\s*\"value\"\s*:\s*\"([^\"\n$\[]{5,200})\""
    r"|\{[ \t]*name:[ \t]*'([^'\n]+)'[ \t]*,[ \t]*value:[ \t]*'([^'\n$]{5,200})'[ \t]*\}"
    r"|\bname\s*=\s*\"([^\"\n]+)\"[ \t]*\n\s*value\s*=\s*\"([^\"\n$]{5,200})\"",
    re.M,
)
_VARIABLE = re.compile(
    r"(?m)^variable[ \t]+\"([^\"\n]+)\"[ \t]*\{\n(?:(?!^\}).*\n){0,20}?[ \t]*default[ \t]*=[ \t]*\"([^\"\n$]{5,200})\""
)
_PARAMETER = re.compile(
    r"\"(\w+)\"\s*:\s*\{(?:\s*\"(?:type|metadata)\"\s*:\s*(?:\"[^\"\n]*\"|\{[^{}]*\})\s*,)*\s*\"(?:defaultValue|value)\"\s*:\s*\"([^\"\n\[$]{5,200})\""
)


_JSON_TEMPLATE = re.compile(
    r"(?i)azuredeploy[^/]*\.json$|parameters\.json$|(?:^|/)(?:infra|arm|iac|deploy\w*|ecs|task-?def\w*)/[^/]*\.json$|task-?def\w*\.json$"
)


# NAME=value behind an option of a command that sets variables, settings or entries of a secret.
_SETS = re.compile(
    r"\b(?:az\s+(?:webapp|functionapp|staticwebapp|containerapp)\b|docker\s+run\b|podman\s+run\b|kubectl\s+create\s+secret\b|dotnet\s+user-secrets\s+set\b|heroku\s+config:set\b|azd\s+env\s+set\b)"
)
_SET = re.compile(r"(?:(?<=\s)|--from-literal=|-e=?)[\"']?([A-Za-z_][\w.:-]*)=[\"']?([^\s\"'$`{<>|&;]{4,120})")


@whole("secrets-in-history", "settings", "text")
def set_by_command(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Secrets that a command writes into the settings of an app, a container or a cluster."""
    for unit in _units(project):
        for line, command in _commands(unit, _SETS):
            for match in _SET.finditer(command):
                name, value = match[1], match[2]
                if secret.names_secret(name) and secret.is_real(value, name) and re.search(r"\d|[^\w.-]", value):
                    at = line + command.count("\n", 0, match.start())
                    message = f"{name} is given a secret by a command"
                    yield unit, at, Saw("refutes", message, "derived", secret=value)


_ARGUMENT = re.compile(r"(?m)^\s*-\s*[\"']?--(?:client|cookie|jwt|session)-secret=([^\s\"'$`{<]{8,100})")


@whole("secrets-in-history", "settings")
def argument_of_container(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A secret among the arguments of a container."""
    for unit in project.production("settings"):
        if unit.path.endswith((".yml", ".yaml")) and "-secret=" in unit.text:
            for match in islice(_ARGUMENT.finditer(unit.text), MAX_COMMANDS):
                if secret.is_real(match[1], "client_secret"):
                    message = "a container is given a secret as an argument"
                    yield unit, unit.line_of(match.start(1)), Saw("refutes", message, "derived", secret=match[1])


def _pairs(unit: Unit) -> Iterator[tuple[int, str, str]]:
    """Line, name and value of what a template gives to a name: pairs, defaults of variables, parameters."""
    for match in islice(unit.finditer(_PAIR), MAX_COMMANDS):
        groups = [group for group in match.groups() if group]
        if unit.path.endswith(".bicep") and match[4]:
            continue  # an expression
        yield unit.line_of(match.end() - 1), groups[0], groups[1].strip()
    if unit.path.endswith(".tf"):
        for match in islice(unit.finditer(_VARIABLE), MAX_COMMANDS):
            yield unit.line_of(match.end() - 1), match[1], match[2]
    if unit.path.endswith(".json"):
        for match in islice(unit.finditer(_PARAMETER), MAX_COMMANDS):
            yield unit.line_of(match.end() - 1), match[1], match[2]


@whole("secrets-in-history", "settings")
def paired(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Secrets that a template writes beside the name of a variable of a container or an app."""
    yield from _paired(project, "{} holds a secret in a tracked file")


@whole("secret-value-in-settings", "settings")
def paired_in_deployment(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """The same, where a reference to a vault could stand."""
    yield from _paired(project, "{} holds a secret value where a vault reference could stand")


def _paired(project: Project, message: str) -> Iterator[tuple[Unit, int, Saw]]:
    for unit in project.units:
        named = unit.path.endswith((".bicep", ".tf", ".yml", ".yaml")) or _JSON_TEMPLATE.search(unit.path)
        if unit.language != "settings" or not named or not ("value" in unit.text or "default" in unit.text):
            continue
        for line, name, value in _pairs(unit):
            told = secret.names_secret(name) and secret.is_real(value, name) and not value.startswith("GEN-")
            if told and not unit.commented(line):
                yield unit, line, Saw("refutes", message.format(name), "derived", secret=value)
