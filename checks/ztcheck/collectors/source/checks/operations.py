"""What surrounds the code: retired components, documents and their age, settings of several components, agents, tests."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ztcheck.collectors.source import DOCUMENTS
from ztcheck.collectors.source.model import Fact, Project, Saw, Setting, Unit
from ztcheck.collectors.source.registry import on, setting, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_GUID = re.compile(r"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")

# --- retired components ------------------------------------------------------------------------------------------

_PACKAGES = {
    "adal": "ADAL",
    "adal-node": "ADAL",
    "adal-angular": "ADAL",
    "adal-angular4": "ADAL",
    "react-adal": "ADAL",
    "adal4j": "ADAL",
    "azure-graphrbac": "Azure AD Graph",
    "msrestazure": "ADAL",
    "passport-azure-ad": "passport-azure-ad",
    "Microsoft.IdentityModel.Clients.ActiveDirectory": "ADAL",
    "Microsoft.Azure.ActiveDirectory.GraphClient": "Azure AD Graph",
    "azure-activedirectory-library-for-nodejs": "ADAL",
    # Obsolete since 2023-03-31, by its page on nuget.org; Azure.Identity takes its place.
    "Microsoft.Azure.Services.AppAuthentication": "AppAuthentication",
    "Microsoft.Rest.ClientRuntime.Azure.Authentication": "ADAL",
    "Microsoft.AspNetCore.Authentication.AzureAD.UI": "Azure AD authentication for ASP.NET Core",
    "Microsoft.AspNetCore.Authentication.AzureADB2C.UI": "Azure AD authentication for ASP.NET Core",
    "azure-active-directory-spring-boot-starter": "Azure Active Directory starter of azure-spring-boot",
    "azure-activedirectory-spring-boot-starter": "Azure Active Directory starter of azure-spring-boot",
    "azure-spring-boot-starter-active-directory": "Azure Active Directory starter of azure-spring-boot",
    "azure-spring-boot-starter-active-directory-b2c": "Azure Active Directory starter of azure-spring-boot",
}
_LISTED = re.compile(
    r"(?:^|[\s\"'>:=,\[/])(" + "|".join(re.escape(name) for name in _PACKAGES if name not in ("adal-node", "adal-angular", "passport-azure-ad"))
    + r")(?:[\s\"'<=>~;:,\]]|$)"
)  # fmt: skip
_CMDLET = re.compile(
    r"(?i)\b(Connect-AzureAD|Connect-MsolService|(?:Install|Import)-Module\s+(?:-Name\s+)?[\"']?(?:AzureAD(?:Preview)?|MSOnline|ADAL\.PS)\b|"
    r"(?:Get|New|Set|Remove|Add|Confirm|Revoke|Enable)-(?:AzureAD(?!AppProxy)(?:MS)?|Msol)[A-Z]\w+|Get-ADALToken|#Requires\s+-Modules?\s+AzureAD(?:Preview)?\b)"
)


@on(
    "retired-identity-components",
    "string",
    r"graph\.windows\.net|^.(adal|adal-node|adal-angular|react-adal).$|ActiveDirectory\.GraphClient",
)
def retired_in_code(fact: Fact, unit: Unit) -> Saw | None:
    """Azure AD Graph, or ADAL imported."""
    line = unit.lines[fact.line - 1]
    if "graph.windows.net" in fact.name:
        return Saw("refutes", "the code calls Azure AD Graph, which is retired")
    return (
        Saw("refutes", "the code imports ADAL, which is retired") if re.search(r"import|require|from", line) else None
    )


@whole("retired-identity-components", "python", "csharp", "java", "text", "settings")
def retired_components(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Packages in dependency files, imports, cmdlets in scripts, mail with passwords."""
    for unit in project.units:
        name = unit.path.rsplit("/", 1)[-1].lower()
        if unit.path.endswith((".ps1", ".psm1")):
            code = re.sub(r"<#.*?#>", lambda block: "\n" * block[0].count("\n"), unit.text, flags=re.S)
            for number, line in enumerate(code.split("\n"), 1):
                match = _CMDLET.search(line.split("#", 1)[0])
                if match:
                    said = " ".join(match[1].replace('"', "").replace("'", "").split())
                    yield unit, number, Saw("refutes", f"{said} is of a retired module")
        elif name == "package.json":
            for item in unit.settings:
                package = re.sub(r"^(?:dev|peer|optional)?[dD]ependencies\.", "", item.key)
                if package != item.key and package in _PACKAGES:
                    yield unit, item.line, Saw("refutes", f"{package} ({_PACKAGES[package]}) is retired")
        elif re.match(
            r"requirements.*\.txt$|pipfile$|pyproject\.toml$|setup\.(?:py|cfg)$|constraints.*\.txt$", name
        ) or unit.path.endswith((".csproj", ".props", "pom.xml", "packages.config", ".gradle", ".kts")):
            for number, line in enumerate(unit.lines, 1):
                match = _LISTED.search(line)
                if match and not line.lstrip().startswith("#"):
                    yield unit, number, Saw("refutes", f"{match[1]} ({_PACKAGES[match[1]]}) is retired")
        elif unit.path.endswith("go.mod") and unit.holds(
            "go-autorest/autorest/a", "azure-sdk-for-go/services/graphrbac"
        ):
            for number, line in enumerate(unit.lines, 1):
                match = re.search(r"github\.com/Azure/(go-autorest/autorest/(?:adal|azure/auth))\b", line)
                if match and "// indirect" not in line:
                    yield unit, number, Saw("refutes", f"{match[1]} is retired")
        elif unit.language in ("python", "csharp", "java") and unit.holds(
            "adal", "clients.activedirectory", "services.appauthentication", "authentication.azuread", "addazuread"
        ):
            for number, line in enumerate(unit.lines, 1):
                match = re.match(
                    r"\s*(?:import adal\b|from adal\b|using Microsoft\.IdentityModel\.Clients\.ActiveDirectory|import com\.microsoft\.aad\.adal4j"
                    r"|using Microsoft\.Azure\.Services\.(AppAuthentication)|using Microsoft\.AspNetCore\.Authentication\.(AzureAD(?:B2C)?\.UI)"
                    r"|[^/\n]{0,200}\.(AddAzureAD(?:B2C)?(?:Bearer)?)\()",
                    line,
                )
                if match:
                    name = match[1] or match[2] or match[3] or "ADAL"
                    yield unit, number, Saw("refutes", f"the code imports {name}, which is retired")


