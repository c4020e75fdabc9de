plugins {
    application
    kotlin("jvm") version "2.1.20"
    id("com.gradleup.shadow") version "8.3.6"
}

group = "org.wattenmeer"
version = "0.9.0"

repositories {
    mavenCentral()
}

dependencies {
    implementation("io.javalin:javalin:6.6.0")
    implementation("org.slf4j:slf4j-simple:2.0.17")
    implementation("org.mongodb:mongodb-driver-kotlin-sync:5.4.0")
    // implementation("redis.clients:jedis:5.2.0")
    testImplementation(kotlin("test"))
    testImplementation("com.h2database:h2:2.3.232")
}

kotlin {
    jvmToolchain(17)
}

application {
    mainClass.set("org.wattenmeer.tides.MainKt")
}

tasks.test {
    useJUnitPlatform()
}
