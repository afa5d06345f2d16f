"""Same inputs, same bytes, whatever the hash seed, time zone or locale."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
import pandas as pd
from surveyproc.publish.csv import estimates_csv
from surveyproc.publish.html import page
from surveyproc.publish.xlsx import workbook
from tests.publish.sample import frame, hostile, publication
for some in (publication("kk"), hostile()):
    print(hashlib.sha256(workbook(some)).hexdigest())
    print(hashlib.sha256(page(some).encode()).hexdigest())
print(hashlib.sha256(estimates_csv(frame())).hexdigest())
"""


def run(**environment: str) -> str:
    root = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-c", PROGRAM, root]
    return subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **environment}).stdout


def test_two_processes_give_the_same_bytes() -> None:
    one = run(PYTHONHASHSEED="1", TZ="Asia/Almaty", LC_ALL="C")
    other = run(PYTHONHASHSEED="2", TZ="America/New_York", LC_ALL="C.UTF-8")
    assert one == other
    assert len(set(one.split())) == 5
    assert hashlib.sha256(b"").hexdigest() not in one