@on(
    "home-made-second-factor",
    "call",
    r"TOTP|totp|generate_totp|authenticator\.generate|authenticator\.verify|authenticator\.check|speakeasy\.totp|totp\.verify|GenerateTwoFactorTokenAsync|VerifyTwoFactorTokenAsync|GoogleAuthenticator|ComputeTotp|totp\.Validate|totp\.Generate",
)
def second_factor(fact: Fact, unit: Unit) -> Saw | None:
    """One-time codes that the app makes or checks itself."""
    yes = unit.search(r"(?i)pyotp|otplib|speakeasy|OtpNet|pquerna/otp|TwoFactor|googleauth|\btotp")
    return (
        Saw("refutes", f"{fact.name.rsplit(chr(10), 1)[-1].strip()[:60]}: the app handles one-time codes itself")
        if yes
        else None
    )


# --- passwords of the app's own ----------------------------------------------------------------------------------

_LOGIN = (
    "check_password_hash|check_password|verify_password|checkpw|PasswordSignInAsync|PasswordSignIn|CheckPasswordAsync|CheckPasswordSignInAsync|"
    "VerifyHashedPassword|CompareHashAndPassword|compareSync|comparePassword|DaoAuthenticationProvider|BCryptPasswordEncoder|"
    "Pbkdf2PasswordEncoder|Argon2PasswordEncoder|SCryptPasswordEncoder|LocalStrategy|"
    "inMemoryAuthentication|InMemoryUserDetailsManager|JdbcUserDetailsManager|ComparePasswordAndHash|"
    "AddDefaultIdentity|AddIdentityApiEndpoints|MapIdentityApi"
)


_NO_PASSWORD = re.compile(
    r"(?i)token|\botp|cvv|cvc\b|(?:api|hashed|access|secret)_?key|key_?hash|\(\s*key\b|magic|passwordless|recovery_?code|backup_?code|\(\s*(?:code|pin)\b"
)


# What guards a thing and signs nobody in: the key of an interface, the password of something shared.
_NOT_SIGN_IN = re.compile(
    r"(?i:(?:api|auth|access)_?keys?|share|token(?!\w*password))|/(?:[sS]end|[lL]ink)[A-Z]\w*\.\w+ |/Sends?/|\*(?:share|links?)\."
)


@on("local-password-login", "call", "authenticate", "java")
def password_manager(fact: Fact, unit: Unit) -> Saw | None:
    """A name and a password that are handed to Spring Security's manager."""
    yes = re.search(r"new\s+UsernamePasswordAuthenticationToken\(", fact.text)
    given = fact.argument(position=0) or ""
    if not yes and re.fullmatch(r"\w+", given):
        yes = re.search(rf"\b{given}\s*=\s*new\s+UsernamePasswordAuthenticationToken\(", unit.around(fact.line))
    return Saw("refutes", "authenticate: the app checks passwords itself", "derived") if yes else None


