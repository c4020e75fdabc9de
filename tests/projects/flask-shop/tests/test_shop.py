def test_the_start_page_lists_what_is_in_stock(client):
    page = client.get("/").text
    assert "Teapot" in page
    assert "24.50 EUR" in page


def test_an_unknown_product_is_not_found(client):
    assert client.get("/products/99").status_code == 404


def test_a_product_goes_into_the_basket(client):
    client.post("/basket", data={"product_id": "1"})
    assert "product 1" in client.get("/basket").text


def test_health_needs_no_database(client):
    assert client.get("/healthz").json == {"status": "ok"}
