"""Write what is in a wheelhouse as a bill of materials (软件物料清单, CycloneDX 1.5, JSON).

    python tools/sbom.py WHEELHOUSE > sbom.cdx.json

Only the standard library is used, so that it runs on the machine that is to be audited.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any


def component(wheel: Path) -> dict[str, Any]:
    """One wheel: its name, version, licence and digest, from its own metadata."""
    with zipfile.ZipFile(wheel) as archive:
        path = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        about = Parser().parsestr(archive.read(path).decode("utf-8"))
    name, version = about["Name"], about["Version"]
    licence = about["License-Expression"] or about["License"] or "NOASSERTION"
    return {
        "type": "library",
        "bom-ref": wheel.name,
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}?file_name={wheel.name}",
        "licenses": [{"license": {"name": licence.splitlines()[0][:80]}}],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}],
    }


def bill(folder: Path) -> dict[str, Any]:
    """The bill of all wheels below a folder; the same wheels give the same bill."""
    wheels = sorted({one.name: one for one in folder.rglob("*.whl")}.items())
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "antipoverty"}},
        "components": [component(path) for _, path in wheels],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill(Path(sys.argv[1])), ensure_ascii=False, indent=2) + "\n")
