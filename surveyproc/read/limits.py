"""What reading one file may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """memory_mb: address space of the reader, where the system can bound it; seconds: wall clock and processor time."""

    memory_mb: int = 4096
    seconds: float = 600.0
