"""Finished tables and judged estimates as files: workbook, page and CSV."""
