package org.kontor.invoices;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.springframework.stereotype.Component;

@Component
class Dispatch {

    private final Counter sent;
    private final Timer rendering;

    Dispatch(MeterRegistry registry) {
        sent = Counter.builder("invoices.sent").description("Invoices that went out.").register(registry);
        rendering = Timer.builder("invoice.rendering").register(registry);
        registry.gauge("invoices.waiting", 0);
    }

    void send(Runnable render) {
        rendering.record(render);
        sent.increment();
    }
}
