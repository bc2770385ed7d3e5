"""The texts that the city writes itself, and the form to report a barrier."""

from dataclasses import dataclass, field

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from bot.knowledge import queries as knowledge
from dashboard.public import filing, forms, words
from dashboard.public.forms import Form
from dashboard.reports import fields
from dashboard.reports import filing as reports
from dashboard.reports.filing import Report
from dashboard.speech import say
from dashboard.web import language_of, render, see_other, web_of

router = APIRouter()
_BARRIERS = "barrierefreiheit"
_CATEGORY = "barrier"


@dataclass(frozen=True, slots=True)
class Typed:
    """The barrier form as it was filled in."""

    text: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BarrierForm:
    """The form under the text on accessibility."""

    csrf: str
    key: str
    form: Typed
    errors: dict[str, str]


@router.get("/datenschutz")
def privacy(request: Request) -> Response:
    """Show the privacy notice."""
    return _page(request, "datenschutz")


@router.get("/impressum")
def imprint(request: Request) -> Response:
    """Show the imprint."""
    return _page(request, "impressum")


@router.get("/barrierefreiheit")
def accessibility(request: Request) -> Response:
    """Show the statement on accessibility with its form (§ 10b BGG NRW)."""
    return _accessibility(request, Typed(), {}, fields.new_key())


@router.post("/barrierefreiheit")
def post_barrier(request: Request, posted: Form) -> Response:
    """Take the report of a barrier; the same form posted twice is one report."""
    language = language_of(request)
    typed = Typed(posted.text("text"), posted.line("contact"))
    if not forms.is_own(request, posted):
        errors = {"text": say(language, words.FORM_EXPIRED)}
        return _accessibility(request, typed, errors, posted.key, status=403)
    token = filing.token_of(request, posted)
    page = see_other(f"/t/{token}?new=1")
    if reports.filed(request, token):
        return page
    errors = fields.check_text(typed.text, fields.EMPTY_REPORT, language)
    errors |= fields.check_email(typed.contact, language)
    if errors:
        return _accessibility(request, typed, errors, posted.key, status=422)
    if (wait := filing.may_report(request)) is not None:
        errors = {"text": say(language, words.TOO_FAST)}
        refused = _accessibility(request, typed, errors, posted.key, status=429)
        refused.headers["Retry-After"] = str(wait)
        return refused
    report = Report(typed.text, language, category_id=_CATEGORY, email=typed.contact or None)
    reports.file(request, report, actor=filing.CITIZEN, token=token, written_in=language)
    return page


def _accessibility(
    request: Request, typed: Typed, errors: dict[str, str], key: str, *, status: int = 200
) -> Response:
    pair = forms.token(request)
    form = BarrierForm(pair.field, key, typed, errors)
    page = _page(request, _BARRIERS, form, status=status)
    forms.keep(request, page, pair)
    return page


def _page(
    request: Request, slug: str, form: BarrierForm | None = None, *, status: int = 200
) -> Response:
    with web_of(request).app.database.read() as session:
        text = knowledge.page(session, slug, language_of(request))
    return render(
        request,
        "city/page.html",
        status=status,
        title=text.title,
        # The renderer lets no HTML of the text through, see `bot.knowledge.markdown`.
        content=Markup(knowledge.render_markdown(text.body)),  # noqa: S704
        text_language=text.language,
        verified=text.updated_at is not None,
        report_form=form,
    )
