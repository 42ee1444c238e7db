"""What the bot says in its own words, by language of the interface; quotations are never translated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's texts. Names in braces are filled in with :meth:`str.format`."""

    code: str
    no_answer: str = "The archive doesn't answer that."
    no_answer_empty: str = "Nothing in the archive passes these filters."
    nearest: str = "Nearest headlines"
    searched: str = "Searched {articles} articles, {earliest} – {latest}"
    searched_one: str = "Searched 1 article, {earliest}"
    searched_undated: str = "Searched {articles} articles"
    newest_match: str = "newest match {date}"
    generation: str = "generation {number}"
    filter_outlets: str = "only {outlets}"
    filter_since: str = "since {date}"
    filter_until: str = "until {date}"
    filter_as_of: str = "as known on {date}"
    asked: str = "Asked: {question}"
    read_as: str = "Understood as: {question}"
    newest_first: str = "newest first"
    period_kept: str = "for “{words}”"
    period_event: str = "dated by “{event}”"
    period_missed: str = "nothing {span} (“{words}”) answers, so all dates were searched"
    behind: str = "the newest article is {days} days old"
    anytime: str = "All dates"
    which_one: str = "Which one do you mean?"
    differing: str = "These sources may give different answers: compare {marks}."
    articles_none: str = "No article"
    articles_one: str = "1 article"
    articles_many: str = "{count} articles"
    counted_all: str = "{articles} in the archive"
    counted_period: str = "{articles} from that time"
    counted_together: str = "{articles} with {words}"
    counted_apart: str = "{articles} with the words {words}"
    and_word: str = "and"
    more_listed: str = "and {count} more"
    in_thread: str = "Continue in a thread"
    thread_opened: str = "Let's go on in {thread}."
    thread_hint: str = "Ask on here: every message in this thread is a question to me. `new topic` starts afresh."
    thread_hint_quiet: str = "Ask on here: mention me, or reply to my answers. `new topic` starts afresh."
    no_thread: str = (
        "I can't open a thread here: I need the permissions *Create Public Threads* and *Send Messages in Threads*."
    )
    no_thread_by_you: str = "You may not open threads here: that takes the permission *Create Public Threads*."
    no_thread_again: str = "The thread below this answer was deleted, and Discord begins no second one. Ask once more."
    only_in_threads: str = "That is for threads: run it in the thread that I am to join or leave."
    joined: str = "I'm in: from now on every message in this thread is a question to me. `/leave` ends that."
    joined_quiet: str = (
        "I'm in: what you ask me here goes on from what was asked before. Mention me or reply to me; Discord shows me "
        "no other messages."
    )
    left_thread: str = "Done: in this thread I answer mentions and replies only."
    new_topic: str = "New topic: what comes next goes on from nothing before."
    undated: str = "undated"
    unknown_outlet: str = "unknown outlet"
    sources: str = "Sources"
    follow_up: str = "Follow up"
    helpful: str = "Helpful"
    not_helpful: str = "Not helpful"
    share: str = "Share"
    previous: str = "Previous"
    following: str = "Next"
    page: str = "{page} of {pages}"
    cancel: str = "Cancel"
    your_question: str = "Your question"
    reason: str = "What was wrong?"
    reason_wrong: str = "It quotes something that doesn't answer"
    reason_outdated: str = "It is out of date"
    reason_missed: str = "It misses what the archive has"
    reason_other: str = "Something else"
    more: str = "Anything to add?"
    thanks: str = "Thank you, noted."
    shared: str = "Shared."
    waiting: str = "The desk is busy: you are number {place} in line."
    desk_full: str = "Too many questions are waiting right now. Please ask again in a minute."
    leaving: str = "I am about to restart. Please ask again in a minute."
    slow_down: str = "You ask faster than I can read. Please ask again <t:{until}:R>."
    guild_slow_down: str = "This server has asked a lot in the last minute. Please ask again <t:{until}:R>."
    usage: str = (
        "Ask me a question about the news archive: mention me with it, use `/ask`, or reply to one of my answers."
    )
    unreadable_reply: str = (
        "Discord doesn't show me replies to slash-command answers. Press **Follow up** under the answer, "
        "or mention me with the question."
    )
    unreadable_role: str = (
        "Discord shows me no text when only my role is mentioned: pick me from the people instead, or use `/ask`."
    )
    empty_question: str = "There is no question in that."
    forgotten: str = "That answer is no longer kept, so this button can't work any more. Ask again to get a new one."
    not_here: str = "I don't answer in this channel. Ask in {channels}."
    not_you: str = "In this server only some roles may ask me."
    not_admin: str = "That is for admins of this server."
    not_home: str = "The archive is looked after from another server; ask its operators."
    problem: str = "Something went wrong on my side; it is noted as `{reference}`."
    no_archive: str = "There is no archive to ask yet. An admin can build it with `/reindex`."
    not_kept: str = "I can't keep anything right now: my disk may be full. My log says why."
    unreachable: str = "The archive can't be read right now: {reason}"
    unclear_filter: str = "I can't use that filter: {reason}"
    no_such_article: str = "No article has that headline. Pick one of the suggestions."
    nothing_found: str = "No passage resembles that."
    gone: str = "The archive no longer has this article."
    no_reply: str = "(no answer)"
    forget_me: str = "Forget me"
    forgot: str = "Done: {count} rows about you are deleted."
    privacy: str = (
        "**What is kept.** Questions with their answers, for {days} days, with a keyed hash in place of your id; "
        "your feedback on answers; searches and articles that you paged through. Settings of servers, and which admin "
        "did what. No other messages, no names. When the bot leaves a server, that server's rows are deleted after "
        "{grace} days.\n"
        "**Who sees it.** Admins of a server can read its questions, without names; of private ones they see only "
        "that there were some.\n"
        "**About you:** {questions} questions, {feedback} ratings, {lookups} look-ups.\n"
        "*Forget me* deletes them now, in all servers."
    )


