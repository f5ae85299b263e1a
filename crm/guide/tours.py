"""A walk round the first page, by role: places (the first that is to be seen of each), title, words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

Place = tuple[str, Any, Any]

SEARCH: Place = (
    ".zf-search:not([hidden]), .zf-tool-narrow",
    _("Find anything"),
    _("Name, code, phone or pinyin initials. Ctrl-K from everywhere."),
)
HELP: Place = (".zf-page-help", _("Help on every page"), _("What the page is for and what to do next."))

TOURS: dict[str, list[Place]] = {
    "am": [
        (
            "[data-block], .zf-page-head",
            _("Who is due today"),
            _("In the order of the way. “Visit” opens the form; saving leads to the next client."),
        ),
        (
            ".zf-bottom-item[data-primary], .zf-nav-item[href^='/visits/']",
            _("Log a visit"),
            _("Under thirty seconds: purpose, checklist, next step. It works without a signal, too."),
        ),
        (
            "[href='/journals/today/'], .zf-nav-item[href^='/journals/']",
            _("The journal writes itself"),
            _("Visits, calls and tasks are in it already; you add five short boxes."),
        ),
        (
            ".zf-nav-item[href^='/kpi/'], [data-block*=score]",
            _("Your score so far"),
            _("Every point can be clicked down to the rows behind it, and appealed."),
        ),
        SEARCH,
        HELP,
    ],
    "supervisor": [
        (
            "[data-block], .zf-page-head",
            _("What waits for you"),
            _("Journals, flags and alerts of your team, the most urgent first."),
        ),
        (
            "[href='/journals/desk/'], .zf-nav-item[href^='/journals/']",
            _("The review desk"),
            _("Journal, day and review side by side, by keyboard: twenty in ten minutes."),
        ),
        (
            ".zf-nav-item[href^='/visits/'], .zf-bottom-item[href^='/visits/']",
            _("Verify visits"),
            _("Odd ones are flagged with the reason; you judge."),
        ),
        (
            ".zf-nav-item[href^='/alerts/'], .zf-menu-button",
            _("Clients that may leave"),
            _("By value, with a suggested step."),
        ),
        SEARCH,
        HELP,
    ],
    "hr": [
        (
            "[data-block], .zf-page-head",
            _("The month at a glance"),
            _("What is missing, who must act, how far the run is."),
        ),
        (
            "[href='/kpi/runs/'], .zf-nav-item[href^='/kpi/']",
            _("The monthly run"),
            _("Eight steps from data to archive; nothing goes back silently."),
        ),
        (
            ".zf-nav-item[href^='/clients/'], .zf-bottom-item[href^='/clients/']",
            _("Clients and tiers"),
            _("Rules in versions, each tried out before it is published."),
        ),
        (
            ".zf-nav-item[href^='/staff/'], [href='/staff/'], .zf-menu-button",
            _("Staff"),
            _("Posts, transfers and careers with their history."),
        ),
        HELP,
    ],
    "back_office": [
        (
            "[data-block], .zf-page-head",
            _("What waits for your post"),
            _("Requests and slips with their deadline, the latest first."),
        ),
        (
            ".zf-nav-item[href^='/service/'], .zf-bottom-item[data-primary]",
            _("Requests and slips"),
            _("Answer in time: quality and time are measured."),
        ),
        (
            "[href='/tasks/'], .zf-nav-item[href='/tasks/']",
            _("Tasks"),
            _("Everything with a date, wherever it came from."),
        ),
        HELP,
    ],
    "admin": [
        (
            "[data-setup], .zf-page-head",
            _("Setup"),
            _("Seven steps from the organisation to the first tiers; come back whenever you like."),
        ),
        (
            "[href='/staff/'], .zf-nav-item[href^='/staff/'], .zf-menu-button",
            _("People and units"),
            _("Add, transfer, switch off; history stays."),
        ),
        (
            ".zf-nav-item[href^='/clients/'], .zf-bottom-item[href^='/clients/']",
            _("Imports"),
            _("Clients and facts from files, with a preview first."),
        ),
        SEARCH,
        HELP,
    ],
}
