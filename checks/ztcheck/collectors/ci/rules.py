"""The checks of the ci collector."""

from __future__ import annotations

import datetime as dt
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ztcheck.collectors.checking import Nothing, NotRun, Rules, refutes, review, supports, when
from ztcheck.collectors.ci.workflows import expressions, secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ztcheck.collectors.checking import Document
    from ztcheck.collectors.ci import Pipeline
    from ztcheck.collectors.ci.workflows import Job, Step, Workflow
    from ztcheck.evidence import Finding, Place

RULES = Rules()
rule = RULES.rule

ADMIN_LIST_DAYS = 90
_TEST = re.compile(
    r"(?i)(^|[-_ /])(dev|develop|development|test|testing|qa|uat|stag|stage|staging|preview|sandbox)\d*($|[-_ /])"
)
_TEMPLATE_PATH = re.compile(r"\.(tf|bicep|json|ya?ml)$|infra|deploy|terraform|bicep")
_PRODUCTION_NAME = re.compile(r"(^|_)PROD(UCTION)?(_|$)")
_SIGN_IN = (
    "azure/login", "aws-actions/configure-aws-credentials", "google-github-actions/auth", "pypa/gh-action-pypi-publish",
    "actions/attest", "actions/attest-build-provenance", "actions/attest-sbom", "sigstore/cosign-installer",
    "sigstore/gh-action-sigstore-python", "hashicorp/vault-action", "rubygems/release-gem", "actions/deploy-pages",
    "rust-lang/crates-io-auth-action", "nuget/login", "step-security/harden-runner", "docker/build-push-action",
    "slsa-framework/slsa-github-generator", "octo-sts/action", "anthropics/claude-code-action",
)  # fmt: skip
_SIGN_IN_RUN = re.compile(r"ID_TOKEN_REQUEST|\bcosign\b|federated-token|\bnpm publish\b")
_DEPLOY = (
    "azure/webapps-deploy", "azure/functions-action", "azure/static-web-apps-deploy", "azure/arm-deploy",
    "azure/bicep-deploy", "azure/container-apps-deploy-action", "azure/k8s-deploy", "azure/aks-set-context",
    "azure/appservice-settings", "azurewebapp", "azurefunctionapp", "azurermwebappdeployment",
    "azureresourcemanagertemplatedeployment", "azurestaticwebapp", "azurecontainerapps", "kubernetesmanifest",
)  # fmt: skip
_DEPLOY_SCRIPT = re.compile(
    r"\baz\s+(deployment|webapp\s+(deploy|up)|functionapp\s+deploy|containerapp\s+(up|update|create))\b"
    r"|\baz\s+aks\s+get-credentials\b|\bazd\s+(up|deploy)\b|\bterraform\s+(-\S+\s+)*apply\b|\bkubectl\s+(apply|set)\b|\bhelm\s+(upgrade|install)\b"
)


# Shared


def _workflows(case: Pipeline) -> tuple[Workflow, ...]:
    if not case.pipelines.workflows:
        raise Nothing("no pipeline was found in this repository")
    return case.pipelines.workflows


def _github(case: Pipeline) -> list[Workflow]:
    found = [workflow for workflow in _workflows(case) if workflow.system == "github"]
    if not found:
        raise Nothing("no GitHub workflow was found in this repository")
    return found


def _whole(case: Pipeline) -> bool:
    """Whether every pipeline could be read; only then does silence count."""
    return not case.pipelines.unread


def _exported(case: Pipeline, kind: str) -> list[Document]:
    found = case.export(kind)
    if not found:
        raise Nothing(f"no {kind.replace('_', ' ')} were exported")
    return found


def _deploys(job: Job) -> Step | None:
    """Return the step of *job* that deploys, or None."""
    return next((s for s in job.steps if s.action.startswith(_DEPLOY) or _DEPLOY_SCRIPT.search(s.run)), None)


def _production_names(case: Pipeline) -> list[str]:
    return [str(name).lower() for name in case.declared("production_environments") or ("production", "prod")]


def _is_test(job: Job) -> bool:
    return bool(_TEST.search(job.environment) or (not job.environment and _TEST.search(f"{job.name} {job.text}")))


def _on_pull_requests(workflow: Workflow, *, templates: bool = False) -> bool:
    """Whether *workflow* runs for every pull request: no branch but the usual ones left out, no path left out."""
    if "pull_request" not in workflow.triggers:
        return False
    settings = workflow.triggers["pull_request"]
    if not isinstance(settings, dict):
        return True
    branches = settings.get("branches")
    if isinstance(branches, list) and not {"main", "master", "**", "*"} & set(map(str, branches)):
        return False
    if settings.get("branches-ignore") or settings.get("paths-ignore"):
        return False
    paths = settings.get("paths")
    if not paths:
        return True
    return templates and any(
        re.search(r"\.(tf|bicep|json|ya?ml)$|infra|deploy|terraform|bicep", str(path)) for path in paths
    )


