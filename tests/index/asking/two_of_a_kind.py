"""Invented articles about events that come in twos: fiction, every person, place and date in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

# id, outlet, published, title, text
_ARTICLES: Final = (
    (
        "dredgers", "Varnholt Courier", "2026-02-11", "Harbor Commissioners Meet Dredgers in Varnholt",
        "The harbor commissioners of Varnholt met the dredging firm Oskar Thiel & Sons on Tuesday, Feb. 10, to end a "
        "quarrel over mud. The meeting, held at the old Customs House, lasted four hours. Commissioner Brita Lohmann "
        "said afterwards that both sides would share the cost of a new barge. “We came out friends,” said Oskar Thiel. "
        "The channel at Varnholt has silted up twice since the Kestrel Lock was rebuilt.",
    ),
    (
        "teachers", "Pellingham Echo", "2026-03-19", "Teachers and School Board Sit Down at Last",
        "Teachers in Pellingham and their school board sat down together on Wednesday, March 18, after five months of "
        "silence. The meeting took place in the gym of Ashdown Primary. The board's chair, Imogen Farrar, promised "
        "smaller classes from September. “It is a beginning,” said Desmond Okafor of the teachers' union. Pellingham "
        "has 214 teachers and nine schools.",
    ),
    (
        "quarry", "Ferrin Valley Post", "2026-01-22", "Quarry on Mount Ferrin May Reopen",
        "The quarry on Mount Ferrin may reopen, the regional court decided on Wednesday. The court found that the "
        "permit of Halvard Stone had been withdrawn without a hearing. Villagers of Upper Ferrin had complained of "
        "dust since 2023. Judge Solveig Aune gave the county six weeks to draw up new rules for blasting. Halvard "
        "Stone employs 61 people in the valley.",
    ),
    (
        "cider", "The Brewers' Gazette", "2026-03-02", "Aldous & Kray Must Recall Its Cider",
        "Aldous & Kray must take 40,000 bottles of its Golden Orchard cider off the shelves, the commercial court in "
        "Lindmere decided on Friday. The court held that the label hid how much sugar is in the drink. A rival, "
        "Pomfret Cellars, had sued the brewer in October. Judge Tobias Renk called the label “a fairy tale”. Aldous & "
        "Kray said that it would appeal.",
    ),
    (
        "trams", "Eskelby Standard", "2026-02-24", "No Trams in Eskelby as Drivers Walk Out",
        "Tram drivers in Eskelby walked out on Monday because the operator, Ringlinien, wants them to work two more "
        "night shifts a month. The strike began at 3 a.m. and will last until Thursday. All six lines are at a "
        "standstill. “Nobody asked us,” said Marit Solbakken, who drives line 4. Ringlinien offered taxis to the "
        "hospital on Kronborg Hill.",
    ),
    (
        "glass", "Orrestadt Morning News", "2026-04-14", "Glassblowers Stay Away for a Third Week",
        "The furnaces of Orrestadt are cold. Glassblowers at the Lumen works began a strike on March 30 because the "
        "owner, Castellan Group, cut the bonus for night work. The strike will last until the bonus is back, said the "
        "workers' leader, Piotr Zelenka. Castellan Group has moved some orders to its works in Brava. The works employ "
        "380 people.",
    ),
    (
        "hockey", "Norrland Sport", "2026-01-31", "Frost Bears Beat Polar Kings After Extra Time",
        "The Frost Bears won the match against the Polar Kings 4-3 in Hjelm on Friday night, after extra time. Sven "
        "Aronsen scored three of the four goals. The Polar Kings had led until the last minute. Their goalkeeper, Lars "
        "Vik, stopped 41 shots. The Frost Bears are now third in the Norrland league.",
    ),
    (
        "football", "Costa Deportes", "2026-05-03", "Atlético Mirador Take the Cup in the Rain",
        "Atlético Mirador won the match for the Copa del Faro on Saturday, 2-0 against Deportivo Salinas. Both goals "
        "were scored by Inés Robledo within six minutes. Rain had flooded the Estadio Marea an hour before. The coach, "
        "Julia Campos, thanked the groundsmen. It is the first cup for Mirador since 1988.",
    ),
    (
        "ferry-one", "Nordkai Tidende", "2026-03-27", "Ferry Crash Kills Three at Nordkai",
        "Three people died on Thursday when the ferry Linnea crashed into the pier at Nordkai. Eleven passengers were "
        "taken to the hospital in Storvik. Captain Henrik Moe said that the engine had not answered. The crash "
        "happened at 7:40 a.m. in calm weather. The coast guard has taken the Linnea to Storvik.",
    ),
    (
        "ferry-two", "Storvik Blad", "2026-03-28", "Three Dead After the Linnea Hits the Pier at Nordkai",
        "The crash of the ferry Linnea at Nordkai has cost three lives, the hospital in Storvik said on Friday. Two of "
        "the dead were crew. Captain Henrik Moe told the coast guard that the engine did not reverse. Eight of the "
        "eleven injured passengers have gone home. The pier at Nordkai stays closed until May.",
    ),
    (
        "mayor", "Hollin Herald", "2026-02-16", "Hollin Elects Its First Woman Mayor",
        "Greta Winslade won the election in Hollin on Sunday with 54 percent of the vote. She beat Norman Tulk, who "
        "had run the town for 16 years. Turnout was 71 percent. Winslade, a vet, wants to reopen the swimming baths. "
        "She takes office on April 1.",
    ),
)  # fmt: skip

UNCLEAR: Final = {
    "where was the meeting?": {"dredgers", "teachers"},
    "how long will the strike last?": {"trams", "glass"},
    "who won the match?": {"hockey", "football"},
}
"""Questions with two readings, and the articles that tell of the one and of the other."""

MISSED: Final = {
    "when was the meeting?": {"dredgers", "teachers"},
    "What did the court decide?": {"quarry", "cider"},
    "why did the strike start?": {"trams", "glass"},
}
"""As those, but since its fourth run the reader is surer of the one (or of none), of the first since its seventh: they
are not asked back."""

CLEAR: Final = (
    "when was the meeting in Varnholt?",
    "when did the teachers and the school board meet?",
    "what did the court decide about the quarry?",
    "what did the court say about the cider?",
    "why are the tram drivers on strike?",
    "why did the glassblowers go on strike?",
    "who won the hockey match?",
    "who won the Copa del Faro?",
    "how many people died in the crash?",
    "what caused the crash?",
    "when was the crash?",
    "who won the election?",
    "who did Winslade beat?",
    "what does the mayor want?",
    "who drives line 4?",
    "who won the chess tournament?",
)
"""Questions with one reading, or with none in these articles."""


def write_articles(folder: Path) -> Path:
    """The articles as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "two-of-a-kind.jsonl"
    keys = ("id", "outlet", "published", "title", "text")
    rows = [json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False) for row in _ARTICLES]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
