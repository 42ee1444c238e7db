"""The commands and listeners, thin: each hands over to what does the work."""

from bot.asking_again import AGAIN
from bot.buttons import BUTTONS as REPLY_BUTTONS
from bot.cogs.admin import AdminCog, CancelButton
from bot.cogs.ask import AskCog
from bot.cogs.guild import GuildCog
from bot.cogs.messages import MessagesCog
from bot.cogs.privacy import ForgetButton, PrivacyCog
from bot.cogs.reading import ArticlePageButton, ReadingCog, SearchPageButton
from bot.cogs.talk import TalkCog

COGS = (AskCog, MessagesCog, ReadingCog, AdminCog, GuildCog, PrivacyCog, TalkCog)
BUTTONS = (*REPLY_BUTTONS, *AGAIN, ArticlePageButton, SearchPageButton, CancelButton, ForgetButton)
