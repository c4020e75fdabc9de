package org.wattenmeer.tides

import com.mongodb.kotlin.client.MongoClient
import io.javalin.Javalin

fun main() {
    val settings = Settings.fromEnvironment()
    val tides = Tides(MongoClient.create(settings.mongoUri))
    val app = Javalin.create { config -> config.showJavalinBanner = false }
    app.get("/tides/{station}") { context -> context.json(tides.next(context.pathParam("station"))) }
    app.get("/health") { context -> context.result("ok") }
    Runtime.getRuntime().addShutdownHook(Thread { app.stop() })
    app.start(settings.port)
}
