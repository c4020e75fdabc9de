package io.kornblume.shop.order;

import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

@Component
class OrderMessages {

    private final RabbitTemplate rabbit;
    private final String exchange;

    OrderMessages(RabbitTemplate rabbit, @Value("${shop.orders.exchange}") String exchange) {
        this.rabbit = rabbit;
        this.exchange = exchange;
    }

    void placed(long orderId) {
        String region = System.getenv("SHOP_REGION");
        rabbit.convertAndSend(exchange, "placed." + region, orderId);
    }
}
