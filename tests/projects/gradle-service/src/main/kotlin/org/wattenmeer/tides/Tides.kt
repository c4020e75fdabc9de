package org.wattenmeer.tides

import com.mongodb.client.model.Filters.eq
import com.mongodb.client.model.Sorts.ascending
import com.mongodb.kotlin.client.MongoClient
import org.bson.Document

class Tides(client: MongoClient) {
    private val tides = client.getDatabase("tides").getCollection<Document>("tide")

    fun next(station: String): List<Document> =
        tides.find(eq("station", station)).sort(ascending("at")).limit(4).toList()
}
