"""Which Jira we talk to: the REST version, the library's name for it, and how it spells rich text.

Cloud speaks REST v3 with Atlassian Document Format; an inert text node there cannot become a mention or an
image, whatever a customer wrote. Data Center speaks REST v2 with wiki markup, where every character that could
start markup is written as a reference.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mappings.adf import render_adf
from mappings.blocks import Block, Paragraph, Rule, Text
from mappings.markdown import parse_markdown
from mappings.wiki import render_wiki


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """The dialect of one kind of Jira; `kind` is what the `jira` library calls it."""

    kind: str
    rest_version: str
    render_blocks: Callable[[Iterable[Block]], Any]

    @property
    def is_cloud(self) -> bool:
        """Cloud has a search by token and reads by the hundred, which Data Center lacks."""
        return self.kind == "Cloud"

    def render_text(self, markdown: str, reference: str) -> Any:
        """Rich text of the Markdown, closed by a visible line that holds the reference as one word."""
        closing = Paragraph(inlines=(Text(text=spell_reference(reference)),))
        return self.render_blocks((*parse_markdown(markdown), Rule(), closing))


CLOUD = Deployment(kind="Cloud", rest_version="3", render_blocks=render_adf)
DATA_CENTER = Deployment(kind="Server", rest_version="2", render_blocks=render_wiki)


def spell_reference(reference: str) -> str:
    """The words of the closing line."""
    return f"Escalator reference: {reference}"
