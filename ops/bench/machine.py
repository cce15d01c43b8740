"""The machine of a measurement, without host names or paths."""

import os
import platform
import sys
import tempfile
import time
from ctypes.util import find_library
from pathlib import Path
from typing import Any, Final

from ops.bench.accounting import nearest_rank

C_LIBRARY: Final = "the C library's allocator"
"""The embedded store's allocator if there is no jemalloc."""

_WRITES: Final = 200
_BYTES: Final = 1024


def facts(under: Path) -> dict[str, Any]:
    """Cores, processor, memory, kernel, Python, the store's allocator, and how long a durable write takes."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "system": platform.system(),
        "python": _python(),
        "file_system": _file_system(under),
        "store_allocator": "jemalloc" if find_library("jemalloc") else C_LIBRARY,
        "fdatasync_p50_ms": _fdatasync_p50_ms(under),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _python() -> str:
    """The version, and whether it is the system's interpreter, usually built with more optimisation."""
    return platform.python_version() + (" of the system" if sys.base_prefix == "/usr" else "")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), sys.platform
    )


def _file_system(under: Path) -> str:
    """The type of the file system that holds a directory."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return "unknown"
    whole = under.resolve()
    holding = [(point, kind) for point, kind in mounts if whole.is_relative_to(point)]
    return max(holding, key=lambda mount: len(mount[0]))[1] if holding else "unknown"


def _fdatasync_p50_ms(under: Path) -> float:
    took_ms = []
    with tempfile.TemporaryFile(dir=under) as file:
        for _ in range(_WRITES):
            began = time.perf_counter()
            file.write(b"x" * _BYTES)
            file.flush()
            os.fdatasync(file.fileno())
            took_ms.append((time.perf_counter() - began) * 1000)
    return round(nearest_rank(sorted(took_ms), 0.5), 3)
