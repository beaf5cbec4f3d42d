from django.template import Context, Template


def test_text_for_several_places_is_escaped_once_in_each() -> None:
    template = Template("{% load pages %}{% text as title %} {{ name }} {% endtext %}<title>{{ title }}</title>")
    assert template.render(Context({"name": "R&D <&lt;>"})) == "<title>R&amp;D &lt;&amp;lt;&gt;</title>"