def _line(step: Step, offset: int) -> Place:
    from ztcheck.evidence import Place

    return Place(step.path, line=step.run_line + offset)


# Secrets and sign-in


@rule(
    "environment-secrets-shared",
    why="A test run, which more people can start and change, holds what opens production.",
    advice="Give the test environment secrets and variables of its own.",
)
def environment_secrets_shared(case: Pipeline) -> Iterator[Finding]:
    _workflows(case)
    for _, job in case.jobs():
        if not _is_test(job) or not (job.environment or _deploys(job)):
            continue
        for step in job.steps:
            for name in sorted({name for text in step.texts() for name in secrets_of(text)}):
                if _PRODUCTION_NAME.search(name):
                    message = f"the test job {job.name} reads {name}"
                    yield refutes(message, step.place, key=f"{job.name} {name}", sure="derived")


@rule(
    "open-secret-alerts",
    why="A secret in the repository's history is known to everyone who ever cloned it.",
    advice="Revoke the secret, replace it, then close the alert.",
)
def open_secret_alerts(case: Pipeline) -> Iterator[Finding]:
    lists = _exported(case, "secret_scanning_alerts")
    open_ = False
    for alerts in lists:
        for at, alert in alerts.each("items"):
            if alert.get("state") == "open":
                open_ = True
                kind = alert.get("secret_type_display_name") or alert.get("secret_type") or "a secret"
                message = f"secret scanning alert {alert.get('number', '?')} is open: {kind}"
                yield refutes(message, alerts.place("items", at), key=f"alert {alert.get('number', at)}")
    for repository in case.export("repository"):
        status = repository.get("security_and_analysis", "secret_scanning", "status")
        if status == "disabled":
            open_ = True
            place = repository.place("security_and_analysis", "secret_scanning", "status")
            yield refutes("secret scanning is disabled", place, key="disabled")
        elif status == "enabled" and not open_:
            yield supports("secret scanning is enabled and has no open alert", lists[0].place("items"))


_CLIENT_SECRET_NAMES = ("AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE", "AZURE_CREDENTIALS")
_SERVICE_LOGIN = re.compile(
    r"az\s+login\b[^\n]*--service-principal(?:[^\n\\]|\\\n|\\)*?(?:-p|--password|--certificate)[ =]"
)


@rule(
    "stored-cloud-credential",
    why="Whoever reads the secret store, or runs a step of this job, gets a credential that works from anywhere.",
    advice="Sign in with a federated credential: azure/login with client-id, tenant-id and subscription-id only.",
)
def stored_cloud_credential(case: Pipeline) -> Iterator[Finding]:
    _workflows(case)
    for workflow, job in case.jobs():
        for step in job.steps:
            if step.action == "azure/login" and ("creds" in step.inputs or "client-secret" in step.inputs):
                yield refutes("azure/login is fed with a stored credential", step.place, key=f"{job.name} login")
            elif "publish-profile" in step.inputs and secrets_of(step.inputs["publish-profile"]):
                yield refutes(f"{step.action} is fed with a publish profile", step.place, key=f"{job.name} profile")
            elif _SERVICE_LOGIN.search(step.run) and "--federated-token" not in step.run:
                yield refutes("az login is fed with a stored credential", step.place, key=f"{job.name} az login")
            for name, value in (step.env | job.env).items():
                stored = secrets_of(value) or (workflow.system == "azure" and re.fullmatch(r"\$\(\w[\w.-]*\)", value))
                if name in _CLIENT_SECRET_NAMES and stored:
                    message = f"{name} is filled from the secret store"
                    yield refutes(message, step.place, key=f"{job.name} {name}")
                    break


@rule("federated-sign-in", why="", advice="")
def federated_sign_in(case: Pipeline) -> Iterator[Finding]:
    deploying = [(w, job) for w, job in case.jobs() if w.system == "github" and (_deploys(job) or _logins(job))]
    if not deploying:
        raise Nothing("no deployment job was found")
    for _, job in deploying:
        logins = _logins(job)
        if not logins or (job.permissions or {}).get("id-token") != "write":
            return
        for step in logins:
            ids = {"client-id", "tenant-id"} <= step.inputs.keys()
            if not ids or {"creds", "client-secret"} & step.inputs.keys():
                return
    if _whole(case):
        names = ", ".join(job.name for _, job in deploying)
        yield supports(
            f"every deployment job signs in with a federated credential: {names}", _logins(deploying[0][1])[0].place
        )


def _logins(job: Job) -> list[Step]:
    return [step for step in job.steps if step.action == "azure/login"]


