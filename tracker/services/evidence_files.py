"""Files of proof on the disk: looked at before they are kept, kept whole or not at all.

A file is what its content says: the allowed endings each have a signature that must agree. Names on
the disk are random, and nothing there is served by the web server itself.
"""

import errno
import hashlib
import os
import secrets
import threading
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from tracker.at_need import at_need
from tracker.domain import text
from tracker.domain.errors import N_, InvalidInput, StorageFull

Image = at_need("PIL.Image")

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
MOST_AT_ONCE = 16_000_000
"""Pixels that are unpacked for a thumbnail: a longer screenshot has none. Each takes eight bytes
while it is made smaller."""

MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 2000, 50 * 1024 * 1024, 100
NAME_MAX = 120
THUMBNAIL = 320
_CHUNK = 64 * 1024
_ONE_BY_ONE = threading.Lock()


@dataclass(frozen=True)
class StoredFile:
    """A file that is safely on the disk; `stored` is its random name inside the folder."""

    name: str
    stored: str
    media_type: str
    size: int
    sha256: str
    has_thumbnail: bool


def keep(folder: Path, name: str, stream: BinaryIO) -> StoredFile:
    """Check and keep one upload. Raises InvalidInput("files", ...) and StorageFull; whatever is
    raised, nothing is left behind."""
    shown = clean_name(name)
    ending = PurePosixPath(shown).suffix.lower().lstrip(".")
    if ending not in _KINDS:
        raise _refusal(shown, N_("%(name)s: files of this kind are not taken (%(kinds)s are)."))
    media_type, check = _KINDS[ending]
    stored = f"{secrets.token_hex(1)}/{secrets.token_hex(16)}"
    target, half = folder / stored, folder / f"{stored}.part"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        size, digest = _write(shown, stream, half)
        check(shown, half)
        has_thumbnail = media_type.startswith("image/") and _thumbnail(shown, half, target)
        half.rename(target)
        _sync(target.parent)
    except OSError as problem:
        discard(folder, stored)
        if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull from problem
        raise
    except BaseException:
        discard(folder, stored)
        raise
    return StoredFile(shown, stored, media_type, size, digest, has_thumbnail)


def discard(folder: Path, stored: str) -> None:
    """Take a file and all that belongs to it away."""
    for ending in ("", ".part", ".jpg"):
        Path(folder, stored + ending).unlink(missing_ok=True)


def clean_name(typed: str) -> str:
    """What stands after the last slash, without control and direction marks, its ending kept."""
    name = " ".join(text.clean(typed.replace("\\", "/").rpartition("/")[2]).split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if len(name) > NAME_MAX and dot:
        name = f"{stem[: NAME_MAX - len(ending) - 1]}.{ending}"
    return name[-NAME_MAX:] or "?"


def _write(name: str, stream: BinaryIO, half: Path) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with half.open("xb") as out:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise _refusal(name, N_("%(name)s is larger than %(mb)s MB."))
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if not size:
        raise _refusal(name, N_("%(name)s is empty."))
    return size, digest.hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refusal(name: str, why: str) -> InvalidInput:
    kinds = ", ".join(_KINDS)
    return InvalidInput("files", why, name=name, kinds=kinds, mb=MOST_BYTES >> 20)


_OTHER = N_("%(name)s is not what its ending says, or it is damaged.")
_MACROS = N_("%(name)s has macros. Save it without them.")
_BOMB = N_("%(name)s is far too large once unpacked.")


def _pdf(name: str, path: Path) -> None:
    with path.open("rb") as file:
        if not file.read(5) == b"%PDF-":
            raise _refusal(name, _OTHER)


def _image(kind: str) -> Callable[[str, Path], None]:
    def check(name: str, path: Path) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(path, formats=[kind]) as image:
                    if image.width * image.height > MOST_PIXELS:
                        raise _refusal(name, _BOMB)
                    image.verify()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _refusal(name, _BOMB) from None
        except InvalidInput:
            raise
        except Exception:  # Whatever a broken picture makes its decoder raise.
            raise _refusal(name, _OTHER) from None

    return check


def _thumbnail(name: str, half: Path, target: Path) -> bool:
    """A small picture of our own making, one at a time for the memory it takes. One that opens may
    still break half-way. False where it is too large; a photograph unpacks smaller at once."""
    try:
        with _ONE_BY_ONE, Image.open(half) as image:
            image.draft("RGB", (2 * THUMBNAIL, 2 * THUMBNAIL))
            if image.width * image.height > MOST_AT_ONCE:
                return False
            image.thumbnail((THUMBNAIL, THUMBNAIL))
            small = image.convert("RGB")
    except Exception as problem:
        if isinstance(problem, OSError) and problem.errno is not None:
            raise
        raise _refusal(name, _OTHER) from None
    small.save(f"{target}.jpg", "JPEG", quality=80)
    return True


def _office(part: str) -> Callable[[str, Path], None]:
    def check(name: str, path: Path) -> None:
        try:
            _look_into(name, path, part)
        except InvalidInput:
            raise
        except Exception:  # Whatever a broken zip raises.
            raise _refusal(name, _OTHER) from None

    return check


def _look_into(name: str, path: Path, part: str) -> None:
    """Sizes are counted while unpacking: declared ones may lie."""
    with zipfile.ZipFile(path) as packed:
        members = packed.infolist()
        names = {member.filename for member in members}
        if not {"[Content_Types].xml", part} <= names:
            raise _refusal(name, _OTHER)
        if any(each.endswith("vbaProject.bin") for each in names):
            raise _refusal(name, _MACROS)
        if len(members) > MOST_ENTRIES:
            raise _refusal(name, _BOMB)
        left = MOST_UNPACKED
        for member in members:
            inside = 0
            with packed.open(member) as file:
                while chunk := file.read(_CHUNK):
                    inside += len(chunk)
                    if inside > left:
                        raise _refusal(name, _BOMB)
            left -= inside
            if inside > 1024 * 1024 and inside > MOST_RATIO * max(member.compress_size, 1):
                raise _refusal(name, _BOMB)


def _text(name: str, path: Path) -> None:
    data = path.read_bytes()
    for encoding in () if b"\x00" in data else ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return
    raise _refusal(name, _OTHER)


_OFFICE = "application/vnd.openxmlformats-officedocument"
_KINDS: Mapping[str, tuple[str, Callable[[str, Path], None]]] = {
    "pdf": ("application/pdf", _pdf),
    "jpg": ("image/jpeg", _image("JPEG")),
    "jpeg": ("image/jpeg", _image("JPEG")),
    "png": ("image/png", _image("PNG")),
    "docx": (f"{_OFFICE}.wordprocessingml.document", _office("word/document.xml")),
    "xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _office("xl/workbook.xml")),
    "pptx": (f"{_OFFICE}.presentationml.presentation", _office("ppt/presentation.xml")),
    "txt": ("text/plain", _text),
    "csv": ("text/csv", _text),
}
"""Ending -> media type and the check of its content."""
