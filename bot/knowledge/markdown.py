"""Markdown to HTML that cannot do anything, and to plain text. Pure."""

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


def plain(text: str) -> str:
    """Return a Markdown text as it is sent where there is no formatting.

    Headings and paragraphs stand apart, points of a list begin with a dash, and a link is followed
    by its address.
    """
    blocks: list[str] = []
    depth, marker = 0, ""
    is_tight = False
    for token in _MARKDOWN.parse(text):
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            depth += 1
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            depth -= 1
            is_tight = is_tight and depth > 0
        elif token.type == "list_item_open":
            number = f"{token.info}{token.markup}" if token.info else "–"
            marker = f"{'  ' * (depth - 1)}{number} "
        elif token.type in {"inline", "code_block", "fence"}:
            said = _inline(token.children) if token.type == "inline" else token.content.strip()
            apart = "\n" if depth and is_tight else "\n\n"
            blocks.append(f"{apart if blocks else ''}{marker}{said}")
            is_tight, marker = depth > 0, ""
    return "".join(blocks)


def _inline(tokens: Sequence[Token] | None) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens or ():
        if token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak":
            parts.append("\n")
        elif token.type == "link_open":
            links.append((str(token.attrGet("href") or ""), len(parts)))
        elif token.type == "link_close":
            address, begun = links.pop()
            address = address.removeprefix("mailto:").removeprefix("tel:")
            if address not in "".join(parts[begun:]):
                parts.append(f" ({address})")
        else:
            parts.append(token.content)
    return "".join(parts)