@rule(
    "organization-sign-on",
    why="An account outside your directory stays a member of the organization after its owner has left.",
    advice="Configure an identity provider for the organization and link or remove the members named here.",
)
def organization_sign_on(case: Pipeline) -> Iterator[Finding]:
    """GitHub's API shows the provider and linked identities, but not whether sign-on is enforced."""
    for document in _exported(case, "organization_identity"):
        base = ("data", "organization")
        if document.get(*base) is None:
            raise NotRun("the export holds no organization: the token may not see it")
        if not document.has(*base, "samlIdentityProvider"):
            raise NotRun("the export holds no samlIdentityProvider")
        place = document.place(*base, "samlIdentityProvider")
        if document.get(*base, "samlIdentityProvider") is None:
            yield refutes("the organization has no identity provider of its own", place, key="provider")
            continue
        lists = (("samlIdentityProvider", "externalIdentities"), ("membersWithRole",))
        if any(document.get(*base, *path, "pageInfo", "hasNextPage") is not False for path in lists):
            raise NotRun("members and identities were not exported whole: hasNextPage is not false for both")
        edges = document.get(*base, "samlIdentityProvider", "externalIdentities", "edges") or ()
        linked = {((((edge or {}).get("node") or {}).get("user")) or {}).get("login") for edge in edges}
        for at, member in document.each(*base, "membersWithRole", "nodes"):
            if member.get("login") not in linked:
                message = f"the member {member.get('login')} has no linked identity"
                member_place = document.place(*base, "membersWithRole", "nodes", at)
                yield refutes(message, member_place, key=f"member {member.get('login')}")


# Tokens of the code host; other services call theirs the same.
_PERSONAL = re.compile(
    r"^(?!(DOCKER|DOCKERHUB|CROWDIN|NPM|SNYK|SONAR|AIRTABLE|FIGMA|HF)_).*?(^|_)(PAT|GHPAT|PERSONAL_ACCESS_TOKEN)(_|$)"
    r"|(^|_)(GH|GITHUB|ADO|AZURE_DEVOPS|GITLAB)_PERSONAL_TOKEN(_|$)"
)
_PERSONAL_VALUE = re.compile(r"\b(ghp_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b")


@rule(
    "personal-token-in-workflow",
    why="The token carries the person's rights to every repository, and outlives the job.",
    advice="Use GITHUB_TOKEN or an app's installation token, or record the exception.",
)
def personal_token_in_workflow(case: Pipeline) -> Iterator[Finding]:
    _workflows(case)
    excepted = {str(name).upper() for name in case.declared("personal_token_exceptions") or ()}
    seen: set[tuple[str, str]] = set()
    for step in case.steps():
        for text in step.texts():
            names = {name for name in secrets_of(text) if _PERSONAL.search(name)} - excepted
            for name in sorted(names):
                if (step.path, name) not in seen:
                    seen.add((step.path, name))
                    yield refutes(f"a personal access token is passed: {name}", step.place, key=name, sure="derived")
            if _PERSONAL_VALUE.search(text):
                yield refutes("a personal access token stands in the workflow", step.place, key="literal")


@rule(
    "token-without-expiry",
    why="A token without end works for whoever finds it, for as long as its owner stays.",
    advice="Replace it by one that expires, or record the exception.",
)
def token_without_expiry(case: Pipeline) -> Iterator[Finding]:
    excepted = {str(name).lower() for name in case.declared("personal_token_exceptions") or ()}
    for document in _exported(case, "personal_access_tokens"):
        for at, token in document.each("items"):
            name = str(token.get("token_name") or token.get("token_id") or token.get("id") or at)
            owner = (token.get("owner") or {}).get("login") or "unknown"
            place = document.place("items", at)
            if token.get("token_expires_at") is None:
                yield refutes(f"the token {name} of {owner} never expires", place, key=f"{owner} {name}")
            elif name.lower() not in excepted:
                yield refutes(f"no exception is recorded for the token {name} of {owner}", place, key=f"{owner} {name}")


# Rights and rules of the repository


@rule(
    "unlisted-repository-admins",
    why="An administrator can switch off every rule of the repository, for a minute, unseen.",
    advice="Take the right away, or add the name to repository_admins after a review.",
)
def unlisted_repository_admins(case: Pipeline) -> Iterator[Finding]:
    documents = _exported(case, "collaborators")
    if case.declared("repository_admins") is None:
        raise Nothing("the team's file declares no repository_admins")
    listed = {str(name).lower() for name in case.declared("repository_admins")}
    good = True
    admins = 0
    for document in documents:
        for at, person in document.each("items"):
            if not ((person.get("permissions") or {}).get("admin") or person.get("role_name") == "admin"):
                continue
            admins += 1
            login = str(person.get("login"))
            if login.lower() not in listed:
                good = False
                yield refutes(
                    f"{login} administers the repository and is not listed", document.place("items", at), key=login
                )
    reviewed = case.declared("repository_admins_on")
    day = reviewed if isinstance(reviewed, dt.date) else when(str(reviewed)) if reviewed else None
    if day is None or (case.request.on - day).days > ADMIN_LIST_DAYS:
        good = False
        since = f"was reviewed on {day}" if day else "says not when it was reviewed"
        yield review(f"the list of repository admins {since}", documents[0].place("items"), key="reviewed")
    if good:
        yield supports(f"all {admins} administrators are on the list of {day}", documents[0].place("items"))


