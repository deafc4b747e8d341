"""The command line: its commands with their options and help texts. What they do is elsewhere."""
