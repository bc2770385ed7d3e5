"""Pages from templates: Jinja environments, languages, and what templates may call."""

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

HERE = Path(__file__).parent
STATIC = HERE / "static"
TEMPLATES = HERE / "templates"
LOCALE = HERE / "locale"

LANGUAGES = ("de", "en")  # the first one is the language of the templates
BERLIN = ZoneInfo("Europe/Berlin")

_LINK = re.compile(r"https?://[^\s<>\"]+")
_TRUNK = re.compile(r"\(\s*0\s*\)")
_LINK_TAIL = ".,;:!?)]}'»“”"


class Renderer:
    """Renders templates in German, or in a language of `locale/`.

    `clock` gives the aware instant against which "heute" and "in 2 Std." are told.
    """

    def __init__(
        self,
        *,
        city_name: str,
        demo: bool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._environments = {
            language: _environment(language, clock, {"city_name": city_name, "demo": demo})
            for language in LANGUAGES
        }

    def render(self, template: str, *, language: str, request_path: str, **context: object) -> str:
        """Return the page or fragment; an unknown language is German.

        `request_path` is the path with its query; links that keep the page are made from it.
        """
        if language not in self._environments:
            language = LANGUAGES[0]
        page = self._environments[language].get_template(template)
        return page.render({"request_path": request_path, **context})


def _environment(
    language: str, clock: Callable[[], datetime], values: Mapping[str, object]
) -> Environment:
    texts = Texts(language)
    times = Times(texts, clock)
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # What the i18n extension adds to an environment is unknown to its type.
    install = env.install_gettext_callables  # type: ignore[attr-defined]
    install(texts.gettext, texts.ngettext, newstyle=True)
    env.globals.update(values, language=language, static=static, link=link)
    env.filters.update(
        clock=times.clock,
        short_when=times.short,
        when=times.when,
        long_when=times.long,
        day=times.day,
        day_name=times.day_name,
        iso=lambda value: value.isoformat(),
        due=times.due,
        initials=initials,
        hue=hue,
        rich=rich,
        dialled=dialled,
    )
    return env


class Texts:
    """The catalogue of one language; a text without a translation stays German."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalog = Catalog()
        if language != LANGUAGES[0]:
            with (LOCALE / f"{language}.po").open("rb") as file:
                self._catalog = read_po(file, locale=language)

    def gettext(self, text: str) -> str:
        message = self._catalog.get(text)
        return str(message.string) if message and message.string else text

    def ngettext(self, one: str, many: str, count: int) -> str:
        message = self._catalog.get(one)
        forms = message.string if message and isinstance(message.string, tuple) else ()
        singular, plural = forms if len(forms) == 2 and all(forms) else (one, many)
        return singular if count == 1 else plural


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline in short words; `tone` is `late`, `soon` (under a day) or `calm`."""

    text: str
    tone: str


class Times:
    """Instants as people of the city read them: Europe/Berlin, near days by name."""

    def __init__(self, texts: Texts, clock: Callable[[], datetime]) -> None:
        self._texts = texts
        self._clock = clock
        self._locale = "de" if texts.language == "de" else "en_GB"

    def clock(self, value: datetime) -> str:
        """9:42."""
        return self._format(value, "H:mm")

    def short(self, value: datetime) -> str:
        """9:42, Gestern, 12.11. or 12.11.2025: for rows."""
        days = self._days_from_now(value)
        if days == 0:
            return self.clock(value)
        if days == -1:
            return self._texts.gettext("Gestern")
        same_year = value.astimezone(BERLIN).year == self._clock().astimezone(BERLIN).year
        german = self._texts.language == "de"
        return self._format(
            value,
            ("d.M." if german else "d MMM") if same_year else ("d.M.yyyy" if german else "d MMM y"),
        )

    def day_name(self, value: datetime) -> str:
        """Heute, Gestern, 20. November: for the lines between days."""
        day = self._near_day(value) or self._long_day(value)
        return day[0].upper() + day[1:]

    def when(self, value: datetime) -> str:
        """heute, 11:45; morgen, 9:00; 20. November, 11:45."""
        return f"{self._near_day(value) or self._long_day(value)}, {self.clock(value)}"

    def long(self, value: datetime) -> str:
        """Heute, 8:51 Uhr; 20. November, 9:44 Uhr: for citizens."""
        text = self._texts.gettext("%(day)s, %(time)s Uhr")
        return text % {"day": self.day_name(value), "time": self.clock(value)}

    def day(self, value: date) -> str:
        """Samstag, 28. November 2026."""
        pattern = "EEEE, d. MMMM y" if self._texts.language == "de" else "EEEE d MMMM y"
        return format_date(value, pattern, locale=self._locale)

    def due(self, value: datetime) -> Due:
        """Tell a deadline against now: in 2 Std., heute 16:00, morgen, 1 Std. drüber."""
        _ = self._texts.gettext
        minutes = round((value - self._clock()).total_seconds() / 60)
        if minutes < 0:
            days, hours = -minutes // 1440, -minutes // 60
            if days:
                ngettext = self._texts.ngettext
                text = ngettext("%(num)s Tag drüber", "%(num)s Tage drüber", days) % {"num": days}
            elif hours:
                text = _("%(num)s Std. drüber") % {"num": hours}
            else:
                text = _("%(num)s Min. drüber") % {"num": -minutes}
            return Due(text, "late")
        if minutes < 60:
            return Due(_("in %(num)s Min.") % {"num": minutes}, "soon")
        if minutes < 240:
            return Due(_("in %(num)s Std.") % {"num": minutes // 60}, "soon")
        days = self._days_from_now(value)
        if days <= 1:
            near = _("heute") if days == 0 else _("morgen")
            return Due(f"{near} {self.clock(value)}", "soon" if days == 0 else "calm")
        return Due(_("in %(num)s Tagen") % {"num": days}, "calm")

    def _format(self, value: datetime, pattern: str) -> str:
        return format_datetime(value, pattern, tzinfo=BERLIN, locale=self._locale)

    def _days_from_now(self, value: datetime) -> int:
        today = self._clock().astimezone(BERLIN).date()
        return (value.astimezone(BERLIN).date() - today).days

    def _near_day(self, value: datetime) -> str | None:
        _ = self._texts.gettext
        names = {-1: _("gestern"), 0: _("heute"), 1: _("morgen")}
        return names.get(self._days_from_now(value))

    def _long_day(self, value: datetime) -> str:
        pattern = "d. MMMM" if self._texts.language == "de" else "d MMMM"
        if value.astimezone(BERLIN).year != self._clock().astimezone(BERLIN).year:
            pattern += " y"
        return self._format(value, pattern)


@cache
def static(path: str) -> str:
    """Return the address of a static file; its mark of the content lets it be kept for ever."""
    mark = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:8]
    return f"/static/{path}?v={mark}"


def link(address: str, **changes: object) -> str:
    """`address` with query values set; None or an empty text removes one.

    The answer is always a path of this server, whatever the address says.
    """
    parts = urlsplit("/" + address.lstrip("/\\"))
    query = dict(parse_qsl(parts.query)) | {
        name: str(value or "") for name, value in changes.items()
    }
    kept = urlencode({name: value for name, value in query.items() if value})
    path = quote(parts.path, safe="/%:@-._~!$&'()*+,;=")
    return f"{path}?{kept}" if kept else path


def initials(name: str) -> str:
    """One or two capital letters for a name's avatar."""
    words: list[str] = re.findall(r"\w+", name)
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def hue(name: str) -> int:
    """One of eight colours, the same for the same name."""
    return zlib.crc32(name.encode()) % 8


def dialled(phone: str) -> str:
    """Return a telephone number as it is dialled: digits, after a `+` where it has one (RFC 3966).

    The "(0)" of "+49 (0)214" is for who calls from inside the country, not behind a country code.
    """
    phone = phone.strip()
    if phone.startswith(("+", "00")):
        phone = _TRUNK.sub("", phone)
    return "+" * phone.startswith("+") + "".join(re.findall("[0-9]", phone))


def rich(text: str) -> Markup:
    """Turn a message into HTML: escaped, line ends kept, web addresses as links."""
    result, position = Markup(), 0
    for found in _LINK.finditer(text):
        address = found.group().rstrip(_LINK_TAIL)
        result += escape(text[position : found.start()])
        result += Markup(
            '<a href="{0}" rel="nofollow noopener noreferrer" target="_blank">{0}</a>'
        ).format(address)
        position = found.start() + len(address)
    return Markup("<br>\n").join((result + escape(text[position:])).splitlines())
