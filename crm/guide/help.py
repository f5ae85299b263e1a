"""What each page is for and what to do next: one entry a page, shown behind the “?” of its head."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# View → (what the page is for, what to do next).
HELP: dict[str, tuple[Any, Any]] = {
    "home": (
        _("What to do today, in the order of importance for your post."),
        _("Start at the top; every number opens the rows behind it."),
    ),
    "clients:list": (
        _("The clients you may see, with tier, owner and last visit."),
        _("Filter by the chips, keep a filter as a view, open a line for the whole picture."),
    ),
    "clients:detail": (
        _("Everything about one client: figures, contacts with taboos, and what happened when."),
        _("Log a visit or a call from the top; “Why” beside the tier explains it."),
    ),
    "clients:new": (
        _("A new client with the few facts that are needed to visit."),
        _("Save, then add contacts and the place on the client's page."),
    ),
    "clients:portfolio": (
        _("Clients by value and satisfaction: who deserves more time, who takes too much."),
        _("Open a corner of the picture to get its clients as a list."),
    ),
    "clients:tiers": (
        _("How many clients are in each tier and who moved since last month."),
        _("Open a cell of the migration to see the clients; publish a new scheme only after its trial."),
    ),
    "clients:handovers": (
        _("Work that passes from one account manager to another, and leave covers."),
        _("Plan the day, let both tick the checklist; clients move by themselves on that day."),
    ),
    "clients:representatives": (
        _("The chosen spokesmen of each grid; every grid needs one."),
        _("Fill the grids that have none; representatives are visited monthly."),
    ),
    "clients:duplicates": (
        _("Pairs that look like one and the same client."),
        _("Compare, then merge or say that they are two; nothing is lost by merging."),
    ),
    "clients:uploads": (
        _("Clients, facts, contracts and more from CSV or XLSX."),
        _("Upload, check the preview, then take the rows in; refused rows can be downloaded, mended and sent again."),
    ),
    "clients:attributes": (
        _("Your own fields of clients, by industry or need."),
        _("Add a field with its kind; it appears in forms, filters and imports."),
    ),
    "clients:schemes": (
        _("The rules that put clients into tiers, in versions."),
        _("Copy the one in force, change it, try it out, publish it."),
    ),
    "clients:standards": (
        _("What each tier is owed: days between visits and calls, hours to respond."),
        _("Change a number and see at once how many manager hours it costs."),
    ),
    "clients:staffing": (
        _("Managers needed by the standards beside the managers there are."),
        _("Where too few: more people, longer intervals or a smaller territory."),
    ),
    "clients:opportunities": (
        _("Deals from the first lead to won or lost."),
        _("Drag or open one, say what the next step is and when."),
    ),
    "clients:campaigns": (
        _("Campaigns with their target clients, materials and results."),
        _("Make a target list, hand it to the managers, read the result."),
    ),
    "clients:contracts": (
        _("Contracts from signing over performance to their end."),
        _("Look first at those that end soon; each raises an alert in time."),
    ),
    "clients:loans": (
        _("Loans, what is overdue, and the checks after lending."),
        _("Open what is overdue, log the check or the promise to pay."),
    ),
    "clients:referrals": (
        _("Who recommended whom, and what came of it."),
        _("Thank the referrer and follow up the new client."),
    ),
    "clients:surveys": (
        _("Questions to clients before a product is launched."),
        _("Choose clients, ask during visits, read the answers here."),
    ),
    "clients:products": (
        _("Products and classes that visits, holdings and campaigns speak of."),
        _("Add what is new; mark what is discontinued instead of deleting it."),
    ),
    "clients:product-matrix": (
        _("Which client has which product, and what is missing."),
        _("A gap is the reason for the next visit."),
    ),
    "visits:due": (
        _("Who is due today, in the order of the way."),
        _("Tap “Visit” at the client; after saving the next one opens by itself."),
    ),
    "visits:new": (
        _("The visit as it happens: purpose, checklist, demands, next step."),
        _("Fill what applies and save; without a signal it waits on the phone and goes out later."),
    ),
    "visits:plan": (
        _("The month's and week's plan of visits, approved by the supervisor."),
        _("Draw clients onto days, hand it in; on-plan visits count."),
    ),
    "visits:list": (
        _("Every visit logged, with place, duration and result."),
        _("Filter by person, client or flag; open one to read it."),
    ),
    "visits:places": (
        _("On which days how much was visited, and where nobody has been this month."),
        _("Click a day for its visits; hollow places are those to go to next."),
    ),
    "visits:verify": (
        _("Logs of the month that wait for the supervisor's opinion."),
        _("Read, verify or send back with a reason; verified ones are sealed."),
    ),
    "visits:inspections": (
        _("Shops that supervisors inspected on their own."),
        _("Log what you saw, publish it; it becomes visible to the manager."),
    ),
    "visits:flags": (
        _("Visits that look odd: too short, too far, too fast, or copied."),
        _("Read the reason, ask, then judge; nothing is dropped by itself."),
    ),
    "visits:checklists": (
        _("What managers check on a visit, by industry and format."),
        _("Keep it short: seven items are done, twenty are ticked off."),
    ),
    "journals:today": (
        _("Your journal of today: visits, calls and tasks are filled in already."),
        _("Write the five short boxes and hand it in before the deadline."),
    ),
    "journals:write": (
        _("Your journal: visits, calls and tasks are filled in already."),
        _("Write the five short boxes and hand it in; once submitted the text is sealed."),
    ),
    "journals:mine": (
        _("Your journals and what the reviewer said."),
        _("Answer requirements first; a returned journal is written again as a new version."),
    ),
    "journals:desk": (
        _("Journals to review, with the day's visits beside them."),
        _("J and K walk, 1 to 5 mark, R returns, Ctrl-Enter submits and goes on."),
    ),
    "journals:requirements": (
        _("What you required in reviews, and whether it was done."),
        _("Open what is late, ask, close what is done."),
    ),
    "journals:boards": (
        _("Who wrote journals and who is late, person by day."),
        _("A red field leads to the person; speak before you mark down."),
    ),
    "journals:samples": (
        _("The random draw of journals to be read, with its seed."),
        _("Read those that wait; anybody can redo the draw by its seed."),
    ),
    "journals:list": (
        _("All journals in your sight."),
        _("Filter by person, kind and day."),
    ),
    "journals:rules": (
        _("Deadlines, sampling share and what a journal must hold."),
        _("Changes hold from the next journal on."),
    ),
    "journals:meetings": (
        _("Meetings with minutes, attendance and what was agreed."),
        _("Write who does what by when: each becomes a task."),
    ),
    "journals:joint": (
        _("Visits together with a supervisor or colleague."),
        _("Ask for company where it helps; observations are kept with the visit."),
    ),
    "journals:plans": (
        _("The marketing plan of the month and how far it is."),
        _("Write the goal in figures; the execution is counted from visits."),
    ),
    "journals:articles": (
        _("Short notes worth knowing before the first visit."),
        _("Read what is new; write one when you have learned something."),
    ),
    "journals:best": (
        _("Model journals that supervisors praised."),
        _("Read one, take one thing over."),
    ),
    "journals:ideas": (
        _("Ideas upward, each with an answer by a day."),
        _("Say the problem, the idea and what it would bring."),
    ),
    "service:list": (
        _("Requests and complaints with owner and deadline."),
        _("Take what is late first; every step is kept."),
    ),
    "service:slips": (
        _("Numbered notes passed to another post for handling."),
        _("Answer yours in time; the giver sees what came of it."),
    ),
    "service:surveys": (
        _("Satisfaction surveys: sample, links, re-checks, results."),
        _("Start a wave, watch the return, read the quadrant first."),
    ),
    "service:interviews": (
        _("Clients of a survey that you are to ask."),
        _("Ask on the next visit and enter the answers as given."),
    ),
    "service:rechecks": (
        _("Answers that are asked again by phone or on site."),
        _("Ask the same questions anew; what differs is marked."),
    ),
    "service:desk": (
        _("How quickly and how well the back office answered."),
        _("Open a figure for its slips and requests."),
    ),
    "kpi:mine": (
        _("Your score card: where the points went, and where you stand."),
        _("Open the largest loss; appeal while the run is open."),
    ),
    "kpi:card": (
        _("A score card: value, benchmarks and points of each indicator."),
        _("Every value opens the rows it was computed from."),
    ),
    "kpi:my-pay": (
        _("Your pay sheet by part, with the score behind it."),
        _("If a part looks wrong, appeal the indicator it hangs on."),
    ),
    "kpi:my-career": (
        _("Your grade, what the next one asks, and how far you are."),
        _("Look at the first condition that is not met."),
    ),
    "kpi:runs": (
        _("The month's assessment, step by step."),
        _("Go on at the first step that is not green; nothing goes back silently."),
    ),
    "kpi:run": (
        _("One run: data, computing, soft scores, review, publishing, appeals."),
        _("The step that is open says what is missing and who must act."),
    ),
    "kpi:soft": (
        _("Soft indicators of your people, with facts beside them."),
        _("Score everybody before the deadline and give the reason."),
    ),
    "kpi:adjustments": (
        _("Bonus and penalty points, each by a rule and a reason."),
        _("Praise is as easy as penalty: choose the rule, write the reason."),
    ),
    "kpi:imports": (
        _("Indicator values that other systems know."),
        _("Download the template, fill it, upload it; the run then turns green."),
    ),
    "kpi:board": (
        _("Ranks by comparable group, and growth against the mean."),
        _("Compare within your group; open a name only where you may."),
    ),
    "kpi:appeals": (
        _("Appeals with what they say and how long is left."),
        _("Read the rows, decide, answer in words; a correction makes a new version."),
    ),
    "kpi:coaching": (
        _("Who needs which kind of coaching, with the figures that say so."),
        _("Confirm or not, set actions, look at the score afterwards."),
    ),
    "kpi:careers": (
        _("Grades, terms, exams and the moves that are proposed."),
        _("Decide move by move; each is kept with its reason."),
    ),
    "kpi:pay": (
        _("Pay sheets out of published scores."),
        _("Check the sums, approve, export; changes need a new version of the run."),
    ),
    "kpi:schemes": (
        _("Assessment schemes in versions, by unit and role."),
        _("Copy, change weights and benchmarks, try it on last month, publish."),
    ),
    "retention:list": (
        _("Clients that may leave, by value at risk, with the reason in words."),
        _("Act without leaving the list: plan a visit, call, or dismiss with a reason."),
    ),
    "retention:value": (
        _("How much trade stands at risk, and how much was kept."),
        _("Open the largest part."),
    ),
    "retention:proof": (
        _("Whether acting on alerts keeps clients, compared with not acting."),
        _("Read the margin of error before the figure."),
    ),
    "retention:forecast": (
        _("Who will probably trade again, by a model of past trade."),
        _("Where the model is unsure, the page says so."),
    ),
    "retention:greetings": (
        _("Birthdays and holidays to greet for."),
        _("Call or write, then tick it."),
    ),
    "retention:winback": (
        _("Lost clients that are worth winning back."),
        _("Start with those who left for a reason that is mended."),
    ),
    "retention:loyal": (
        _("Satisfied clients who may recommend you."),
        _("Ask for one name, thank them, log the referral."),
    ),
    "retention:rules": (
        _("What raises an alert, and from which limit on."),
        _("Try a limit out to see how many alerts it would raise."),
    ),
    "people:tasks": (
        _("What you have to do by when, from reviews, visits and meetings."),
        _("Finish the late ones first."),
    ),
    "people:staff": (
        _("People under your unit with role and post."),
        _("Open a person to transfer, switch off or give a new password."),
    ),
    "people:units": (
        _("The tree of the organisation."),
        _("Add or move a unit; clients and history go with it."),
    ),
    "people:robots": (
        _("Group chats that get notifications."),
        _("Connect a robot and send a test message."),
    ),
    "people:me": (
        _("Your account: tasks, notifications, password, time zone."),
        _("Set up a second factor: it takes a minute."),
    ),
    "people:notifications": (
        _("What was told to you, newest first."),
        _("Choose under “Settings” what also comes by e-mail or group chat."),
    ),
    "webhooks": (
        _("Other systems that are notified of events here."),
        _("Add an address, copy its secret, send a test."),
    ),
    "audit": (
        _("Who changed what and when; chained, so that nothing can be taken out unnoticed."),
        _("Filter by person or row; the chain can be verified by a command."),
    ),
    "search": (
        _("Clients, people, journals and pages by name, code, phone or initials."),
        _("Arrow keys walk, Enter opens; Ctrl-K leads here from every page."),
    ),
    "setup-steps": (
        _("How far your installation is, read from what is there."),
        _("Go on at the first line that is not done; skip what you do not need."),
    ),
    "tokens": (
        _("Keys for programs that act on your behalf."),
        _("Give each the least it needs and an end."),
    ),
}
