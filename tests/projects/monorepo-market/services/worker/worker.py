"""Takes orders from the queue and writes them down."""

import json
import os

import pika
import psycopg


def write(channel, method, properties, body):
    """Write one order down."""
    order = json.loads(body)
    with psycopg.connect(os.environ["WORKER_DATABASE_URL"]) as connection:
        connection.execute("INSERT INTO purchase (product) VALUES (%s)", [order["product"]])
    channel.basic_ack(method.delivery_tag)


if __name__ == "__main__":
    broker = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    orders = broker.channel()
    orders.basic_consume("orders", write)
    orders.start_consuming()
