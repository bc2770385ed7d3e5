"""How words sound: one spelling for all that sound alike to somebody who writes by ear.

Coarser than the spelling and finer than Kölner Phonetik (Postel 1969), which drops all vowels:
"foll" meets "voll" and "strase" meets "Straße", "Tonne" does not meet "dünn".
"""

import re

_ALIKE = (
    ("tsch", "S"), ("sch", "S"), ("ph", "f"), ("v", "f"), ("w", "f"),
    ("ck", "k"), ("qu", "k"), ("c", "k"), ("q", "k"), ("g", "k"), ("x", "ks"),
    ("tz", "z"), ("ts", "z"), ("dt", "t"), ("th", "t"), ("d", "t"), ("b", "p"),
    ("ai", "i"), ("ei", "i"), ("ay", "i"), ("ey", "i"), ("aeu", "oi"), ("eu", "oi"),
    ("ae", "e"), ("ue", "u"), ("y", "u"), ("oe", "o"), ("ie", "i"),
)  # fmt: skip
_SILENT = re.compile(r"(?<=[aeiou])h|(?<=\w)e(?=[rnlm]?(?: |$))")
_TWICE = re.compile(r"([^\W\d_])\1+")


def sounds(plain: str) -> str:
    """Return a text of folded small letters word by word as it sounds."""
    for written, heard in _ALIKE:
        plain = plain.replace(written, heard)
    return _TWICE.sub(r"\1", _SILENT.sub("", plain))
