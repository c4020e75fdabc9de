"""Products: the start page and one page each."""

from flask import Blueprint, abort, render_template
from sqlalchemy import text

from shop.storage import storage

bp = Blueprint("catalog", __name__)


@bp.get("/")
def index():
    """All products that are in stock."""
    with storage().database.connect() as connection:
        products = connection.execute(
            text("SELECT id, name, price_cents FROM product WHERE stock > 0 ORDER BY name")
        ).all()
    return render_template("index.html", products=products, currency=storage().currency)


@bp.get("/products/<int:product_id>")
def show(product_id: int):
    """One product."""
    with storage().database.connect() as connection:
        product = connection.execute(
            text("SELECT id, name, price_cents FROM product WHERE id = :id"), {"id": product_id}
        ).first()
    if product is None:
        abort(404)
    return render_template("product.html", product=product, currency=storage().currency)
