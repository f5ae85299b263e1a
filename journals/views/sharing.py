"""Best journals, phrases, articles and ideas."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from journals import sharing
from journals.forms_sharing import AnswerForm, ArticleForm, IdeaForm, PhraseForm
from journals.models import Article, Idea, Phrase
from journals.rules import rules_for
from journals.sections import filled
from people.access import role_required
from people.models import User

SHOWN = 100


@require_GET
def best(request: HttpRequest) -> HttpResponse:
    """Praised journals whose authors agree, for everybody of the organisation."""
    context = {
        "page": page_of(request, sharing.best_journals(request.user), "-created_at", "-pk"),
        "consent": sharing.consents(request.user),
    }
    return render(request, "journals/best.html", context)


@require_GET
def best_journal(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: the text and the evaluation, without requirements."""
    review = get_object_or_404(sharing.best_journals(request.user), pk=pk)
    context = {"review": review, "sections": filled(review.journal.kind, review.version.sections)}
    return render(request, "journals/best_journal.html", context)


@require_POST
@role_required("am")
def consent(request: HttpRequest) -> HttpResponse:
    """Whether one's own praised journals are shown to all."""
    given = request.POST.get("given") == "yes"
    sharing.set_consent(request.user, given)
    messages.success(
        request, _("Your praised journals are shown to all.") if given else _("They are not shown any more.")
    )
    return redirect("journals:best")


@require_http_methods(["GET", "POST"])
@role_required("supervisor")
def phrases(request: HttpRequest) -> HttpResponse:
    """One's own phrases for reviews."""
    form = PhraseForm(request.POST or None)
    if request.method == "POST" and "usual" in request.POST:
        sharing.add_usual_phrases(request.user)
        return redirect("journals:phrases")
    if request.method == "POST" and form.is_valid():
        Phrase.objects.get_or_create(owner=request.user, **form.cleaned_data)
        return redirect("journals:phrases")
    found = Phrase.objects.visible_to(request.user)
    return render(request, "journals/phrases.html", {"phrases": found, "form": form})


@require_POST
@role_required("supervisor")
def phrase_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop a phrase."""
    get_editable(Phrase.objects, request.user, pk=pk).delete()
    return redirect("journals:phrases")


@require_GET
def articles(request: HttpRequest) -> HttpResponse:
    """Notes, cases and reports for the reader, the newest first, unread ones marked."""
    kind = request.GET.get("kind", "")
    found = Article.objects.visible_to(request.user).select_related("author", "unit")
    if kind in Article.Kind.values:
        found = found.filter(kind=kind)
    unread = set(Article.objects.unread_by(request.user).values_list("pk", flat=True)[:1000])
    options = [("", _("All")), *Article.Kind.choices]
    tabs = [{"label": label, "url": f"?kind={value}", "active": value == kind} for value, label in options]
    context = {"page": page_of(request, found, "-created_at", "-pk"), "unread": unread, "tabs": tabs}
    return render(request, "journals/articles.html", context)


@require_http_methods(["GET", "POST"])
def article_new(request: HttpRequest) -> HttpResponse:
    """Publish a note, a case or a report."""
    form = ArticleForm(request.POST or None, user=request.user)
    if form.is_valid():
        form.instance.author, form.instance.unit = request.user, sharing.readers_unit(request.user)
        form.save()
        messages.success(request, _("Published."))
        return redirect("journals:article", form.instance.pk)
    return render(request, "journals/article_form.html", {"form": form, "unit": sharing.readers_unit(request.user)})


@require_GET
def article(request: HttpRequest, pk: int) -> HttpResponse:
    """One article; opening it marks it read. Its author and those above see who has read it."""
    found = get_visible(Article.objects.select_related("author", "unit"), request.user, pk=pk)
    sharing.mark_read(found, request.user)
    is_author = found.author_id == request.user.pk
    context: dict[str, Any] = {"article": found, "is_author": is_author}
    if is_author or not request.user.is_am:
        audience = User.objects.managers().under(found.unit)
        reads = found.reads.filter(user__in=audience).select_related("user").order_by("read_at")
        context |= {"reads": reads[:SHOWN], "read_count": reads.count(), "audience": audience.count()}
    return render(request, "journals/article.html", context)


@require_POST
def article_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own article back."""
    sharing.withdraw(get_editable(Article.objects, request.user, pk=pk))
    messages.success(request, _("Withdrawn."))
    return redirect("journals:articles")


@require_GET
def ideas(request: HttpRequest) -> HttpResponse:
    """One's own ideas; for those above, what waits for an answer first."""
    view = request.GET.get("view", "")
    found = Idea.objects.visible_to(request.user).select_related("author", "org", "answered_by")
    open_ = found.filter(answered_at=None)
    order = ["-created_at", "-pk"]
    if view == "awarded":
        found = found.filter(award=True)
    elif view == "answered":
        found = found.filter(answered_at__isnull=False)
    else:
        view, found, order = "open", open_, ["answer_due_on", "pk"]
    options = [("open", _("Awaiting answer")), ("answered", _("Answered")), ("awarded", _("Awarded"))]
    tabs = [{"label": label, "url": f"?view={name}", "active": name == view} for name, label in options]
    tabs[0]["count"] = open_.count()
    page = page_of(request, found, *order)
    return render(request, "journals/ideas.html", {"page": page, "tabs": tabs, "view": view})


@require_http_methods(["GET", "POST"])
def idea_new(request: HttpRequest) -> HttpResponse:
    """Hand in a proposal."""
    form = IdeaForm(request.POST or None)
    if form.is_valid():
        found = sharing.hand_in_idea(request.user, form.cleaned_data["title"], form.cleaned_data["text"])
        messages.success(request, _("Handed in. You will get an answer."))
        return redirect("journals:idea", found.pk)
    due_on = rules_for(request.user).idea_due_on(periods.today())
    return render(request, "journals/idea_form.html", {"form": form, "due_on": due_on})


@require_http_methods(["GET", "POST"])
def idea(request: HttpRequest, pk: int) -> HttpResponse:
    """A proposal and its answer."""
    rows = Idea.objects.select_related("author", "org", "answered_by")
    found = get_visible(rows, request.user, pk=pk)
    can_answer = Idea.objects.editable_by(request.user).filter(pk=pk).exists()
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        if not can_answer and found.answered_at is None:
            raise PermissionDenied
        if form.is_valid() and answered(request, found, form):
            return redirect("journals:idea", pk)
    return render(request, "journals/idea.html", {"idea": found, "form": form, "can_answer": can_answer})


def answered(request: HttpRequest, found: Idea, form: AnswerForm) -> bool:
    """Save the answer; what stands against it becomes errors of the form."""
    values = form.cleaned_data
    try:
        sharing.answer_idea(found, request.user, values["answer"], values["text"], award=values["award"])
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True
