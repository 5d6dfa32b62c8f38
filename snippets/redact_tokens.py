# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Removes tokens, codes and secrets from log records, tracebacks and extra fields before a handler writes them."""

import logging
import re

NAMES = (
    "(?:access|refresh|id)_?token|client_?(?:secret|assertion|credential)|assertion|device_?code|code_?verifier"
    "|password|private_?key|api[_-]?key|subscription-key|(?:Account|SharedAccess)Key|SAMLResponse|(?:set-)?cookie"
    "|(?:proxy-)?authorization|x-identity-header|secret(?:_?text)?"
)
# JWT or JWE: begins with the base64url of a curly bracket
TOKEN = re.compile(r"\be(?:yJ|yA|wo|w0)[\w-]{8,}(?:\.[\w-]*){1,4}")
SCHEME = re.compile(r"(?i)\b(Bearer|Basic|PoP|DPoP)(\s+|%20|\+)[\w.~+/=-]{8,}")
QUOTED = re.compile(rf"""(?i)({NAMES})(\\*["']?\s*[:=,]\s*b?)(\\*["'])(?:(?!(?<!\\)\3).)*""", re.DOTALL)
PLAIN = re.compile(rf"(?i)({NAMES})([ \t]*[:=][ \t]*|%3D)(?!\[removed)[^\s&\"'\\][^\r\n&\"'\\]*")
CODE = re.compile(r"""(?i)([?&#]|%3F|%26|\b(?=code\W{1,6}[\w.-]{32}))(code)(=|%3D|["']\s*:\s*["'])[\w.~*!$-]+""")
SIGNATURE = re.compile(r"(?i)([?&]sig=)[\w.~%+/=-]+")
PEM = re.compile(r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----).*?(?:-----END|\Z)", re.DOTALL)
USER = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,200}:)[^\s/@]+@")


def redact(text: str) -> str:
    """The text with the value of every credential replaced; names stay, so that the line still tells its story."""
    text = TOKEN.sub("[removed]", text)
    text = SCHEME.sub(r"\1\2[removed]", text)
    text = QUOTED.sub(r"\1\2\3[removed]", text)
    text = PLAIN.sub(r"\1\2[removed]", text)
    for pattern in (PEM, SIGNATURE, USER):
        text = pattern.sub(r"\1[removed]", text)
    return CODE.sub(r"\1\2\3[removed]", text)


class RedactTokens(logging.Filter):
    """A filter for handlers; a filter on a logger would miss the records of the loggers below it."""

    formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the record; what is left of it holds only redacted text, for every handler that comes after."""
        try:
            record.msg, record.args = record.getMessage(), None
        except Exception as error:  # a mistake in a call of the logger must not stop the app
            record.msg, record.args = f"a record that cannot be formatted: {error!r}", None
        if record.exc_info and record.exc_info[0]:
            record.exc_text = self.formatter.formatException(record.exc_info)
        record.exc_info = None
        for name, value in vars(record).items():
            if value is not None and not isinstance(value, (int, float)):
                text = value if isinstance(value, str) else repr(value)
                if (clean := redact(text)) != text:
                    setattr(record, name, clean)
        return True


def redact_logs() -> None:
    """Gives the filter to every handler there is; call it after logging has been set up, that of uvicorn included."""
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    handlers = [handler for logger in loggers for handler in logger.handlers]
    for handler in handlers + [logging.lastResort] * (logging.lastResort is not None):
        if handler and not any(isinstance(each, RedactTokens) for each in handler.filters):
            handler.addFilter(RedactTokens())
