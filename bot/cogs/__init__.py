"""The commands and listeners, thin: each hands over to what does the work."""

from bot.buttons import BUTTONS as REPLY_BUTTONS
from bot.cogs.admin import AdminCog, CancelButton
from bot.cogs.ask import AskCog
from bot.cogs.guild import GuildCog
from bot.cogs.messages import MessagesCog
from bot.cogs.privacy import ForgetButton, PrivacyCog
from bot.cogs.reading import ArticlePageButton, ReadingCog, SearchPageButton

COGS = (AskCog, MessagesCog, ReadingCog, AdminCog, GuildCog, PrivacyCog)
BUTTONS = (*REPLY_BUTTONS, ArticlePageButton, SearchPageButton, CancelButton, ForgetButton)