def _rules_of(case: Pipeline, kind: str) -> list[tuple[Place, dict[str, Any]]]:
    return [
        (document.place("items", at), entry)
        for document in _exported(case, "branch_rules")
        for at, entry in document.each("items")
        if entry.get("type") == kind
    ]


@rule(
    "branch-rules",
    why="One person, or one stolen session, changes what is deployed, and nobody else sees it first.",
    advice="Demand a pull request with one approval, dismiss stale approvals, and empty the bypass list.",
)
def branch_rules(case: Pipeline) -> Iterator[Finding]:
    """GitHub shows the bypass list only to who may write the ruleset; unseen, the question stays open."""
    where = _exported(case, "branch_rules")[0].place("items")
    found = _rules_of(case, "pull_request")
    good = bool(found)
    if not found:
        yield refutes("the branch admits direct pushes: no rule demands a pull request", where, key="pull request")
    parameters = [entry.get("parameters") or {} for _, entry in found]
    if found and max(p.get("required_approving_review_count") or 0 for p in parameters) < 1:
        good = False
        yield refutes("no approval is demanded", found[0][0], key="approval")
    if found and not any(p.get("dismiss_stale_reviews_on_push") for p in parameters):
        good = False
        yield refutes("approvals stay valid when new commits are pushed", found[0][0], key="stale")
    rulesets = case.export("rulesets")
    listed = False
    for document in rulesets:
        for at, ruleset in document.each("items"):
            if "bypass_actors" not in ruleset or ruleset.get("bypass_actors") is None:
                continue
            listed = True
            for index, actor in enumerate(ruleset["bypass_actors"]):
                good = False
                who = f"{(actor or {}).get('actor_type')} {(actor or {}).get('actor_id') or ''}".strip()
                message = f"{who} may bypass the ruleset {ruleset.get('name') or at}"
                yield refutes(message, document.place("items", at, "bypass_actors", index), key=f"bypass {who}")
    if good and listed:
        yield supports("a pull request with a fresh approval is demanded, and nobody may bypass it", found[0][0])
    elif good:
        raise NotRun("the rules are right, but the bypass list was not exported")


@rule(
    "push-protection",
    why="A secret that was pushed is leaked, even when the commit is taken back.",
    advice="Enable secret scanning and push protection for the repository.",
)
def push_protection(case: Pipeline) -> Iterator[Finding]:
    documents = [d for d in _exported(case, "repository") if d.get("security_and_analysis") is not None]
    if not documents:
        raise Nothing("the export holds no security_and_analysis: it is shown to repository admins only")
    for document in documents:
        good = True
        for name in ("secret_scanning", "secret_scanning_push_protection"):
            if document.get("security_and_analysis", name, "status") != "enabled":
                good = False
                message = f"{name} is not enabled"
                yield refutes(message, document.place("security_and_analysis", name), key=name)
        if good:
            yield supports("secret scanning and push protection are enabled", document.place("security_and_analysis"))


# Analysis

_ANALYZERS = (
    "github/codeql-action/analyze", "semgrep/semgrep-action", "returntocorp/semgrep-action", "sonarsource/*",
    "microsoft/security-devops-action", "advancedsecurity-codeql-analyze*", "snyk/actions/*", "checkmarx/*",
    "veracode/*", "sonarqubeanalyze", "sonarcloudanalyze", "microsoftsecuritydevops",
)  # fmt: skip
_ANALYZER_RUN = re.compile(
    r"\b(semgrep\s+(ci|scan)|codeql\s+database\s+analyze|sonar-scanner|bandit\s+-|ztcheck\s+scan)\b"
)
_ANALYZER_NAME = re.compile(r"(?i)codeql|semgrep|sonar|code.?scanning|snyk|checkmarx|veracode|static.analysis|analyze")


def _is_action(step: Step, known: tuple[str, ...]) -> bool:
    return any(fnmatchcase(step.action, pattern) for pattern in known)


@rule("code-scanning-job", why="", advice="")
def code_scanning_job(case: Pipeline) -> Iterator[Finding]:
    _workflows(case)
    for workflow, job in case.jobs():
        for step in job.steps:
            known = _is_action(step, _ANALYZERS) or _ANALYZER_RUN.search(step.run)
            if known and not step.forgiving and _on_pull_requests(workflow):
                what = step.action or "the analyzer"
                yield supports(f"{what} runs for every pull request in {workflow.path}", step.place)
                return


