"""Link: keys, orphans and duplicates between record levels."""

from surveyproc.link.link import LinkPolicy, link_round

__all__ = ["LinkPolicy", "link_round"]