EN = Words(code="en")
DE = Words(
    code="de",
    no_answer="Das beantwortet das Archiv nicht.",
    no_answer_empty="Nichts im Archiv passt zu diesen Filtern.",
    nearest="Nächste Schlagzeilen",
    searched="{articles} Artikel durchsucht, {earliest} – {latest}",
    searched_one="1 Artikel durchsucht, {earliest}",
    searched_undated="{articles} Artikel durchsucht",
    newest_match="neuester Treffer {date}",
    generation="Stand {number}",
    filter_outlets="nur {outlets}",
    filter_since="seit {date}",
    filter_until="bis {date}",
    filter_as_of="Wissensstand {date}",
    asked="Gefragt: {question}",
    read_as="Verstanden als: {question}",
    newest_first="Neuestes zuerst",
    period_kept="für „{words}“",
    period_event="datiert nach „{event}“",
    period_missed="nichts {span} („{words}“) beantwortet das, also wurde alles durchsucht",
    behind="der neueste Artikel ist {days} Tage alt",
    anytime="Alle Tage",
    which_one="Wer oder was ist gemeint?",
    differing="Diese Quellen antworten vielleicht verschieden: vergleiche {marks}.",
    articles_none="Kein Artikel",
    articles_one="1 Artikel",
    articles_many="{count} Artikel",
    counted_all="{articles} im Archiv",
    counted_period="{articles} aus dieser Zeit",
    counted_together="{articles} mit {words}",
    counted_apart="{articles} mit den Wörtern {words}",
    and_word="und",
    more_listed="und {count} weitere",
    in_thread="Weiter im Thread",
    thread_opened="Weiter geht es in {thread}.",
    thread_hint="Frag hier weiter: Jede Nachricht in diesem Thread gilt mir. `neues Thema` fängt neu an.",
    thread_hint_quiet="Frag hier weiter: Erwähne mich, oder antworte auf meine Antworten. `neues Thema` fängt neu an.",
    no_thread=(
        "Hier kann ich keinen Thread öffnen: Mir fehlen die Rechte *Öffentliche Threads erstellen* und "
        "*Nachrichten in Threads senden*."
    ),
    no_thread_by_you="Du darfst hier keine Threads öffnen: Dazu braucht es das Recht *Öffentliche Threads erstellen*.",
    no_thread_again=(
        "Der Thread unter dieser Antwort wurde gelöscht, und einen zweiten lässt Discord nicht zu. Frag noch einmal."
    ),
    only_in_threads="Das gilt für Threads: Gib es in dem Thread ein, um den es geht.",
    joined="Ich bin dabei: Jede Nachricht in diesem Thread gilt von jetzt an mir. `/leave` beendet das.",
    joined_quiet=(
        "Ich bin dabei: Was du mich hier fragst, knüpft an das Vorige an. Erwähne mich, oder antworte mir; andere "
        "Nachrichten zeigt mir Discord nicht."
    ),
    left_thread="Gut: In diesem Thread antworte ich nur noch auf Erwähnungen und Antworten.",
    new_topic="Neues Thema: Was jetzt kommt, knüpft an nichts an.",
    undated="ohne Datum",
    unknown_outlet="Quelle unbekannt",
    sources="Quellen",
    follow_up="Nachfragen",
    helpful="Hilfreich",
    not_helpful="Nicht hilfreich",
    share="Teilen",
    previous="Zurück",
    following="Weiter",
    page="{page} von {pages}",
    cancel="Abbrechen",
    your_question="Deine Frage",
    reason="Was war falsch?",
    reason_wrong="Das Zitat beantwortet die Frage nicht",
    reason_outdated="Es ist veraltet",
    reason_missed="Das Archiv weiß mehr",
    reason_other="Etwas anderes",
    more="Noch etwas?",
    thanks="Danke, notiert.",
    shared="Geteilt.",
    waiting="Viel Betrieb: Du bist Nummer {place} in der Reihe.",
    desk_full="Gerade warten zu viele Fragen. Bitte frag in einer Minute noch einmal.",
    leaving="Ich starte gleich neu. Bitte frag in einer Minute noch einmal.",
    slow_down="Du fragst schneller, als ich lesen kann. Bitte frag <t:{until}:R> noch einmal.",
    guild_slow_down="Dieser Server hat in der letzten Minute viel gefragt. Bitte frag <t:{until}:R> noch einmal.",
    usage=(
        "Stell mir eine Frage zum Nachrichtenarchiv: Erwähne mich damit, nimm `/ask`, "
        "oder antworte auf eine meiner Antworten."
    ),
    unreadable_reply=(
        "Antworten auf Slash-Befehle zeigt mir Discord nicht. Drück unter der Antwort auf **Nachfragen**, "
        "oder erwähne mich mit der Frage."
    ),
    unreadable_role=(
        "Erwähnst du nur meine Rolle, zeigt mir Discord keinen Text: Wähl mich unter den Personen, oder nimm `/ask`."
    ),
    empty_question="Darin steht keine Frage.",
    forgotten="Diese Antwort ist nicht mehr gespeichert. Frag noch einmal, um eine neue zu bekommen.",
    not_here="In diesem Kanal antworte ich nicht. Frag in {channels}.",
    not_you="Auf diesem Server dürfen mich nur manche Rollen fragen.",
    not_admin="Das ist für Admins dieses Servers.",
    not_home="Das Archiv wird von einem anderen Server aus betreut.",
    problem="Bei mir ist etwas schiefgegangen; notiert als `{reference}`.",
    no_archive="Es gibt noch kein Archiv. Ein Admin kann es mit `/reindex` anlegen.",
    not_kept="Ich kann gerade nichts festhalten: Vielleicht ist meine Platte voll. Mein Log sagt, warum.",
    unreachable="Das Archiv ist gerade nicht lesbar: {reason}",
    unclear_filter="Diesen Filter verstehe ich nicht: {reason}",
    no_such_article="Kein Artikel hat diese Schlagzeile. Nimm einen der Vorschläge.",
    nothing_found="Keine Stelle ähnelt dem.",
    gone="Das Archiv hat diesen Artikel nicht mehr.",
    no_reply="(keine Antwort)",
    forget_me="Vergiss mich",
    forgot="Erledigt: {count} Zeilen über dich sind gelöscht.",
    privacy=(
        "**Was gespeichert wird.** Fragen mit ihren Antworten, {days} Tage lang, mit einem verschlüsselten Kürzel "
        "statt deiner Kennung; deine Bewertungen; Suchen und Artikel, in denen du geblättert hast. Einstellungen von "
        "Servern, und welcher Admin was getan hat. Keine anderen Nachrichten, keine Namen. Verlässt der Bot einen "
        "Server, werden dessen Zeilen nach {grace} Tagen gelöscht.\n"
        "**Wer es sieht.** Admins eines Servers können dessen Fragen lesen, ohne Namen; von privaten sehen sie nur, "
        "dass es welche gab.\n"
        "**Über dich:** {questions} Fragen, {feedback} Bewertungen, {lookups} Nachschläge.\n"
        "*Vergiss mich* löscht sie jetzt, auf allen Servern."
    ),
)
LANGUAGES = {words.code: words for words in (EN, DE)}


_SUNDAY_FIRST = frozenset({"en-US", "pt-BR", "ja", "ko", "zh-TW", "hi", "th"})
"""Discord's locales of people whose weeks begin on Sunday."""


def week_begins(locale: str) -> int:
    """The weekday on which weeks begin for a locale of Discord's, Monday being 0."""
    return 6 if locale in _SUNDAY_FIRST else 0


def words_for(code: str | None) -> Words:
    """The texts of a language such as ``de`` or ``de-AT``; English where there are none."""
    return LANGUAGES.get((code or "en").split("-")[0].lower(), EN)