@rule(
    "code-scanning-required",
    why="Findings that block nothing are merged.",
    advice="Demand the analyzer's check, or code-scanning results, in the branch rules.",
)
def code_scanning_required(case: Pipeline) -> Iterator[Finding]:
    where = _exported(case, "branch_rules")[0].place("items")
    scanning = _rules_of(case, "code_scanning")
    checks = [
        (place, str((check or {}).get("context")))
        for place, entry in _rules_of(case, "required_status_checks")
        for check in (entry.get("parameters") or {}).get("required_status_checks") or ()
        if _ANALYZER_NAME.search(str((check or {}).get("context")))
    ]
    if scanning:
        yield supports("branch rules demand code-scanning results", scanning[0][0])
    elif checks:
        yield supports(f"branch rules demand the check {checks[0][1]}", checks[0][0], sure="derived")
    else:
        yield refutes("no branch rule demands a static analysis", where, key="required", sure="derived")


_TEMPLATE_SCANNERS = (
    "bridgecrewio/checkov-action", "aquasecurity/tfsec-action", "aquasecurity/tfsec-pr-commenter-action",
    "aquasecurity/trivy-action", "checkmarx/kics-github-action", "tenable/terrascan-action", "azure/powershell-*",
    "microsoft/ps-rule", "microsoft/security-devops-action", "microsoftsecuritydevops", "ps-rule-assert",
    "snyk/actions/iac",
)  # fmt: skip
_TEMPLATE_RUN = re.compile(
    r"\b(checkov\b|tfsec\b|trivy\s+config|kics\s+scan|terrascan\s+scan|snyk\s+iac|Assert-PSRule)"
)


@rule("infrastructure-scan-job", why="", advice="")
def infrastructure_scan_job(case: Pipeline) -> Iterator[Finding]:
    _workflows(case)
    for workflow, job in case.jobs():
        for step in job.steps:
            known = _is_action(step, _TEMPLATE_SCANNERS) or bool(_TEMPLATE_RUN.search(step.run))
            if step.action == "aquasecurity/trivy-action" and step.inputs.get("scan-type") != "config":
                known = False
            if known and not step.forgiving and _on_pull_requests(workflow, templates=True):
                yield supports(f"templates are scanned in pull requests by {workflow.path}", step.place)
                return


# Injection and permissions

# GitHub's page "Script injections": contexts that end so may be written by anybody.
_UNTRUSTED = re.compile(
    r"\bgithub\s*\.\s*head_ref\b"
    r"|\bgithub\s*\.\s*event\s*\.\s*"
    r"(?:issue|pull_request|comment|review|review_comment|discussion|pages|commits|head_commit|workflow_run)\b"
    r"[\w.\s*\[\]'\"-]*(?:\.|\[['\"])\s*"
    r"(?:body|default_branch|email|label|message|name|page_name|ref|title|head_branch|display_title)\b"
)
# Azure Pipelines puts macros into scripts as text before they run.
_UNTRUSTED_AZURE = re.compile(
    r"\$\(\s*(Build\.(SourceVersionMessage|SourceBranch(Name)?|RequestedFor)"
    r"|System\.PullRequest\.SourceBranch(Name)?)\s*\)"
)


@rule(
    "untrusted-expression-in-run",
    why="The expression becomes part of the script: a title or branch name runs as a command in your pipeline.",
    advice="Put the value into an environment variable of the step and use the variable, quoted.",
)
def untrusted_expression_in_run(case: Pipeline) -> Iterator[Finding]:
    _workflows(case)
    looked = 0
    bad = False
    systems = {workflow.path: workflow.system for workflow in case.pipelines.workflows}
    first: Place | None = None
    for step in case.steps():
        script = step.run or (step.inputs.get("script", "") if step.action == "actions/github-script" else "")
        if not script:
            continue
        looked += 1
        first = first or step.place
        for expression, offset in expressions(script):
            if _UNTRUSTED.search(expression) and not _only_compared(expression):
                bad = True
                message = f"a script holds what an outsider writes: ${{{{ {expression} }}}}"
                yield refutes(message, _line(step, offset) if step.run else step.place, key=expression)
        if systems.get(step.path) == "azure":
            for match in _UNTRUSTED_AZURE.finditer(script):
                bad = True
                place = _line(step, script.count("\n", 0, match.start()))
                yield refutes(f"a script holds what an outsider writes: {match[0]}", place, key=match[0])
    if not looked:
        raise Nothing("no pipeline runs a script")
    if not bad and _whole(case) and first:
        yield supports(f"none of {looked} scripts holds an expression that an outsider writes", first)


def _only_compared(expression: str) -> bool:
    """Whether the value decides a true or false and is not printed itself."""
    return bool(re.match(r"^(contains|startsWith|endsWith)\s*\([^()]*\)$", expression)) or bool(
        re.match(r"^[^&|]*\s(==|!=)\s[^&|]*$", expression)
    )


