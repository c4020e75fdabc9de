package de.hafenlogistik.billing;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import org.eclipse.microprofile.config.inject.ConfigProperty;

@Path("/bills")
public class BillResource {

    @ConfigProperty(name = "billing.currency", defaultValue = "EUR")
    String currency;

    @GET
    public String open() {
        return "none open, in " + currency;
    }
}
