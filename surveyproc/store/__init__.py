"""Puts the results of a run on disk: all or none, one writer at a time, with a manifest."""

from surveyproc.store.lock import lock
from surveyproc.store.manifest import build_manifest, sha256_of
from surveyproc.store.stage import refuse_others_files, write_outputs

__all__ = ["build_manifest", "lock", "refuse_others_files", "sha256_of", "write_outputs"]