_HEAD = re.compile(
    r"github\s*\.\s*(head_ref\b|event\s*\.\s*(number\b|workflow_run\s*\.\s*head_"
    r"|pull_request\s*\.\s*(head\b|number\b|merge_commit_sha\b)))"
)
# Conditions under which the pull request's code is the repository's own: merged already, or from no fork.
_OWN_CODE = re.compile(
    r"(?<![!\w.])github\.event\.pull_request\.merged\b(?!\s*(!=|==\s*false))"
    r"|head\.repo\.full_name\s*==\s*github\.repository\b|head\.repo\.fork\s*==\s*false|!\s*github\.event\.pull_request\.head\.repo\.fork"
    r"|head_repository\.full_name\s*==\s*github\.repository\b"
)
_HEAD_RUN = re.compile(r"\bgh\s+pr\s+checkout\b|git\s+fetch\s[^\n]*\bpull/|refs/pull/")


@rule(
    "privileged-checkout-of-foreign-code",
    why="Code from a fork runs with your secrets and a token that can write.",
    advice="Use pull_request for code from forks, and keep pull_request_target for jobs that check nothing out.",
)
def privileged_checkout_of_foreign_code(case: Pipeline) -> Iterator[Finding]:
    for workflow in _github(case):
        event = next((name for name in ("pull_request_target", "workflow_run") if name in workflow.triggers), None)
        if event is None:
            continue
        for job in workflow.jobs:
            for step in job.steps:
                wanted = " ".join(step.inputs.get(name, "") for name in ("ref", "repository"))
                if _OWN_CODE.search(f"{job.condition} {step.condition}"):
                    continue
                foreign = step.action == "actions/checkout" and (_HEAD.search(wanted) or "refs/pull/" in wanted)
                if foreign or _HEAD_RUN.search(step.run):
                    message = f"a {event} job checks out the code of the pull request"
                    yield refutes(message, step.place, key=f"{job.name} {wanted or step.run[:80]}")


@rule(
    "job-permissions-missing",
    why="Every step of the job, third-party code too, gets a token or secrets that it does not need.",
    advice="Set permissions: {} for the workflow, name the few scopes in the job, and set secrets in the step.",
)
def job_permissions_missing(case: Pipeline) -> Iterator[Finding]:
    for workflow in _github(case):
        for job in workflow.jobs:
            if job.permissions is None:
                yield refutes(f"the job {job.name} sets no permissions", job.place, key=f"{job.name} none")
            elif job.permissions.get("*") == "write-all":
                yield refutes(f"the job {job.name} may write everything", job.place, key=f"{job.name} write-all")
        for name, value in workflow.env.items():
            if any(re.search(r"\bsecrets\b", expression) for expression, _ in expressions(value)):
                from ztcheck.evidence import Place

                place = Place(workflow.path, line=workflow.env_line)
                yield refutes(f"the workflow gives the secret in {name} to every step", place, key=f"env {name}")


@rule(
    "id-token-outside-deploy-job",
    why="Any step of the job can ask for a token that Entra ID trusts as your pipeline.",
    advice="Grant id-token: write to the one job that signs in, and to no other.",
)
def id_token_outside_deploy_job(case: Pipeline) -> Iterator[Finding]:
    from ztcheck.evidence import Place

    for workflow in _github(case):
        if (workflow.permissions or {}).get("id-token") == "write":
            place = Place(workflow.path, line=workflow.permissions_line)
            yield refutes("id-token: write is granted to the whole workflow", place, key="workflow")
        for job in workflow.jobs:
            if not job.own_permissions or (job.permissions or {}).get("id-token") != "write" or job.uses:
                continue
            if not any(step.action.startswith(_SIGN_IN) or _SIGN_IN_RUN.search(step.run) for step in job.steps):
                # An action of the repository itself may do it.
                make = review if any(step.uses.startswith("./") for step in job.steps) else refutes
                message = f"the job {job.name} may ask for an id token but signs in nowhere"
                yield make(message, job.place, key=job.name, sure="derived")


@rule(
    "default-token-can-write",
    why="A workflow that forgets its permissions block gets a token that can push.",
    advice="Set the repository's default workflow permission to read.",
)
def default_token_can_write(case: Pipeline) -> Iterator[Finding]:
    for document in _exported(case, "workflow_permissions"):
        if document.get("default_workflow_permissions") == "write":
            yield refutes(
                "the default workflow permission is write",
                document.place("default_workflow_permissions"),
                key="default",
            )


# Deployment


