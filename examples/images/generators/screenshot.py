"""A screenshot of an invented Portuguese desktop program."""

import random
from collections.abc import Callable

from PIL import Image

from . import screenshot_text as texts
from .effects import Rng, as_random
from .screenshot_bodies import BODIES, Area, Canvas
from .screenshot_theme import make_theme
from .sheet import Sheet

SCREENS = ((1280, 800), (1024, 768), (1366, 768), (1440, 900))
TASK_BAR = 38  # pixels


def screenshot(
    rng: Rng,
    theme: str | None = None,
    body: str | None = None,
    navigation: str | None = None,
    screen: tuple[int, int] | None = None,
) -> Image.Image:
    """A window on a desktop.

    `theme` is "light" or "dark", `body` a key of `BODIES`, `navigation` a key of `NAVIGATIONS`.
    """
    rng = as_random(rng)
    colours = make_theme(rng, theme)
    body = body or rng.choice(sorted(BODIES))
    navigation = navigation or rng.choice(("side", "side", "tabs"))
    sheet = Sheet(screen or rng.choice(SCREENS), colours.desktop)
    canvas = Canvas(sheet, colours, rng)
    app = rng.choice(texts.APPS)
    _window(canvas, app, body, navigation)
    _task_bar(canvas, app)
    picture = sheet.finish()
    picture.info["text"] = sheet.text
    return picture


def _window(canvas: Canvas, app: str, body: str, navigation: str) -> None:
    row, theme = canvas.row, canvas.theme
    window = _place(canvas)
    canvas.sheet.box(*window, theme.page)
    bar, rest = window.cut(window.top + row)
    menu, rest = rest.cut(rest.top + round(row * 0.85))
    rest, foot = rest.cut(rest.bottom - round(row * 0.8))
    _title_bar(canvas, bar, f"{app} – {'Definições' if body == 'form' else canvas.rng.choice(texts.TITLES)}")
    _menu(canvas, menu)
    names = texts.FOLDERS if body == "table" else texts.SECTIONS
    page, heading = NAVIGATIONS[navigation](canvas, rest, names)
    BODIES[body](canvas, page, heading)
    _status_bar(canvas, foot)
    canvas.sheet.box(*window, None, theme.edge)


def _place(canvas: Canvas) -> Area:
    """As large as the screen or floating over the desktop."""
    width, floor, rng = canvas.sheet.width, canvas.sheet.height - TASK_BAR, canvas.rng
    if rng.random() < 0.3:
        return Area(0, 0, width, floor)
    return Area(rng.randint(24, 90), rng.randint(20, 50), width - rng.randint(24, 90), floor - rng.randint(20, 50))


def _title_bar(canvas: Canvas, area: Area, title: str) -> None:
    sheet, theme = canvas.sheet, canvas.theme
    sheet.box(*area, theme.bar)
    sheet.box(area.left, area.bottom - 1, area.right, area.bottom, theme.edge)
    sheet.write(((area.left + area.right) / 2, area.middle), title, theme.bold, theme.text, "mm")
    _window_buttons(canvas, area.right - theme.size * 1.3, area.middle)


def _window_buttons(canvas: Canvas, x: float, y: float) -> None:
    """Close, enlarge and hide, from right to left."""
    sheet, colour = canvas.sheet, canvas.theme.faint
    arm, step = canvas.theme.size * 0.35, canvas.theme.size * 2.2
    sheet.line([(x - arm, y - arm), (x + arm, y + arm)], colour, 1.5)
    sheet.line([(x - arm, y + arm), (x + arm, y - arm)], colour, 1.5)
    sheet.box(x - step - arm, y - arm, x - step + arm, y + arm, None, colour)
    sheet.box(x - 2 * step - arm, y, x - 2 * step + arm, y + 1, colour)


