"""Plots as inline SVG, drawn on the server. Colours are classes of the style sheet; each has a table beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH, _HEIGHT = 640, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 12, 30
_STYLES = ("one", "two", "three", "four")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A place on the axis with its values from bottom to top."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """A point with what a pointer tells of it."""

    x: float
    y: float
    told: str


def draw_bars(bars: Sequence[Bar], *, title: str, most: float | None = None, unit: str = "") -> Markup:
    """Stacked bars, the first value at the bottom."""
    top = _round_up(most if most is not None else max((sum(bar.values) for bar in bars), default=0.0))
    parts = [_draw_axes(top, unit)]
    room = (_WIDTH - _LEFT - _RIGHT) / max(1, len(bars))
    wide = min(56.0, room * 0.62)
    every = math.ceil(len(bars) / 9)
    for index, bar in enumerate(bars):
        x, base = _LEFT + room * (index + 0.5) - wide / 2, 0.0
        for style, value in zip(_STYLES, bar.values, strict=False):
            low, high = _scale(base, top), _scale(base + value, top)
            base += value
            if value > 0:
                parts.append(
                    Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"/>').format(
                        style, x, high, wide, max(1.0, low - high)
                    )
                )
        if index % every == 0:
            parts.append(_write(x + wide / 2, _HEIGHT - 10, bar.label, anchor="middle"))
    return _frame(parts, title)


def draw_dots(dots: Sequence[Dot], *, title: str, across: str, up: str) -> Markup:
    """Points; the first axis counts whole things, the second is in hours."""
    right, top = (
        _round_up(max((dot.x for dot in dots), default=0.0)),
        _round_up(max((dot.y for dot in dots), default=0.0)),
    )
    steps = range(0, int(right) + 1, max(1, int(right) // 8))
    parts = [
        _draw_axes(top, up),
        *(_write(_spread(step, right), _HEIGHT - 12, str(step), anchor="middle") for step in steps),
    ]
    parts.append(_write(_WIDTH - _RIGHT, _HEIGHT - 1, across, anchor="end"))
    parts += [
        Markup('<circle class="dotted" cx="{:.1f}" cy="{:.1f}" r="5"><title>{}</title></circle>').format(
            _spread(dot.x, right), _scale(dot.y, top), dot.told
        )
        for dot in dots
    ]
    return _frame(parts, title)


def _frame(parts: Sequence[Markup], title: str) -> Markup:
    body = Markup("").join(parts)
    return Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, _HEIGHT, title, body
    )


def _draw_axes(top: float, unit: str) -> Markup:
    parts = []
    for step in range(5):
        value = top * step / 4
        y = _scale(value, top)
        parts.append(
            Markup('<line class="{}" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/>').format(
                "grid" if step else "axis", _LEFT, y, _WIDTH - _RIGHT, y
            )
        )
        parts.append(_write(_LEFT - 6, y + 4, f"{value:g}{unit}", anchor="end"))
    return Markup("").join(parts)


def _write(x: float, y: float, text: str, *, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, text)


def _scale(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value / top if top else 0.0)


def _spread(value: float, right: float) -> float:
    return _LEFT + 12 + (_WIDTH - _LEFT - _RIGHT - 24) * (value / right if right else 0.0)


def _round_up(value: float) -> float:
    """The next number that four even steps lead to."""
    if value <= 4:  # noqa: PLR2004 - four steps of one
        return 4.0
    size = 10 ** math.floor(math.log10(value))
    return next(float(size * factor) for factor in (1, 1.2, 1.6, 2, 4, 6, 8, 10) if size * factor >= value)
