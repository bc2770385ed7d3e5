"""Small plots as inline SVG: intervals, curves, confusions. Colours come from the page's style."""

from collections.abc import Mapping, Sequence
from html import escape

from nlp.evaluation.measures import Figure

Points = Sequence[tuple[float, float]]

_WIDTH = 640
_LABELS = 200  # room for names to the left
_ROW = 20
_SIDE = 360  # of a square plot
_MARGIN = 48
_CELL = 22
_DASHES = ("none", "6 3", "2 3", "8 3 2 3")  # so that lines differ without their colour, too


def intervals(title: str, rows: Sequence[tuple[str, Figure]]) -> str:
    """Return a dot per row on a scale of 0 to 1, with a line over its interval."""
    height = (len(rows) + 2) * _ROW
    span = _WIDTH - _LABELS - 20
    parts = []
    for tick in range(0, 11, 2):
        x = _LABELS + span * tick / 10
        parts.append(_line(x, 0, x, height - _ROW, "grid"))
        parts.append(_text(x, height - 4, f"{tick / 10:.1f}", "middle"))
    for number, (label, figure) in enumerate(rows):
        if figure.value != figure.value:  # NaN: nothing to measure
            continue
        y = (number + 0.5) * _ROW
        low, value, high = (
            _LABELS + span * part for part in (figure.low, figure.value, figure.high)
        )
        parts.append(_text(_LABELS - 8, y + 4, label, "end"))
        parts.append(_line(low, y, high, y, "s0"))
        parts.append(f'<circle class="f0" cx="{value:.1f}" cy="{y:.1f}" r="4"/>')
    return _svg(title, _WIDTH, height, parts)


def curves(title: str, lines: Mapping[str, Points], across: str, up: str) -> str:
    """Return curves in a square of 0 to 1 each way, with a legend below."""
    parts = []
    for tick in range(0, 11, 2):
        place = _SIDE * tick / 10
        parts.append(_line(_MARGIN + place, 0, _MARGIN + place, _SIDE, "grid"))
        parts.append(_line(_MARGIN, place, _MARGIN + _SIDE, place, "grid"))
        parts.append(_text(_MARGIN + place, _SIDE + 16, f"{tick / 10:.1f}", "middle"))
        parts.append(_text(_MARGIN - 6, _SIDE - place + 4, f"{tick / 10:.1f}", "end"))
    parts.append(_text(_MARGIN + _SIDE / 2, _SIDE + 34, across, "middle"))
    parts.append(_text(_MARGIN, -8, up, "start"))
    for number, (name, points) in enumerate(lines.items()):
        path = " ".join(
            f"{_MARGIN + _SIDE * x:.1f},{_SIDE - _SIDE * y:.1f}" for x, y in _thinned(points)
        )
        dash = f'stroke-dasharray="{_DASHES[number % len(_DASHES)]}"'
        style = f"s{number % len(_DASHES)}"
        y = _SIDE + 54 + number * _ROW
        parts.append(f'<polyline class="{style}" {dash} fill="none" points="{path}"/>')
        parts.append(f'<path class="{style}" {dash} d="M{_MARGIN},{y - 4}h40"/>')
        parts.append(_text(_MARGIN + 48, y, name, "start"))
    return _svg(title, _SIDE + 2 * _MARGIN, _SIDE + 60 + len(lines) * _ROW, parts, top=24)


def _thinned(points: Points, most: int = 120) -> Points:
    step = max(1, len(points) // most)
    return [*points[::step], *points[-1:]]


def confusions(title: str, labels: Sequence[str], counts: Mapping[tuple[str, str], int]) -> str:
    """Return a square per pair of classes, the darker the larger its share of the row."""
    parts = []
    side = _CELL * len(labels)
    for row, wanted in enumerate(labels):
        total = sum(counts.get((wanted, said), 0) for said in labels)
        y = row * _CELL
        parts.append(_text(_LABELS - 8, y + _CELL / 2 + 4, wanted, "end"))
        turn = f"translate({_LABELS + row * _CELL + 7},{side + 8}) rotate(90)"
        parts.append(f'<text transform="{turn}">{escape(wanted)}</text>')
        for column, said in enumerate(labels):
            share = counts.get((wanted, said), 0) / total if total else 0.0
            parts.append(
                f'<rect class="f0" x="{_LABELS + column * _CELL}" y="{y}" width="{_CELL - 1}"'
                f' height="{_CELL - 1}" fill-opacity="{max(share, 0.04):.2f}"/>'
            )
    return _svg(title, _LABELS + side + 8, side + 170, parts)


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<path class="{style}" d="M{x1:.1f},{y1:.1f}L{x2:.1f},{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, width: float, height: float, parts: Sequence[str], top: int = 0) -> str:
    box = f"0 {-top} {width:.0f} {height + top:.0f}"
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="{box}" width="{width:.0f}">'
        f"{''.join(parts)}</svg>"
    )