@rule(
    "production-environment-rules",
    why="Whoever can push to a branch can deploy it to production.",
    advice="Add required reviewers, prevent self-review, and admit the release branch by its name.",
)
def production_environment_rules(case: Pipeline) -> Iterator[Finding]:
    """GitHub's "Protected branches only" admits every branch while no branch has a protection rule.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments
    """
    names = _production_names(case)
    found = [
        (document, at, environment)
        for document in _exported(case, "environments")
        for at, environment in document.each("environments")
        if str(environment.get("name")).lower() in names
    ]
    if not found:
        raise Nothing(f"no exported environment is called {' or '.join(names)}")
    for document, at, environment in found:
        place = document.place("environments", at)
        name = environment.get("name")
        rules = [entry for entry in environment.get("protection_rules") or () if entry]
        reviewers = [entry for entry in rules if entry.get("type") == "required_reviewers" and entry.get("reviewers")]
        faults = []
        if not reviewers:
            faults.append("has no required reviewers")
        elif not any(entry.get("prevent_self_review") for entry in reviewers):
            faults.append("admits self-review")
        policy = environment.get("deployment_branch_policy") or {}
        if not (policy.get("protected_branches") or policy.get("custom_branch_policies")):
            faults.append("admits every branch")
        for fault in faults:
            yield refutes(f"the environment {name} {fault}", place, key=f"{name} {fault}")
        if faults:
            continue
        admitted = _admitted_branches(case)
        if policy.get("protected_branches"):
            yield review(
                f"the environment {name} admits protected branches: every branch while none has a protection rule",
                place,
                key=f"{name} admits protected branches",
            )
        elif len(found) > 1 or not admitted or any(mark in branch for branch in admitted for mark in "*?["):
            seen = f"by pattern: {', '.join(admitted)}" if admitted else "that were not exported"
            yield review(f"the environment {name} admits branches {seen}", place, key=f"{name} admits branches")
        else:
            yield supports(f"the environment {name} has reviewers, no self-review, admits {', '.join(admitted)}", place)


def _admitted_branches(case: Pipeline) -> list[str]:
    """Names and patterns in the exports of deployment branches, which do not say for which environment."""
    documents = case.export("deployment_branches")
    return [str(entry.get("name")) for document in documents for _, entry in document.each("branch_policies")]


@rule(
    "deploy-job-without-environment",
    why="The job runs past the reviewers and branch rules of the protected environment.",
    advice="Name the protected environment in the job.",
)
def deploy_job_without_environment(case: Pipeline) -> Iterator[Finding]:
    _workflows(case)
    for workflow, job in case.jobs():
        step = _deploys(job)
        if step is None or job.environment or _is_test(job) or set(workflow.triggers) <= {"pull_request"}:
            continue
        yield refutes(
            f"the job {job.name} deploys without naming an environment", job.place, key=job.name, sure="derived"
        )


@rule(
    "overdue-dependency-alerts",
    why="The hole is public, and so is the way to use it.",
    advice="Update the package, or dismiss the alert with a reason.",
)
def overdue_dependency_alerts(case: Pipeline) -> Iterator[Finding]:
    off = [d for d in case.export("vulnerability_alerts") if d.get("enabled") is False]
    for document in off:
        yield refutes("vulnerability alerts are not enabled", document.place("enabled"), key="enabled")
    lists = case.export("dependabot_alerts")
    if not lists:
        if off:
            return
        raise Nothing("no dependabot alerts were exported")
    days = case.declared("alert_days")
    if not days:
        raise Nothing("the team's file declares no alert_days")
    good = not off
    for document in lists:
        for at, alert in document.each("items"):
            severity = (alert.get("security_advisory") or {}).get("severity") or "low"
            since = when(alert.get("created_at"))
            limit = days.get(severity)
            if alert.get("state") != "open" or since is None or not isinstance(limit, int):
                continue
            if (case.request.on - since).days > limit:
                good = False
                package = (((alert.get("dependency") or {}).get("package")) or {}).get("name") or "a package"
                number = f"alert {alert.get('number', at)}"
                message = f"the {severity} {number} for {package} is open since {since}, longer than {limit} days"
                yield refutes(message, document.place("items", at), key=number)
    if good and any(d.get("enabled") for d in case.export("vulnerability_alerts")):
        yield supports("vulnerability alerts are enabled and none is overdue", lists[0].place("items"))


# Supply chain

_HASH = re.compile(r"@[0-9a-f]{40}$")


@rule(
    "unpinned-actions",
    why="Whoever takes the action's repository over moves the tag, and their code runs in your pipeline.",
    advice="Name the full commit hash and let a bot update it; name images by digest.",
)
def unpinned_actions(case: Pipeline) -> Iterator[Finding]:
    _github(case)
    own = {str(name).lower() for name in case.declared("trusted_action_owners") or ()}
    own |= {str(d.get("full_name")).split("/")[0].lower() for d in case.export("repository") if d.get("full_name")}
    uses: list[tuple[str, Place]] = [(step.uses, step.place) for step in case.steps() if step.uses]
    systems = {workflow.path: workflow.system for workflow in case.pipelines.workflows}
    uses += [(job.uses, job.place) for _, job in case.jobs() if job.uses]
    looked = 0
    bad = False
    for name, place in uses:
        if name.startswith("./") or systems.get(place.path or "") == "azure" or name.split("/")[0].lower() in own:
            continue
        looked += 1
        if not ("@sha256:" in name if name.startswith("docker://") else _HASH.search(name)):
            bad = True
            yield refutes(f"{name} is not pinned to a full commit hash or digest", place, key=name)
    if not looked:
        raise Nothing("no workflow uses an action from outside")
    if not bad and _whole(case):
        yield supports(f"all {looked} actions from outside are pinned", uses[0][1])


