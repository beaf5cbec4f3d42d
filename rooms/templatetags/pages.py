from html import unescape

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from rooms.sheets import SHEETS, merged

register = template.Library()


@register.simple_block_tag
def text(content: str) -> str:
    """What stands inside, for more than one place: `{% text as title %}…{% endtext %}`.

    As text, not as HTML: each of the places escapes it.
    """
    return unescape(content.strip())


@register.simple_tag
def sheets(name: str) -> SafeString:
    """Links to the style sheets of SHEETS: one where they are merged, all of them where one is at work on them."""
    files = [merged(name)] if hasattr(staticfiles_storage, "merges_sheets") else [f"css/{p}.css" for p in SHEETS[name]]
    return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', ((static(file),) for file in files))
