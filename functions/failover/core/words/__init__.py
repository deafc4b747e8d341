"""Everything that a person reads, worded from typed facts.

`values` words single facts, `guards` what a decision rests on, `status` the status, `answers` what
follows an order. What an alert says is in the catalogue (`core.notices`), which `status` uses too.
"""
