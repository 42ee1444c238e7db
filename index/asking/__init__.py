"""What a question says about how it wants to be answered: for which days, about the archive itself, about whom."""

from index.asking.events import event_choices
from index.asking.inventory import Inventory, inventory_in, inventory_of, latest_in, none_is_an_answer
from index.asking.names import name_choices
from index.asking.overview import overview_of
from index.asking.timing import Timing, timing_of
from index.asking.when import Span, When, when_in
from index.asking.years import tells_of, years_in

__all__ = [
    "Inventory",
    "Span",
    "Timing",
    "When",
    "event_choices",
    "inventory_in",
    "inventory_of",
    "latest_in",
    "name_choices",
    "none_is_an_answer",
    "overview_of",
    "tells_of",
    "timing_of",
    "when_in",
    "years_in",
]
