"""The basket of a visitor, kept for a week."""

import secrets

from flask import Blueprint, redirect, render_template, request, session, url_for

from shop.storage import storage

WEEK_S = 7 * 24 * 3600

bp = Blueprint("baskets", __name__, url_prefix="/basket")


def basket_key() -> str:
    """The Redis key of this visitor's basket."""
    visitor = session.setdefault("visitor", secrets.token_urlsafe(16))
    return f"basket:{visitor}"


@bp.get("")
def show():
    """What lies in the basket."""
    return render_template("basket.html", items=storage().baskets.hgetall(basket_key()))


@bp.post("")
def add():
    """Put one piece of a product into the basket."""
    key = basket_key()
    with storage().baskets.pipeline() as pipeline:
        pipeline.hincrby(key, request.form["product_id"], 1)
        pipeline.expire(key, WEEK_S)
        pipeline.execute()
    return redirect(url_for(".show"), code=303)