@rule("attestation-steps", why="", advice="")
def attestation_steps(case: Pipeline) -> Iterator[Finding]:
    for workflow in _github(case):
        for job in workflow.jobs:
            actions = {step.action: step for step in job.steps}
            provenance = actions.get("actions/attest-build-provenance") or actions.get("actions/attest")
            bill = actions.get("actions/attest-sbom") or next(
                (s for s in job.steps if s.action == "actions/attest" and "sbom-path" in s.inputs), None
            )
            if provenance and bill and provenance is not bill and "self-hosted" not in job.runs_on:
                yield supports(f"the job {job.name} attests provenance and bill of materials", provenance.place)
                return


@rule(
    "release-attestations",
    why="Nobody can tell a file of yours from one that was swapped.",
    advice="Attest provenance and bill of materials for each file that you release.",
)
def release_attestations(case: Pipeline) -> Iterator[Finding]:
    good = True
    count = 0
    documents = _exported(case, "release_attestations")
    for document in documents:
        for at, asset in document.each("items"):
            count += 1
            kinds = [str(kind) for kind in asset.get("predicate_types") or ()]
            missing = []
            if not any("slsa.dev/provenance" in kind for kind in kinds):
                missing.append("provenance")
            if not any(re.search(r"spdx|cyclonedx", kind, re.IGNORECASE) for kind in kinds):
                missing.append("bill of materials")
            if missing:
                good = False
                name = asset.get("name") or asset.get("digest") or at
                message = f"the released file {name} has no attestation of its {' and '.join(missing)}"
                yield refutes(message, document.place("items", at), key=str(name))
    if not count:
        raise Nothing("the latest release holds no file")
    if good:
        yield supports(f"all {count} released files are attested", documents[0].place("items"))


@rule(
    "audit-log-streaming",
    why="Whoever takes the code host over also rules over the only log of it.",
    advice="Stream the enterprise's audit log to a store of another owner.",
)
def audit_log_streaming(case: Pipeline) -> Iterator[Finding]:
    stores = [str(name).lower() for name in case.declared("log_stores") or ()]
    for document in _exported(case, "audit_log_streams"):
        live = [stream for _, stream in document.each("items") if stream.get("enabled") is not False]
        where = document.place("items")
        if not live:
            yield refutes("the enterprise has no audit-log stream", where, key="none")
        elif stores and not any(
            store in f"{s.get('stream_type')} {s.get('stream_details')}".lower() for s in live for store in stores
        ):
            yield refutes("no audit-log stream leads to a declared log store", where, key="store", sure="derived")


_CHECKLIST = re.compile(r"\bztcheck\s+(?:\S+\s+)*?(report|gate|check)\b")
_RELEASE = re.compile(r"(?i)release|publish|deploy")


@rule("checklist-job", why="", advice="")
def checklist_job(case: Pipeline) -> Iterator[Finding]:
    for workflow in _workflows(case):
        for job in workflow.jobs:
            for step in job.steps:
                honored = not step.forgiving and not re.search(r"ztcheck[^\n]*(\|\|\s*(true|:)|;\s*true)", step.run)
                if not (_CHECKLIST.search(step.run) and honored):
                    continue
                waiting = [
                    other.name
                    for other in workflow.jobs
                    if _depends(other, job.name, workflow) and (_RELEASE.search(other.name) or _deploys(other))
                ]
                if waiting:
                    yield supports(f"the job {waiting[0]} waits for the checklist", step.place)
                    return


def _depends(job: Job, name: str, workflow: Workflow) -> bool:
    by_name = {other.name: other for other in workflow.jobs}
    todo, seen = list(job.needs), set[str]()
    while todo:
        need = todo.pop()
        if need == name:
            return True
        if need not in seen and need in by_name:
            seen.add(need)
            todo += by_name[need].needs
    return False


_TESTS = re.compile(
    r"\b(pytest\b|python3? -m (pytest|unittest)|tox\b|nox\b|dotnet test|npm (run )?test|npx (jest|vitest)|yarn test"
    r"|pnpm test|mvn\s[^\n]*(test|verify)|gradlew?\s[^\n]*(test|check)|go test)"
)
_TEST_ACTIONS = ("dotnetcorecli", "vstest", "maven", "gradle")


@rule("access-tests-run", why="", advice="")
def access_tests_run(case: Pipeline) -> Iterator[Finding]:
    for workflow in _workflows(case):
        if not _on_pull_requests(workflow):
            continue
        for job in workflow.jobs:
            for step in job.steps:
                task = step.action in _TEST_ACTIONS and "test" in " ".join(step.inputs.values()).lower()
                if (_TESTS.search(step.run) or task) and not step.forgiving:
                    yield supports(
                        f"the job {job.name} runs the tests for every pull request", step.place, sure="derived"
                    )
                    return
