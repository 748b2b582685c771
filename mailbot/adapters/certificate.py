"""Certificates as PDF, typeset by Typst: one wheel without system packages, its fonts within, 5 ms a page.

WeasyPrint needs Pango from the system; fpdf2 and ReportLab need code instead of a template, and set type less well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from mailbot.service.certificates import CertificateError

#: below the folder of the templates; a picture beside it can be used in it
TEMPLATE = "certificate/certificate.typ"


def installed() -> bool:
    return find_spec("typst") is not None


class TypstCertificates:
    """Typst is imported when the first certificate is made: 34 MB that only these commands need."""

    def __init__(self, templates: Path) -> None:
        self._file = templates / TEMPLATE

    def pdf(self, data: Mapping[str, object]) -> bytes:
        try:
            import typst
        except ModuleNotFoundError as error:
            raise CertificateError(
                "certificates need the package typst: pip install 'mailbot[certificates]'"
            ) from error
        if not self._file.is_file():
            raise CertificateError(f"{self._file} is missing: it says how a certificate looks")
        try:
            made = typst.compile(
                str(self._file),
                root=str(self._file.parent),
                format="pdf",
                sys_inputs={"data": json.dumps(dict(data), ensure_ascii=False)},
            )
        except (typst.TypstError, RuntimeError) as error:
            raise CertificateError(f"{self._file}: {error}") from error
        if not isinstance(made, bytes):
            raise CertificateError(f"{self._file}: makes no single document")
        return made
