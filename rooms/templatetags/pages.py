from django import template

register = template.Library()


@register.simple_block_tag
def text(content: str) -> str:
    """What stands inside, for more than one place: `{% text as title %}…{% endtext %}`."""
    return content.strip()
