"""Writes the SHA-256 of the bundled models' files, which is compared when they are loaded.

python scripts/model_hashes.py        # after a model was replaced
cd src/stancekit/models && sha256sum -c SHA256SUMS
"""

from __future__ import annotations

import argparse

from stancekit.inference.folder import SHIPPED, SUMS_FILE, sha256


def sums() -> str:
    """The lines of the file, in the form of the sha256sum program."""
    files = sorted(f for f in SHIPPED.glob("*/*") if f.is_file() and f.name != "README.md")
    return "".join(f"{sha256(f)}  {f.relative_to(SHIPPED).as_posix()}\n" for f in files)


if __name__ == "__main__":
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    (SHIPPED / SUMS_FILE).write_text(sums(), encoding="utf-8")
