"""The file of a backup: a ZIP with a manifest, written whole or not at all, read with suspicion."""

import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tracker.domain.backups import (
    DATABASE,
    MANIFEST,
    BackupError,
    Manifest,
    Part,
    from_json,
    to_json,
)

_CHUNK = 1024 * 1024
_DAMAGED = "The backup is damaged ({}): take another one."


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A new file that only its owner reads. It gets its name when it is complete and on the disk;
    whatever is raised, nothing is left behind."""
    handle, name = tempfile.mkstemp(".part", f".{target.name}-", target.parent)
    os.close(handle)
    half = Path(name)
    try:
        yield half
        _sync(half)
        half.rename(target)
        _sync(target.parent)
    finally:
        half.unlink(missing_ok=True)


def write(
    path: Path,
    files: Iterable[tuple[str, Path]],
    manifest_of: Callable[[tuple[Part, ...]], Manifest],
) -> Manifest:
    """Fill `path` with these files by name, and the manifest that speaks of them."""
    parts = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        for name, file in files:
            kind = zipfile.ZIP_DEFLATED if name == DATABASE else zipfile.ZIP_STORED
            parts.append(_add(packed, name, file, kind))
        manifest = manifest_of(tuple(parts))
        packed.writestr(MANIFEST, to_json(manifest))
    return manifest


def _add(packed: zipfile.ZipFile, name: str, file: Path, kind: int) -> Part:
    entry = zipfile.ZipInfo.from_file(file, name, strict_timestamps=False)
    entry.compress_type = kind
    entry._compresslevel = 1  # type: ignore[attr-defined]
    size, digest = 0, hashlib.sha256()
    with file.open("rb") as source, packed.open(entry, "w") as target:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            digest.update(chunk)
            target.write(chunk)
    return Part(name, size, digest.hexdigest())


def check(path: Path) -> Manifest:
    """Read all of it: every part is there, nothing else is, and each is what the manifest says.
    Raises BackupError."""
    with _opened(path) as packed:
        manifest = _manifest(packed)
        for part in manifest.parts:
            _copy(packed, part, None)
    return manifest


def unpack(path: Path, place: Callable[[str], Path]) -> None:
    """Each part to where `place` says, by its name."""
    with _opened(path) as packed:
        for part in _manifest(packed).parts:
            target = place(part.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                _copy(packed, part, out)
    os.sync()


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as packed:
            yield packed
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError) as problem:
        raise BackupError(_DAMAGED.format(problem)) from problem


def _manifest(packed: zipfile.ZipFile) -> Manifest:
    manifest = from_json(packed.read(MANIFEST))
    named = sorted(packed.namelist())
    if named != sorted([MANIFEST, *(part.name for part in manifest.parts)]):
        raise BackupError(_DAMAGED.format("what is in it is not what its manifest names"))
    return manifest


def _copy(packed: zipfile.ZipFile, part: Part, out: IO[bytes] | None) -> None:
    """Never more bytes than the manifest promised."""
    size, digest = 0, hashlib.sha256()
    with packed.open(part.name) as source:
        while size <= part.size and (chunk := source.read(_CHUNK)):
            size += len(chunk)
            digest.update(chunk)
            if out is not None:
                out.write(chunk)
    if (size, digest.hexdigest()) != (part.size, part.sha256):
        raise BackupError(_DAMAGED.format(f"{part.name} is not what was saved"))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
