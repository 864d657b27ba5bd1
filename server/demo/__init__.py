"""The demo district 澜川市澄湖区: a fictional town with 90 days of inspection behind it.

Everything here is drawn from one seed and one moment (``now``), so the same call gives the same
district on every machine. Nothing in it is real: the division prefix 9999 is unassigned, the town
lies in the open sea, telephone numbers cannot be dialled, and credit codes carry a made-up body.
"""
