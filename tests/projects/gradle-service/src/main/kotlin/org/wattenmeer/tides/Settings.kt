package org.wattenmeer.tides

data class Settings(val port: Int, val mongoUri: String) {
    companion object {
        fun fromEnvironment() = Settings(
            port = System.getenv("TIDES_PORT")?.toInt() ?: 7070,
            mongoUri = System.getenv("MONGO_URI") ?: "mongodb://localhost:27017",
        )
    }
}
