"""What the loopback Discord answers when it refuses: status, Discord's own error code, words."""

from __future__ import annotations


class ApiError(Exception):
    """A refusal, as JSON ``{"code", "message"}`` with an HTTP status."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def unauthorized() -> ApiError:
    """The token is not the bot's."""
    return ApiError(401, 0, "401: Unauthorized")


def unknown(what: str, code: int) -> ApiError:
    """Nothing has this id."""
    return ApiError(404, code, f"Unknown {what}")


def unknown_interaction() -> ApiError:
    """Answered after three seconds, or never asked."""
    return unknown("interaction", 10062)


def already_acknowledged() -> ApiError:
    """An interaction is answered once."""
    return ApiError(400, 40060, "Interaction has already been acknowledged.")


def invalid_webhook_token() -> ApiError:
    """The interaction's token is older than fifteen minutes."""
    return ApiError(401, 50027, "Invalid Webhook Token")


def missing_permissions() -> ApiError:
    """The bot may see the channel but not do this in it."""
    return ApiError(403, 50013, "Missing Permissions")


def missing_access() -> ApiError:
    """The bot may not see the channel."""
    return ApiError(403, 50001, "Missing Access")


def invalid_form(reason: str) -> ApiError:
    """The request's body breaks a rule."""
    return ApiError(400, 50035, f"Invalid Form Body: {reason}")