@on("local-password-login", "call", _LOGIN)
def password_login(fact: Fact, unit: Unit) -> Saw | None:
    """A password that the app checks itself."""
    given = [value for _, value in fact.arguments()]
    if fact.last.endswith("PasswordEncoder") and not re.search(
        r"@Bean|passwordEncoder|AuthenticationManager",
        "\n".join(unit.lines[max(0, unit.function(fact.line)[0] - 4) : fact.end]),
    ):
        return None
    if re.search(r"(?i)api_?key|key_?hash|cvv|cvc\b", fact.text) or re.match(
        r"(?i)_?(?:token|code|key)$", given[0] if given else ""
    ):
        return None
    if fact.last in ("CompareHashAndPassword", "VerifyHashedPassword") and _NOT_SIGN_IN.search(
        f"{unit.path} {unit.lines[unit.function(fact.line)[0] - 1]}"
    ):
        return None
    if fact.last == "CompareHashAndPassword" and (
        "htpasswd" in unit.path or re.search(r"(?i)token|\bshare|\blink|\botp", fact.text)
    ):
        return None
    if re.search(r"(?i)(?:^|/)(?:seed\w*|migrations?|demoseed)/|Seeder\.|seed", unit.path):
        return None
    return Saw("refutes", f"{fact.last}: the app checks passwords itself", "derived")


