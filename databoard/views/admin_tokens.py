"""Delete a token of a program; the table is one of `admin_tables`."""

from flask import Blueprint, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue

from databoard.services.people import tokens
from databoard.views.access import needs_admin

bp = Blueprint("admin_tokens", __name__, url_prefix="/admin/tokens")


@bp.post("/<int:token_id>/delete")
@needs_admin
def delete(token_id: int) -> ResponseReturnValue:
    """Delete a token; the next request that shows it is refused."""
    token = tokens.delete(g.session, token_id, actor=g.user, now=g.now)
    flash(f"Token {token.id} of {token.user.name} is deleted.", "success")
    return redirect(url_for("admin_tables.show", table_name="tokens"), 303)
