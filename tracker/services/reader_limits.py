"""What a process that opens somebody's file does before it trusts it: it limits its own processor
time and memory, looks at a zip before anything else does, and counts while it unpacks, because
declared sizes may lie."""

import io
import json
import resource
import sys
import zipfile
from collections.abc import Callable
from typing import Any

MOST_ENTRIES, MOST_BYTES, MOST_RATIO = 2000, 50 * 1024 * 1024, 100
_READ = 64 * 1024


class Problem(Exception):
    """One of the words by which a reader says why it cannot read."""


def answer(read: Callable[[bytes], dict[str, Any]], seconds: int, memory: int) -> None:
    """Bytes on stdin, what was read of them as JSON on stdout, or {"problem": why}."""
    limit(seconds, memory)
    try:
        said = read(sys.stdin.buffer.read())
    except Problem as problem:
        said = {"problem": str(problem)}
    except MemoryError:
        said = {"problem": "bomb"}
    except Exception:  # Whatever a broken file makes a reader of zip, XML and PDF raise.
        said = {"problem": "damaged"}
    json.dump(said, sys.stdout, ensure_ascii=False)


def limit(seconds: int, memory: int) -> None:
    """What this process may still use of the processor and, beyond what it has, of memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_DATA, (_used() + memory, _used() + memory))


def _used() -> int:
    """Bytes of data that the process has already."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[5]) * resource.getpagesize()


def check_zip(data: bytes, main: str, binary: str) -> None:
    """`main`: the member without which it is no such document; `binary`: the member that a binary
    one has in its place. Raises Problem, or zipfile's own errors."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = packed.infolist()
        names = {member.filename for member in members}
        if main not in names:
            raise Problem("macros" if binary in names else "no workbook")
        if any(name.endswith("vbaProject.bin") for name in names):
            raise Problem("macros")
        if len(members) > MOST_ENTRIES or sum(each.file_size for each in members) > MOST_BYTES:
            raise Problem("bomb")
        unpacked = 0
        for member in members:
            inside = 0
            with packed.open(member) as file:
                while chunk := file.read(_READ):
                    inside += len(chunk)
                    unpacked += len(chunk)
                    if unpacked > MOST_BYTES:
                        raise Problem("bomb")
            if inside > 1024 * 1024 and inside > MOST_RATIO * max(member.compress_size, 1):
                raise Problem("bomb")
