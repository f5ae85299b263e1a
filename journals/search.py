"""Journals by their author or, among one's own, by what stands in them; articles by their title."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.urls import reverse

from journals.models import Article, Journal, JournalVersion
from people.models import User
from people.search import people_named

AUTHORS = 5


def hits(user: User, text: str, limit: int) -> Iterator[dict[str, Any]]:
    """Hits {title, text, url, icon} of the global search, the latest first."""
    for article in Article.objects.visible_to(user).filter(title__icontains=text)[:limit]:
        url = reverse("journals:article", args=[article.pk])
        yield {"title": article.title, "text": article.get_kind_display(), "url": url, "icon": "book-2"}
    # The texts of a whole unit are not searched: by author and day one is there as soon.
    fits = Q(author__in=[person.pk for person in people_named(user, text).exclude(pk=user.pk)[:AUTHORS]])
    words = JournalVersion.objects.annotate(words=Cast("sections", TextField()))
    fits |= Q(Exists(words.filter(journal=OuterRef("pk"), words__icontains=text)), author=user.pk)
    for journal in Journal.objects.visible_to(user).filter(fits).select_related("author")[:limit]:
        yield {
            "title": f"{journal.author.name} · {journal.title}",
            "text": journal.get_state_display(),
            "url": reverse("journals:detail", args=[journal.pk]),
            "icon": "notebook",
        }
