"""QR codes as pictures in a page."""

import segno
from markupsafe import Markup


def picture(address: str) -> Markup:
    """Return the code of `address` as SVG without a style, as large as its place.

    It is dark on light in both colour schemes: not every reader takes the reverse.
    """
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(omitsize=True, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    return Markup(svg)  # noqa: S704 (made of numbers by segno)
