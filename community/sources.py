"""What members change and shared values are made of (``ui.shared``), beside subjects and tallies."""

from ui.shared import source

#: Who takes part: somebody is activated, or their account erased.
MEMBERS = source("community:members")
#: What members say they know, offer and want to learn, and what topics are called.
TOPICS = source("community:topics")