def _menu(canvas: Canvas, area: Area) -> None:
    sheet, theme = canvas.sheet, canvas.theme
    sheet.box(*area, theme.bar)
    sheet.box(area.left, area.bottom - 1, area.right, area.bottom, theme.edge)
    x = area.left + theme.size
    names = texts.MENUS[: canvas.rng.randint(4, 6)] + texts.MENUS[-1:]
    for index, name in enumerate(names):
        sheet.write((x, area.middle), name, theme.regular, theme.text, "lm", same_line=index > 0)
        x += theme.regular.getlength(name) + theme.size * 1.5


def _status_bar(canvas: Canvas, area: Area) -> None:
    sheet, theme = canvas.sheet, canvas.theme
    sheet.box(*area, theme.bar)
    sheet.box(area.left, area.top, area.right, area.top + 1, theme.edge)
    state = canvas.rng.choice(texts.STATES)
    sheet.write((area.left + theme.size, area.middle), state, theme.regular, theme.faint, "lm")


def _side_list(canvas: Canvas, area: Area, names: tuple[str, ...]) -> tuple[Area, str]:
    """A list at the left with one name chosen; returns the rest of the area and that name."""
    sheet, theme, rng, row = canvas.sheet, canvas.theme, canvas.rng, canvas.row
    right = area.left + theme.size * 14
    sheet.box(area.left, area.top, right, area.bottom, theme.panel)
    sheet.box(right - 1, area.top, right, area.bottom, theme.edge)
    names = names[: min(rng.randint(7, 12), int((area.bottom - area.top) / row) - 1)]
    chosen = rng.choice(names)
    y = area.top + row * 0.3
    for name in names:
        if name == chosen:
            sheet.box(area.left + 6, y, right - 6, y + row, theme.marked, None, 5)
        colour = theme.marked_text if name == chosen else theme.text
        sheet.write((area.left + theme.size * 1.3, y + row / 2), name, theme.regular, colour, "lm")
        y += row
    return Area(right, area.top, area.right, area.bottom), chosen


def _tabs(canvas: Canvas, area: Area, names: tuple[str, ...]) -> tuple[Area, str]:
    """A row of tabs with one name chosen; returns the rest of the area and that name."""
    sheet, theme, rng = canvas.sheet, canvas.theme, canvas.rng
    strip, rest = area.cut(area.top + canvas.row)
    sheet.box(*strip, theme.panel)
    sheet.box(strip.left, strip.bottom - 1, strip.right, strip.bottom, theme.edge)
    names = names[: rng.randint(4, 6)]
    chosen = rng.choice(names)
    x = strip.left + canvas.row * 0.7
    for index, name in enumerate(names):
        end = x + theme.regular.getlength(name)
        if name == chosen:
            sheet.box(x - 10, strip.bottom - 4, end + 10, strip.bottom, theme.accent)
        sheet.write((x, strip.middle), name, theme.regular, theme.text, "lm", same_line=index > 0)
        x = end + theme.size * 2
    return rest, chosen


NAVIGATIONS: dict[str, Callable[[Canvas, Area, tuple[str, ...]], tuple[Area, str]]] = {
    "side": _side_list,
    "tabs": _tabs,
}


def _task_bar(canvas: Canvas, app: str) -> None:
    """The desktop's own bar: a start button, the open program, the time."""
    sheet, theme = canvas.sheet, canvas.theme
    bar = Area(0, sheet.height - TASK_BAR, sheet.width, sheet.height)
    sheet.box(*bar, theme.bar)
    sheet.box(bar.left, bar.top, bar.right, bar.top + 1, theme.edge)
    for x, y in ((14, -8), (23, -8), (14, 1), (23, 1)):
        sheet.box(x, bar.middle + y, x + 7, bar.middle + y + 7, theme.accent)
    end = 56 + theme.regular.getlength(app) + 12
    sheet.box(44, bar.top + 5, end, bar.bottom - 5, theme.field, theme.edge, 4)
    sheet.write((56, bar.middle), app, theme.regular, theme.text, "lm")
    sheet.write((bar.right - 16, bar.middle), _time(canvas.rng), theme.regular, theme.text, "rm", same_line=True)


def _time(rng: random.Random) -> str:
    return f"{rng.randint(8, 22):02}:{rng.randint(0, 59):02}"
