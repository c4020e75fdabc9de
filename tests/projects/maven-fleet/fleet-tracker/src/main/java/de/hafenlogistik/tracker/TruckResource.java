package de.hafenlogistik.tracker;

import de.hafenlogistik.model.Truck;
import io.quarkus.redis.datasource.RedisDataSource;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;

@Path("/trucks")
public class TruckResource {

    private final RedisDataSource redis;

    TruckResource(RedisDataSource redis) {
        this.redis = redis;
    }

    @GET
    @Path("/{plate}")
    public Truck where(String plate) {
        return redis.value(Truck.class).get("truck:" + plate);
    }
}
