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


def words_for(code: str | None) -> Words:
    """The texts of a language such as ``de`` or ``de-AT``; English where there are none."""
    return LANGUAGES.get((code or "en").split("-")[0].lower(), EN)
