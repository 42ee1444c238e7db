"""The commands and listeners, thin: each hands over to what does the work."""

from bot.buttons import BUTTONS as REPLY_BUTTONS
from bot.cogs.admin import AdminCog, CancelButton
from bot.cogs.ask import AskCog
from bot.cogs.messages import MessagesCog
from bot.cogs.reading import ArticlePageButton, ReadingCog, SearchPageButton

COGS = (AskCog, MessagesCog, ReadingCog, AdminCog)
BUTTONS = (*REPLY_BUTTONS, ArticlePageButton, SearchPageButton, CancelButton)