@on("local-password-login", "call", "compare|verify", "javascript", "python")
def password_compare(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """bcrypt, argon2, passlib and pwdlib."""
    yes = re.search(
        r"(?i)(?:bcrypt\w*|argon2\w*|pwd\w*|crypt_context|ph|pbkdf2_\w+|(?:sha|md)\d+_crypt|scrypt|\w*hasher(?:\(\))?|password_?hash)\.(?:compare|verify)$",
        fact.name,
    ) and not _NO_PASSWORD.search(fact.text)
    return Saw("refutes", f"{fact.name}: the app checks passwords itself", "derived") if yes else None


@on("local-password-login", "string", r"(?i)\b(passw(or)?d|passwd|pass|pwd|psw)(_?hash)?\s*(=|like\b)")
def password_in_sql(fact: Fact, unit: Unit) -> Saw | None:
    """A user that SQL finds by name and password."""
    statement = " ".join(unit.lines[max(0, fact.line - 3) : fact.end])
    yes = re.search(
        r"(?i)\bselect\b.*\bfrom\b.*\bwhere\b.*\b(?:passw(?:or)?d|passwd|pass|pwd|psw)(?:_?hash)?\s*(?:=|like\b)",
        statement,
    )
    return Saw("refutes", "a user is looked up by name and password", "derived") if yes else None


# How libraries and one's own helpers say whether a password is right.
_ASKED = {
    "csharp": re.compile(
        r"\bBCrypt(?:Net)?(?:\.\w+)*\.(?:Enhanced)?Verify\(|(?i:hasher|hashing|crypto|password)\w*\.(?:Verify|Check|Validate)(?:Hash\w*|Password\w*|Hashed\w*)?\([^;\n]*(?i:passw|pwd)"
        r"|\bVerifyPassword(?:Hash)?\(|\bMembership\.ValidateUser\(|\bFormsAuthentication\.Authenticate\(|\bComputeHash\([^;\n]*\bGetBytes\(\s*(?:\w+\.)*\w*(?i:passw|pwd)\w*\)"
        r"|(?:==|!=)\s*\w*[hH]ash\w*\([^;\n]*(?i:passw|pwd)|[pP]assword\s*==\s*\"[^\"\n]{3,}\"|[pP]assword\.Equals\(\s*\"[^\"\n]{3,}\""
        r"|\b\w*(?i:service|manager|repository|repo|dao|store)\.(?:Log[iI]n|Sign[iI]n|Authenticate|ValidateUser|CheckLogin|ValidateCredentials|VerifyUser)\w*\([^;\n]*(?i:passw|pwd)"
    ),
    "java": re.compile(
        r"\b(?i:\w*encoder|\w*bcrypt\w*|\w*hasher)(?:\(\))?\.matches\([^;\n]*(?i:pass|pwd)|\bBCrypt\.checkpw\(|\bnew\s+UsernamePasswordToken\(|\bnew\s+SimpleAuthenticationInfo\("
        r"|\bfindBy\w+AndPassword\(|\.(?:formLogin|httpBasic)\((?![^;\n]*disable)|\b\w*[pP]assword(?:\(\))?\.equals\(\s*\"[^\"\n]{3,}\"|\"[^\"\n]{3,}\"\.equals\(\s*\w*[pP]assword\b"
        r"|\b(?i:\w*md5|\w*sha\d*|\w*hash|\w*encrypt|\w*digest)\w*\([^;\n]{0,80}(?i:pass|pwd|\bpw)[^;\n]{0,40}\)\.equals\(|\b\w*[hH]ash(?:ed)?\w*\.equals(?:IgnoreCase)?\(\s*\w+\.get(?:Password|Pwd|Passwd)\("
        r"|\.userDetailsService\([^;\n]*\)\s*\.passwordEncoder\(|\.jdbcAuthentication\(\)|\bextends\s+UsernamePasswordAuthenticationFilter\b|\b(?i:req|request|httpRequest)\.login\("
        r"|\b\w*(?i:service|manager|repository|repo|dao|mapper)\.(?:log[iI]n|sign[iI]n|authenticate|validateUser|checkLogin|validateLogin|verifyUser|checkUser)\w*\([^;\n]*(?i:passw|pwd)"
    ),
    "go": re.compile(
        r"\bgin\.BasicAuth\w*\(|\bbasicauth\.New\(|\bmiddleware\.BasicAuth\(|ConstantTimeCompare\([^\n]*(?i:passw)"
        r"|\b(?:passw(?:or)?d|pass|pwd|r\.FormValue\(\"passw(?:or)?d\"\))\s*(?:==|!=)\s*(?:os\.Getenv\(|\"[^\"\n]{3,}\"|\w+\.\w*[pP]ass)|\bWhere\(\s*\"[^\"\n]*\bpassword\s*=|\bWhere\(\s*&?(?:\w+\.)?\w*User\w*\{[^}\n]*\bPass(?:word|wd)?:"
        r"|\bFindOne\([^\n]*\"passw(?:or)?d\"|==\s*[\w.()]+\.[pP]ass(?:word|wd)?_?[hH]ash\b|(?i:hasher|hash)\w*\.(?:Compare|Verify|Check|Match)\w*\([^;\n]*(?i:pass|pwd)"
        r"|\b\w+,\s*\w*(?i:pass|pwd)\w*,\s*\w+\s*:?=\s*[\w.()]*\.BasicAuth\(\)"
    ),
}  # fmt: skip
_NOT_CALLERS_PASSWORD = re.compile(
    r"(?i)confirm|repeat|again|new_?passw|old_?passw|re_?type|re_?passw|passw(?:or)?d2|second|\bnull\b|\bnil\b|empty|required|default_?passw|"
    r"(?:\b|_)(?:smtp|proxy|redis|mongo|db|database|mail|certificate|pfx|zip|archive|room|share|keystore)_?\w*passw"
)


@whole("local-password-login", "csharp", "java", "go")
def password_asked(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A password that the app has compared with what it keeps of it."""
    for unit in project.units:
        pattern = _ASKED.get(unit.language)
        if pattern is None or not unit.search(pattern) or re.search(r"(?i)seed|migration", unit.path):
            continue
        for match in islice(unit.finditer(pattern), MAX_PASSWORDS):
            line = unit.line_of(match.start())
            text = unit.lines[line - 1]
            if unit.language == "go":
                if match[0].endswith(".BasicAuth()") and pattern.search("\n".join(unit.lines[line : line + 3])):
                    continue  # which says it better
                text = re.sub(r"\b\w*[eE]rr\s*[!=]=\s*nil", "", text)
            defined = re.match(
                r"\s*(?:public|private|protected|internal|static|func|boolean|bool|abstract)\b[^=;]*\b"
                + re.escape(re.split(r"\W", match[0].lstrip("."))[0])
                + r"\b[^=;]*[{;]?$",
                text,
            )
            if (
                unit.commented(line)
                or (defined and not match[0].startswith("extends"))
                or _NOT_CALLERS_PASSWORD.search(text)
                or _NO_PASSWORD.search(match[0].replace("UsernamePasswordToken", ""))
            ):
                continue
            head = f"{unit.path} {unit.lines[unit.function(line)[0] - 1]}"
            if unit.language == "go":  # its name tells, what else it is given does not
                head = re.sub(r"(\bfunc\s+(?:\([^()]*\)\s*)?\w+\().*", r"\1", head)
            if _NOT_SIGN_IN.search(head) or re.search(
                r"(?i)\b(?:create|register|change|update|reset|set|add|hash|encode|equals|validate_?confirm)\w*\(", head
            ):
                continue
            yield unit, line, Saw("refutes", "the app checks passwords itself", "derived")


MAX_PASSWORDS = 50  # of one file

_COMPARED = re.compile(
    r"(?:\b(?:user\w*|account\w*|row|found|record|member|admin\w*|[a-z])\b\w*(?:\[[^\]\n]{1,30}\])?|\w\])(?:\.(?:password|passwd|pwd)\b|\[[\"'](?:password|passwd|pwd)[\"']\])"
    r"\s*={2,3}\s*(?:req(?:uest)?\.\w+\.)?\w*[pP](?:ass\w*|wd)\b"
)


@whole("local-password-login", "javascript")
def password_plain(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A password that the app keeps in plain text and compares."""
    for unit in project.units:
        if unit.language == "javascript" and unit.holds("password", "passwd"):
            for match in unit.finditer(_COMPARED):
                line = unit.line_of(match.start())
                if not unit.commented(line) and not re.search(
                    r"(?i)confirm|repeat|again|new_?pass|old_?pass|_?2\b", match[0]
                ):
                    yield unit, line, Saw("refutes", "the app compares passwords itself", "derived")


# A stored password beside one that was sent, in C#, Java and Go.
_FORM_OF_GO = re.compile(r"\.(?:FormValue|PostFormValue|PostForm)\(\s*$")


@on("local-password-login", "string", r"(?i)^.pass(word|wd)?.$", "go")
def password_form_go(fact: Fact, unit: Unit) -> Saw | None:
    """A sign-in whose form sends a password to the app."""
    first, _ = unit.function(fact.line)
    signs_in = re.search(r"(?i)log_?in|sign_?in|auth", f"{unit.lines[first - 1]} {unit.path.rsplit('/', 1)[-1]}")
    yes = signs_in and _FORM_OF_GO.search(unit.lines[fact.line - 1][: fact.column - 1])
    if not yes or unit.search(r"CompareHashAndPassword|(?i:check|verify|compare)Pass\w*\("):
        return None  # which says it better
    return Saw("refutes", "the sign-in takes a password", "derived")


_COMPARED_TYPED = re.compile(
    r"\b(?P<stored>\w+)\.(?:[pP]ass(?:word|wd)(?:_?[hH]ash)?|[hH]ashed[pP]assword|getPassword\(\))\s*(?:[!=]=\s*|\.[eE]quals\(\s*)(?P<sent>[\w.]*(?:[pP]ass(?:word|wd)|[hH]ash)\w*)"
    r"|(?P<sent2>\b\w*[hH]ash\w*\([^()\n]*[pP]ass(?:word|wd)[^()\n]*\))\s*[!=]=\s*(?P<stored2>\w+)\.[pP]ass(?:word|wd)"
)
# What every match of it holds, each beginning with what is found fast.
_COMPARED_ENDS = (
    re.compile(
        r"\.(?:[pP]ass(?:word|wd)(?:_?[hH]ash)?|[hH]ashed[pP]assword|getPassword\(\))\s*(?:[!=]=|\.[eE]quals\()"
    ),
    re.compile(r"=\s*\w+\.[pP]ass(?:word|wd)"),
)


@whole("local-password-login", "csharp", "java", "go")
def password_compared(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A stored password, plain or hashed by hand, that is compared with the one that was sent."""
    for unit in project.units:
        if unit.language in ("csharp", "java", "go") and any(map(unit.search, _COMPARED_ENDS)):
            for match in unit.finditer(_COMPARED_TYPED):
                line = unit.line_of(match.start())
                stored, sent = match["stored"] or match["stored2"], match["sent"] or match["sent2"]
                changes = re.search(
                    r"(?i)redact|\bcached|\bother\b|confirm|repeat|again|new_?pass|old_?pass|current_?pass|random|default|\bnull\b|_2\b|\b_?(?:old|new|raw|orig|prev|existing)\w*\.",
                    match[0],
                )
                same = sent.split(".")[0] == stored or stored in ("this", "self", "other", "o", "that")
                if not changes and not same and not unit.commented(line):
                    yield unit, line, Saw("refutes", "the app compares passwords itself", "derived")


@on(
    "local-password-login",
    "call",
    "CheckPassword|CheckPasswd|VerifyPassword|ValidatePassword|ComparePassword|ComparePasswords|CheckPasswordHash|PasswordVerify|"
    "checkPassword|checkPasswd|verifyPassword|validatePassword|comparePassword|isPasswordValid|isValidPassword|isPasswordCorrect",
    "go",
    "java",
)
def password_helper(fact: Fact, unit: Unit) -> Saw | None:
    """A sign-in that asks a function of the app's own whether a password is right."""
    if re.match(r"(?i)validate|is_?valid", fact.last) and len(fact.arguments()) < 2:
        return None  # whether it is long enough
    around = unit.lines[unit.function(fact.line)[0] - 1]
    yes = re.search(r"(?i)log_?in|sign_?in|authenticat", around + unit.path.rsplit("/", 1)[-1])
    return Saw("refutes", f"{fact.last}: the app checks passwords itself", "derived") if yes else None


_SAYS_RIGHT = re.compile(
    r"\b(?:\w+\.)?(?P<name>(?!CompareHashAndPassword)(?i:check|verify|compare|match|matches|correct|is_?correct)\w{0,12}(?:[pP]ass(?:word|wd)?|[pP]wd)\w{0,8})\((?P<given>[^\n]*)"
)
_HANDLES = re.compile(
    r"http\.Request\b|\*gin\.Context\b|\becho\.Context\b|\*?fiber\.Ctx\b|\*(?:beego|iris)\.\w+|\bctx\b"
)
_SENT_PASSWORD = re.compile(r"\b\w+\.Pass(?:word|wd)\b|\[\"password\"\]")
_GIVEN_ON = re.compile(r"(?i)ldap|oauth|http\.Post|graph\.microsoft|microsoftonline|keycloak|gocloak|cognito|firebase")


@whole("local-password-login", "go")
def password_handled(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A sign-in in Go that asks a function whether a password is right, or hands on the one that was sent."""
    for unit in project.units:
        if unit.language != "go" or not unit.holds("password", "passwd", "pwd", "pass("):
            continue
        told: set[int] = set()
        for match in islice(unit.finditer(_SAYS_RIGHT), MAX_PASSWORDS):
            line = unit.line_of(match.start())
            first, _ = unit.function(line)
            head = unit.lines[first - 1]
            if first == line or unit.commented(line) or head.lstrip().startswith("func " + match["name"]):
                continue
            hashes = re.search(r"(?i)hash|user\w*\.|account\w*\.|\.pass", match["given"])
            signs_in = re.search(r"(?i)log_?in|sign_?in|auth(?!or)", f"{head} {unit.path.rsplit('/', 1)[-1]}")
            stays = re.search(
                r"(?i)change|reset|update|confirm|strength|policy|valid\w*pass|share|room", f"{head} {match[0]}"
            )
            if (hashes or signs_in) and not stays:
                told.add(first)
                yield unit, line, Saw("refutes", f"{match['name']}: the app checks passwords itself", "derived")
        for first, last in unit.blocks:
            head = unit.lines[first - 1]
            if first in told or not re.search(
                r"(?i)\bfunc\b[^()]*(?:\([^()]*\)\s*)?\w*(?:log_?in|sign_?in)\w*\(", head
            ):
                continue
            if not _HANDLES.search(head) or re.search(r"(?i)(?:oauth|oidc|sso|saml|github|google)\w*\(", head):
                continue
            body = "\n".join(unit.lines[first:last])
            sent = _SENT_PASSWORD.search(body)
            said = re.search(
                r"CompareHashAndPassword|(?i:check|verify|compare)\w*[pP]ass|\.BasicAuth\(|[pP]assword\s*[!=]=\s*\w+\.[pP]ass",
                body,
            )
            if sent and not said and not _GIVEN_ON.search(body):
                line = first + 1 + body[: sent.start()].count("\n")
                yield unit, line, Saw("refutes", "the sign-in takes a password of the app's own", "derived")


@on("local-password-login", "call", "filter_by|find_one|findOne", "python", "javascript")
def password_query(fact: Fact, unit: Unit) -> Saw | None:
    """A user that is looked up by name and password."""
    # Callbacks of older drivers follow what is asked for, and use passwords for other things.
    asked = fact.text if unit.language == "python" else " ".join(value for _, value in fact.arguments()[:1])
    yes = re.search(r"(?i)user|email|login", fact.text) and re.search(r"\bpassword\b\s*[=:]\s*[\w.\[\]\"']+", asked)
    return Saw("refutes", "a user is looked up by name and password", "derived") if yes else None


# --- documents that the team declares ----------------------------------------------------------------------------

MAX_AGE_DAYS = 365


def document_age(check: str, root: Path, path: object, on: dt.date) -> Saw | None:
    """What is wrong with a declared document: it is missing, or carries no date of the last twelve months."""
    what = DOCUMENTS[check][1]
    if not isinstance(path, str):
        return None
    target = root / path
    try:
        inside = target.resolve().is_relative_to(root.resolve())
        text = target.read_text(encoding="utf-8", errors="replace")[:200_000] if inside else None
    except (OSError, RuntimeError):
        text = None
    if text is None:
        return Saw("refutes", f"the {what} that the team's file names is missing: {path}")
    dates = [_date(found) for found in re.findall(r"\b(20\d\d-[01]\d-[0-3]\d)\b", text)]
    past = [date for date in dates if date is not None and date <= on]
    if not past:
        return Saw("review", f"the {what} holds no date (YYYY-MM-DD), so its age is not known", "derived")
    age = (on - max(past)).days
    return Saw("refutes", f"the newest date in the {what} is {age} days old", "derived") if age > MAX_AGE_DAYS else None


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


# --- settings of several components ------------------------------------------------------------------------------

_CLIENT_ID = re.compile(r"(?i)(?:^|[._-])(?:azure_?|aad_?|entra_?|ad_?)?client[_-]?id$")


def client_ids(unit: Unit) -> Iterator[tuple[Setting, str]]:
    """Yield the settings of *unit* that give a client ID, with the ID in lower case."""
    for item in unit.settings:
        if (
            _CLIENT_ID.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", item.last))
            and _GUID.match(item.value)
            and len(set(item.value)) > 4
        ):
            yield item, item.value.lower()


def _component(path: str) -> str:
    parts = path.split("/")[:-1]
    while parts and parts[-1].lower() in (
        "config",
        "conf",
        "settings",
        "resources",
        "main",
        "src",
        "environments",
        "env",
        "properties",
    ):
        parts.pop()
    return "/".join(parts)


@whole("shared-client-id", "settings")
def shared_client_id(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """One client ID in the settings of several components."""
    seen: dict[str, list[tuple[Unit, Setting]]] = defaultdict(list)
    for unit in project.production("settings"):
        if re.search(r"(?i)deploy|infra|terraform|helm|k8s|docker|manifest", unit.path):
            continue
        for item, value in client_ids(unit):
            seen[value].append((unit, item))
    for places in seen.values():
        components = {_component(unit.path) for unit, _ in places}
        apart = [
            one for one in components if not any(other != one and one.startswith(other + "/") for other in components)
        ]
        if len(apart) > 1:
            for unit, item in places:
                yield (
                    unit,
                    item.line,
                    Saw(
                        "refutes",
                        f"the same client ID is set in {len(apart)} components: {', '.join(sorted(apart)[:4])}",
                        "derived",
                    ),
                )


_STAGE = re.compile(
    r"(?i)(?:^|[./_-])(test|testing|qa|staging|stage|uat|dev|development|prod|production|live)(?:[./_-]|$)"
)
_PRODUCTION = ("prod", "production", "live")


@whole("environment-settings-overlap", "settings")
def overlap(project: Project, declared: Mapping[str, Any]) -> Iterable[tuple[Unit, int, Saw]]:
    """Test and production settings that share a client, a vault or a data store.

    Files that the team declares are compared whatever their names and folders are.
    """
    stated = {str(path): "test" for path in declared.get("test_settings") or ()}
    stated |= {str(path): "production" for path in declared.get("production_settings") or ()}
    seen: dict[tuple[str, str], list[tuple[Unit, Setting, str]]] = defaultdict(list)
    for unit in project.units:
        named = _STAGE.search(unit.path.rsplit("/", 1)[-1])
        stage = stated.get(unit.path) or (named[1].lower() if named else None)
        if unit.language != "settings" or stage is None:
            continue
        folder = "" if unit.path in stated or "/" not in unit.path else unit.path.rsplit("/", 1)[0]
        for item, value in client_ids(unit):
            seen[(folder, value)].append((unit, item, stage))
        for item in unit.settings:
            host = re.search(
                r"(?i)([\w-]+\.(?:vault\.azure\.net|database\.windows\.net|documents\.azure\.com|blob\.core\.windows\.net|redis\.cache\.windows\.net|postgres\.database\.azure\.com))",
                item.value,
            )
            if host:
                seen[(folder, host[1].lower())].append((unit, item, stage))
    for (_, shared), places in seen.items():
        stages = {stage for _, _, stage in places}
        if stages & set(_PRODUCTION) and stages - set(_PRODUCTION):
            for unit, item, name in places:
                if name not in _PRODUCTION:
                    yield unit, item.line, Saw("refutes", f"{name} settings share {shared} with production", "derived")


# --- agents ------------------------------------------------------------------------------------------------------


@on(
    "unfiltered-tool-registration",
    "call",
    "list_tools|listTools|get_tools|getTools|ListToolsAsync|load_mcp_tools|GetToolsAsync|EnumerateToolsAsync",
)
def unfiltered_tools(fact: Fact, unit: Unit) -> Saw | None:
    """Every tool of an MCP server handed to the model."""
    if not unit.search(r"(?i)\bmcp\b|modelcontextprotocol"):
        return None
    around = unit.around(fact.line)
    registers = re.search(
        r"(?i)(?<!\.)\btools\s*[=:]|bind_tools|register|tools\.extend|tools\.push|AddFromFunctions|Agent\(", around
    )
    filters = re.search(
        r"(?i)\bfilter\(|\bif\b[^\n]*\bname\b|allowed?_?tools|allow_?list|\.Where\(|tool_filter|in ALLOWED|includes\(",
        around,
    )
    return (
        Saw("refutes", f"{fact.last}: every tool that the server offers is registered", "derived")
        if registers and not filters
        else None
    )


@on("tool-without-approval", "name", r"require_approval|requireApproval|approval_mode|RequireApproval")
def without_approval(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """Tools that run without anybody's approval."""
    never = re.search(r"[\"'](?:never|never_require)[\"']|\bNever\b", fact.value)
    return Saw("refutes", f"{fact.last} is never: tools run without approval") if never else None


# --- tests and documents that support ----------------------------------------------------------------------------


@whole("bad-token-tests", "python", "csharp")
def bad_tokens(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Tests that refuse tokens with a wrong audience, issuer, expiry and signature."""
    faults = {
        "audience": re.compile(
            r"(?i)wrong_?aud|invalid_?aud|other_?aud|bad_?aud|aud(?:ience)?[\"']?\s*[:=]\s*[\"'][^\"']*(?:other|wrong|bad|evil|invalid)"
        ),
        "issuer": re.compile(
            r"(?i)wrong_?iss|invalid_?iss|bad_?iss|iss(?:uer)?[\"']?\s*[:=]\s*[\"'][^\"']*(?:other|wrong|bad|evil|invalid)"
        ),
        "expiry": re.compile(r"(?i)expired|exp[\"']?\s*[:=][^\n]*-\s*\d"),
        "signature": re.compile(
            r"(?i)wrong_?key|bad_?signature|invalid_?signature|tampered|evil_?key|alg[\"']?\s*[:=]\s*[\"']none"
        ),
    }
    refused = re.compile(r"\b40[13]\b|Unauthorized|Forbidden")
    for unit in project.units:
        if unit.source.context == "test" and all(map(unit.holds, ("aud", "iss", "exp"))) and unit.search(refused):
            found = {name: match for name, pattern in faults.items() if (match := unit.search(pattern))}
            if len(found) == len(faults):
                yield (
                    unit,
                    unit.line_of(found["audience"].start()),
                    Saw(
                        "supports", "tests refuse tokens with a wrong audience, issuer, expiry and signature", "derived"
                    ),
                )


@whole("admin-consent-link", "python", "csharp", "javascript")
def admin_consent(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """An onboarding link with which an administrator consents."""
    for unit in project.units:
        match = unit.search(r"login\.microsoftonline\.com/[^\s\"'`]{0,100}/(?:v2\.0/)?adminconsent")
        if (
            match
            and unit.source.context != "test"
            and re.search(r"\bstate\b", unit.text[max(0, match.start() - 1500) : match.end() + 1500])
        ):
            yield (
                unit,
                unit.line_of(match.start()),
                Saw("supports", "an admin consent link with state leads customers' administrators in"),
            )


@setting("allowed-extensions-setting")
def extensions(item: Setting, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """Managed settings of the editor that restrict extensions."""
    return (
        Saw("supports", "extensions are restricted to listed publishers")
        if item.key.startswith("extensions.allowed.") and item.key != "extensions.allowed.*"
        else None
    )


@whole("unhashed-packages", "text", "settings")
def unhashed(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Dependency files without a lock that carries hashes."""
    root = Path(project.root)
    for unit in project.production("text", "settings"):
        folder = root / unit.path.rsplit("/", 1)[0] if "/" in unit.path else root
        name = unit.path.rsplit("/", 1)[-1]
        if name == "requirements.txt" and unit.text.strip():
            packages = [line for line in unit.lines if re.match(r"\s*[A-Za-z0-9]", line)]
            if "--hash=sha256:" in unit.text:
                yield unit, 1, Saw("supports", "every requirement carries hashes")
            elif packages and not any(
                (folder / lock).is_file() for lock in ("uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock")
            ):
                yield unit, 1, Saw("refutes", "the requirements carry no hashes and there is no lock file")
        elif name == "package.json" and any(
            item.key.startswith(("dependencies.", "devDependencies.")) for item in unit.settings
        ):
            locks = ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "npm-shrinkwrap.json")
            above = [folder, *(parent for parent in folder.parents if parent.is_relative_to(root))]
            if any((place / lock).is_file() for place in above for lock in locks):
                yield unit, 1, Saw("supports", "a lock file with hashes stands beside the dependencies")
            else:
                yield unit, 1, Saw("refutes", "there is no lock file beside the dependencies")
