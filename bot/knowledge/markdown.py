"""Markdown to HTML that cannot do anything. Pure."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_SAFE_LINK = re.compile(r"(https?://|mailto:|tel:|#|/(?![/\\]))", re.IGNORECASE)


class _Markdown(MarkdownIt):
    """CommonMark without HTML and images, with an allow-list of link targets."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 (the library's name)
        return _SAFE_LINK.match(url) is not None and super().validateLink(url)


def _open_link(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, index, options, env)


_MARKDOWN = _Markdown("commonmark", {"html": False}).disable("image")
_MARKDOWN.add_render_rule("link_open", _open_link)


def render(text: str) -> str:
    """Return the HTML of a Markdown text.

    HTML in the text is shown as text, an image becomes a link, and links lead only to http,
    https, mailto, tel or the own pages and open without access to the page they leave.
    """
    return str(_MARKDOWN.render(text))
