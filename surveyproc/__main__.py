"""`python -m surveyproc` is the command line."""

from surveyproc.cli import main

main()
