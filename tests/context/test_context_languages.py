"""What single files of each language tell; samples of whole projects are in test_context_truth."""

# ruff: noqa: E501 - a table is read best with one case a line

import pytest

from tests.context.single import facts_of
from webapp.domain.project import FactName, Facts

GO = {"go.mod": "module example.org/shop/v2\n\ngo 1.23\n", "go.sum": ""}
MAIN = 'package main\n\nfunc main() {\n\thttp.ListenAndServe(":9000", nil)\n}\n'
POM = "<project>\n<artifactId>shop</artifactId>\n<dependencies>\n%s\n</dependencies></project>"
DEPENDENCY = "<dependency><groupId>%s</groupId><artifactId>%s</artifactId></dependency>"
SPRING = {"pom.xml": POM % (DEPENDENCY % ("org.springframework.boot", "spring-boot-starter-web"))}
ACTUATOR = {
    "pom.xml": POM % (DEPENDENCY % ("org.springframework.boot", "spring-boot-starter-actuator"))
}
JAVA = {"pom.xml": "<project>\n<artifactId>shop</artifactId></project>"}
APP = {
    "src/main/java/org/shop/App.java": "package org.shop;\n\npublic class App {\n"
    "  public static void main(String[] args) { SpringApplication.run(App.class, args); }\n}\n"
}
RESOURCES = "src/main/resources/application"
RUBY = {"Gemfile": 'source "https://gems.example.org"\ngem "puma"\n'}
RAILS = {"Gemfile": "gem 'rails', '~> 8.0'\n"}
PHP = {"composer.json": '{\n"require": {"php": ">=8.2"}\n}'}
LARAVEL = {"composer.json": '{"require": {"laravel/framework": "^12.0"}}'}
WEB = {"Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web">\n</Project>'}
RUST = {"Cargo.toml": '[package]\nname = "shop"\n\n[dependencies]\ntokio = "1"\n'}
AXUM = {"Cargo.toml": '[package]\nname = "shop"\n\n[dependencies]\naxum = "0.8"\n'}


def csproj(inner: str, sdk: str = "Microsoft.NET.Sdk.Web") -> dict[str, str]:
    return {"src/Shop.csproj": f'<Project Sdk="{sdk}">\n{inner}\n</Project>'}


def gradle(text: str) -> dict[str, str]:
    return {"build.gradle.kts": text}


def place(found: Facts, name: str) -> str | None:
    """The first fact of this name, with its place."""
    facts = (fact for fact in found.found if fact.name == name)
    return next((f"{fact.value} {fact.path}:{fact.line}" for fact in facts), None)


CASES = [
    # Go.
    ("name", GO, "shop go.mod:1"),
    ("language", {"main.go": MAIN}, None),
    ("version", GO, "1.23 go.mod:3"),
    ("version", {**GO, "go.mod": "module a/b\ngo 1.23\ntoolchain go1.24.1"}, "1.24.1 go.mod:3"),
    ("version", {**GO, ".tool-versions": "nodejs 22.1.0\ngolang 1.25.0"}, "1.25.0 .tool-versions:2"),
    ("version", {**GO, "Dockerfile": "FROM golang:1.24-alpine AS build"}, "1.24 Dockerfile:1"),
    ("framework", {"go.mod": "module a\nrequire (\n\tgithub.com/labstack/echo/v4 v4.13.3\n)"}, "echo go.mod:3"),
    ("framework", {"go.mod": "module a\nrequire github.com/gofiber/fiber/v3 v3.0.0"}, "fiber go.mod:2"),
    ("framework", {"go.mod": "module a\nrequire github.com/gin-gonic/gin v1.10.0 // indirect"}, None),
    ("service", {"go.mod": "module a\nrequire (\n  go.mongodb.org/mongo-driver/v2 v2.2.0\n)"}, "mongodb go.mod:3"),
    ("entry", {"main.go": MAIN, **GO}, ". main.go:3"),
    ("entry", {"cmd/shop/main.go": MAIN, **GO}, "cmd/shop cmd/shop/main.go:3"),
    ("entry", {"cmd/a/main.go": MAIN, "cmd/b/main.go": MAIN, **GO}, None),
    ("entry", {"cmd/a/main.go": MAIN, "cmd/server/main.go": MAIN, **GO}, "cmd/server cmd/server/main.go:3"),
    ("entry", {"cmd/a/main.go": MAIN, "cmd/b/main.go": "package main\nfunc main() {}", **GO}, "cmd/a cmd/a/main.go:3"),
    ("entry", {"gen.go": "//go:build ignore\n\npackage main\n\nfunc main() {}", "shop.go": "package shop", **GO}, None),
    ("port", {"main.go": MAIN, **GO}, "9000 main.go:4"),
    ("port", {"main.go": 'package main\nvar addr = flag.String("addr", ":8082", "where")', **GO}, "8082 main.go:2"),
    ("port", {"main.go": 'port := os.Getenv("PORT")\nif port == "" {\n\tport = "8083"\n}', **GO}, "8083 main.go:3"),
    ("port", {"c.go": 'type C struct {\n\tPort int `env:"SHOP_PORT" envDefault:"8084"`\n}', **GO}, "8084 c.go:2"),
    ("port", {"c.go": 'viper.SetDefault("server.port", 8085)', **GO}, "8085 c.go:1"),
    ("port", {"m.go": 'e.Logger.Fatal(e.Start("0.0.0.0:1323"))', **GO}, "1323 m.go:1"),
    ("port", {"m.go": 'redis.NewClient(&redis.Options{Addr: "localhost:6379"})', **GO}, None),
    ("port", {"m.go": 'getEnv("DB_PORT", "5433")', **GO}, None),
    ("port", {"main.go": "package main\nfunc main() { gin.Default().Run() }", "go.mod": "module a\nrequire github.com/gin-gonic/gin v1.10.0"}, "8080 go.mod:2"),
    ("port", {"m.go": 'flag.IntVar(&cfg.port, "port", 4000, "where")', **GO}, "4000 m.go:1"),
    ("port", {"m.go": 'const (\n\tport            = "8087"\n)', **GO}, "8087 m.go:2"),
    ("port", {"m.go": 'const defaultPort = "8086"', **GO}, "8086 m.go:1"),
    ("health", {"m.go": 'mux := http.NewServeMux()\nmux.HandleFunc("GET /healthz", h)', **GO}, "/healthz m.go:2"),
    ("health", {"m.go": 'app := fiber.New()\napi := app.Group("/api")\nv1 := api.Group("v1")\nv1.Get("/health", h)', **GO}, "/api/v1/health m.go:4"),
    ("health", {"m.go": 'r := chi.NewRouter()\nr.Route("/api", func(r chi.Router) {\n\tr.Get("/ping", h)\n})\n', **GO}, "/api/ping m.go:3"),
    ("health", {"h.go": 'func Add(g *gin.RouterGroup) {\n\tg.GET("/health", h)\n}', "m.go": 'Add(r.Group("/v1"))', **GO}, None),
    # Java and Kotlin.
    ("name", JAVA, "shop pom.xml:2"),
    ("version", {"pom.xml": "<project><properties>\n<maven.compiler.release>21</maven.compiler.release></properties></project>"}, "21 pom.xml:2"),
    ("version", {"pom.xml": "<project><properties><jv>17</jv>\n<java.version>${jv}</java.version></properties></project>"}, "17 pom.xml:2"),
    ("version", {"pom.xml": "<project><build><plugins><plugin><configuration>\n<source>1.8</source></configuration></plugin></plugins></build></project>"}, "8 pom.xml:2"),
    ("version", {".sdkmanrc": "# sdk env\njava=21.0.2-tem", **JAVA}, "21 .sdkmanrc:2"),
    ("version", {".java-version": "17.0", **JAVA}, "17 .java-version:1"),
    ("version", {"Dockerfile": "FROM maven:3.9\nFROM eclipse-temurin:25-jre", **JAVA}, "25 Dockerfile:2"),
    ("version", {"build.gradle": "java {\n  toolchain { languageVersion = JavaLanguageVersion.of(21) }\n}"}, "21 build.gradle:2"),
    ("version", {"build.gradle": "sourceCompatibility = '17'"}, "17 build.gradle:1"),
    ("version", {"build.gradle": "sourceCompatibility = JavaVersion.VERSION_1_8"}, "8 build.gradle:1"),
    ("framework", SPRING, "spring-boot pom.xml:4"),
    ("framework", {"build.gradle": "plugins {\n  id 'org.springframework.boot' version '3.5.0'\n}"}, "spring-boot build.gradle:2"),
    ("framework", gradle('plugins {\n  id("org.springframework.boot") version "3.5.0" apply false\n}'), None),
    ("framework", gradle('dependencies {\n  implementation(platform("io.quarkus.platform:quarkus-bom:3"))\n}'), "quarkus build.gradle.kts:2"),
    ("framework", gradle('plugins {\n  id("io.micronaut.application") version "4.5"\n}'), "micronaut build.gradle.kts:2"),
    ("framework", {**gradle("dependencies {\n implementation(libs.ktor.server.core)\n}"), "gradle/libs.versions.toml": '[libraries]\nktor-server-core = { module = "io.ktor:ktor-server-core", version = "3" }'}, "ktor build.gradle.kts:2"),
    ("framework", {**gradle("plugins {\n  alias(libs.plugins.spring.boot)\n}"), "gradle/libs.versions.toml": '[plugins]\nspring-boot = "org.springframework.boot:3.5.0"'}, "spring-boot build.gradle.kts:2"),
    ("name", {**gradle(""), "settings.gradle.kts": '// x\nrootProject.name = "tides"'}, "tides settings.gradle.kts:2"),
    ("service", {"build.gradle": "dependencies {\n  runtimeOnly 'com.mysql:mysql-connector-j'\n}"}, "mysql build.gradle:2"),
    ("service", gradle('dependencies {\n  implementation "a:b:1",\n    "redis.clients:jedis:5"'), "redis build.gradle.kts:3"),
    ("service", gradle('dependencies {\n  testImplementation("org.testcontainers:postgresql:1")\n}'), None),
    ("service", {"pom.xml": POM % (DEPENDENCY % ("org.springframework.boot", "spring-boot-starter-data-redis"))}, "redis pom.xml:4"),
    ("service", {"pom.xml": POM % (DEPENDENCY % ("org.springframework.kafka", "spring-kafka"))}, "kafka pom.xml:4"),
    ("entry", {**SPRING, **APP}, "org.shop.App src/main/java/org/shop/App.java:4"),
    ("entry", {**SPRING, "src/main/kotlin/App.kt": "package org.shop\n\nfun main(args: Array<String>) {\n  runApplication<App>(*args)\n}"}, "org.shop.AppKt src/main/kotlin/App.kt:3"),
    ("entry", {**SPRING, **APP, "src/main/java/Tool.java": "class Tool { public static void main(String[] a) {} }"}, "org.shop.App src/main/java/org/shop/App.java:4"),
    ("entry", gradle('application {\n  mainClass = "org.shop.Main"\n}'), "org.shop.Main build.gradle.kts:2"),
    ("entry", {"pom.xml": "<project><properties>\n<start-class>org.shop.Start</start-class></properties></project>"}, "org.shop.Start pom.xml:2"),
    ("port", {**SPRING, **APP}, "8080 pom.xml:4"),
    ("port", SPRING, None),
    ("port", {**SPRING, f"{RESOURCES}.properties": "# server.port=1\nserver.port = 9091"}, f"9091 {RESOURCES}.properties:2"),
    ("port", {**SPRING, f"{RESOURCES}.yml": "spring:\n  mail:\n    port: 25\nserver:\n  port: 9092 # ours"}, f"9092 {RESOURCES}.yml:5"),
    ("port", {**SPRING, f"{RESOURCES}.yml": "server:\n  port: ${SHOP_PORT:${PORT:9093}}"}, f"9093 {RESOURCES}.yml:2"),
    ("port", {**SPRING, **APP, f"{RESOURCES}.yml": "spring: x\n---\nserver:\n  port: 1234"}, "8080 pom.xml:4"),
    ("port", {**JAVA, f"{RESOURCES}.yml": "micronaut:\n  server:\n    port: 9094"}, f"9094 {RESOURCES}.yml:3"),
    ("port", {**JAVA, "A.kt": "fun main() {\n  embeddedServer(Netty, port = 9095) { }\n}"}, "9095 A.kt:2"),
    ("port", {**JAVA, "A.java": "Javalin.create().start(9096);"}, "9096 A.java:1"),
    ("port", {**JAVA, "A.java": 'int p = Integer.parseInt(System.getenv().getOrDefault("PORT", "9097"));'}, "9097 A.java:1"),
    ("port", {**JAVA, f"{RESOURCES}.conf": "ktor {\n  deployment {\n    port = 9098\n    port = ${?PORT}"}, f"9098 {RESOURCES}.conf:3"),
    ("health", ACTUATOR, "/actuator/health pom.xml:4"),
    ("health", {**ACTUATOR, f"{RESOURCES}.yml": "server:\n  servlet:\n    context-path: /shop\nmanagement:\n  endpoints:\n    web:\n      base-path: /manage"}, "/shop/manage/health pom.xml:4"),
    ("health", {**ACTUATOR, f"{RESOURCES}.yml": "management:\n  server:\n    port: 9001"}, None),
    ("health", {**SPRING, "H.java": '@RestController\n@RequestMapping("/api")\npublic class H {\n  @GetMapping("/health")\n  String h() {}\n}'}, "/api/health H.java:4"),
    ("health", {**SPRING, "H.java": '@Path("/healthz")\npublic class H {\n  @GET\n  String h() {}\n}'}, "/healthz H.java:3"),
    ("health", {**JAVA, "A.kt": 'routing {\n  route("/v1") {\n    get("/ping") { }\n  }\n}'}, "/v1/ping A.kt:3"),
    ("health", {**JAVA, "A.java": 'client.get("https://x/health");'}, None),
    # Ruby.
    ("version", {**RUBY, "Gemfile": "ruby '~> 3.4'\ngem 'sinatra'"}, "3.4 Gemfile:1"),
    ("version", {**RUBY, "Gemfile.lock": "RUBY VERSION\n   ruby 3.3.5p100"}, "3.3.5 Gemfile.lock:2"),
    ("version", {**RUBY, ".ruby-version": "jruby-9.4\n3.4.1"}, "3.4.1 .ruby-version:2"),
    ("framework", {"Gemfile": "# gem 'rails'\ngem 'hanami', '~> 2.2'"}, "hanami Gemfile:2"),
    ("service", {"Gemfile": "group :test do\n  gem 'pg'\nend\ngem 'mysql2'"}, "mysql Gemfile:4"),
    ("service", {"Gemfile": "gem 'pg', group: :development\ngem 'redis', groups: [:production]"}, "redis Gemfile:2"),
    ("service", {"Gemfile": "platforms :ruby do\n  gem 'bunny'\nend"}, "rabbitmq Gemfile:2"),
    ("service", {"Gemfile": "gem 'pg', :group => :test\ngem 'dalli'"}, "memcached Gemfile:2"),
    ("entry", {**RUBY, "app.rb": "\nrequire 'sinatra'"}, "app.rb app.rb:2"),
    ("entry", {**RUBY, "config.ru": "", "app.rb": "require 'sinatra'"}, "config.ru config.ru:1"),
    ("port", RAILS, "3000 Gemfile:1"),
    ("port", {**RAILS, "config/puma.rb": 'port        ENV.fetch("PORT") { 3001 }'}, "3001 config/puma.rb:1"),
    ("port", {**RAILS, "config/puma.rb": "bind 'tcp://0.0.0.0:9292'"}, "9292 config/puma.rb:1"),
    ("port", {**RAILS, "config/puma.rb": "bind \"tcp://#{ENV.fetch('BIND', '::')}:#{ENV.fetch('PORT', 3002)}\""}, "3002 config/puma.rb:1"),
    ("port", {"Gemfile": "gem 'sinatra'", "app.rb": "require 'sinatra'\nset :port, 4568"}, "4568 app.rb:2"),
    ("port", {"Gemfile": "gem 'sinatra'", "config.ru": "run App"}, "9292 Gemfile:1"),
    ("health", {**RAILS, "config/routes.rb": "  # get 'up'\n  get 'healthz', to: 'rails/health#show'"}, "/healthz config/routes.rb:2"),
    ("health", {**RAILS, "config/routes.rb": "namespace :api do\n  get '/ping', to: 'ping#show'\nend\nget 'health' => 'h#show'"}, "/health config/routes.rb:4"),
    ("health", {**RAILS, "config/routes.rb": "namespace :api do\n  get '/ping', to: 'ping#show'\nend"}, "/api/ping config/routes.rb:2"),
    # PHP.
    ("version", PHP, "8.2 composer.json:2"),
    ("version", {**PHP, ".php-version": "8.4"}, "8.4 .php-version:1"),
    ("version", {**PHP, "Dockerfile": "FROM php:8.3-fpm-alpine"}, "8.3 Dockerfile:1"),
    ("version", {"composer.json": '{"require": {"php": "~8.1.0 || ~8.2.0"}}'}, "8.1.0 composer.json:1"),
    ("framework", {"composer.json": '{"require": {\n"symfony/framework-bundle": "7.3.*"}}'}, "symfony composer.json:2"),
    ("framework", {"composer.json": '{"require-dev": {"laravel/framework": "12"}}'}, None),
    ("service", {"composer.json": '{"require": {\n"ext-pdo_pgsql": "*"}}'}, "postgresql composer.json:2"),
    ("service", {**LARAVEL, ".env.example": "APP_ENV=x\nDB_CONNECTION=pgsql"}, "postgresql .env.example:2"),
    ("service", {**LARAVEL, ".env.example": "QUEUE_CONNECTION=redis"}, "redis .env.example:1"),
    ("service", {**LARAVEL, ".env.example": "DB_CONNECTION=sqlite\nCACHE_STORE=file"}, None),
    ("service", {**PHP, ".env.dist": 'DATABASE_URL="mysql://a:b@db/c"'}, "mysql .env.dist:1"),
    ("entry", {**PHP, "web/index.php": "", "index.php": ""}, "web/index.php web/index.php:1"),
    ("language", {"index.php": "<?php"}, "php index.php:1"),
    ("entry", {"public/index.php": "<?php", "index.html": ""}, "public/index.php public/index.php:1"),
    ("port", LARAVEL, "8000 composer.json:1"),
    ("health", {**LARAVEL, "routes/api.php": "<?php\nRoute::get('/health', H::class);"}, "/api/health routes/api.php:2"),
    ("health", {**LARAVEL, "routes/web.php": "Route::prefix('v1')->group(function () {\n    Route::get('ping', P::class);\n});"}, "/v1/ping routes/web.php:2"),
    ("health", {**PHP, "src/H.php": "#[Route('/api')]\nclass H {\n    #[Route('/health', name: 'health')]\n"}, "/api/health src/H.php:3"),
    ("health", {**PHP, "src/H.php": "class H {\n    #[Route(path: '/healthz')]\n"}, "/healthz src/H.php:2"),
    # .NET.
    ("name", WEB, "Shop Shop.csproj:1"),
    ("name", csproj("<PropertyGroup><AssemblyName>Market</AssemblyName></PropertyGroup>"), "Market src/Shop.csproj:2"),
    ("entry", csproj("<PropertyGroup><AssemblyName>Market</AssemblyName></PropertyGroup>"), "Market.dll src/Shop.csproj:1"),
    ("version", csproj("<PropertyGroup>\n<TargetFramework>net8.0</TargetFramework></PropertyGroup>"), "8.0 src/Shop.csproj:3"),
    ("version", csproj("<PropertyGroup>\n<TargetFrameworks>net8.0;net10.0</TargetFrameworks></PropertyGroup>"), "10.0 src/Shop.csproj:3"),
    ("version", {**csproj(""), "Directory.Build.props": "<Project><PropertyGroup><TargetFramework>net9.0</TargetFramework></PropertyGroup></Project>"}, "9.0 Directory.Build.props:1"),
    ("version", {**WEB, "Dockerfile": "FROM mcr.microsoft.com/dotnet/sdk:9.0 AS build\nFROM mcr.microsoft.com/dotnet/aspnet:9.0"}, "9.0 Dockerfile:2"),
    ("framework", WEB, "aspnet Shop.csproj:1"),
    ("framework", csproj("", "Microsoft.NET.Sdk.Worker"), None),
    ("entry", csproj("", "Microsoft.NET.Sdk.Worker"), "Shop.dll src/Shop.csproj:1"),
    ("entry", csproj("", "Microsoft.NET.Sdk"), None),
    ("entry", csproj("<PropertyGroup><OutputType>Exe</OutputType></PropertyGroup>", "Microsoft.NET.Sdk"), "Shop.dll src/Shop.csproj:1"),
    ("language", csproj('<ItemGroup><PackageReference Include="Microsoft.NET.Test.Sdk"/></ItemGroup>'), None),
    ("service", csproj('<ItemGroup>\n<PackageReference Include="MySqlConnector" Version="2"/></ItemGroup>'), "mysql src/Shop.csproj:3"),
    ("service", {**csproj('<ItemGroup><ProjectReference Include="..\\data\\Data.csproj"/></ItemGroup>'), "data/Data.csproj": '<Project><ItemGroup><PackageReference Include="MongoDB.Driver"/></ItemGroup></Project>'}, "mongodb data/Data.csproj:1"),
    ("port", WEB, "8080 Shop.csproj:1"),
    ("port", csproj("<PropertyGroup><TargetFramework>net6.0</TargetFramework></PropertyGroup>"), "80 src/Shop.csproj:1"),
    ("port", {**WEB, "Program.cs": 'app.Run("http://0.0.0.0:5005");'}, "5005 Program.cs:1"),
    ("port", {**WEB, "Program.cs": "options.ListenAnyIP(5006);"}, "5006 Program.cs:1"),
    ("port", {**WEB, "Program.cs": 'var p = Environment.GetEnvironmentVariable("PORT") ?? "5007";'}, "5007 Program.cs:1"),
    ("port", {**WEB, "appsettings.json": '{"Kestrel": {"Endpoints": {"Http": {\n"Url": "http://*:5008"}}}}'}, "5008 appsettings.json:2"),
    ("port", {**WEB, "appsettings.json": '{"Urls": "http://localhost:5009;https://localhost:5010"}'}, "5009 appsettings.json:1"),
    ("port", {**WEB, "Properties/launchSettings.json": '{"applicationUrl": "http://localhost:5011"}'}, "8080 Shop.csproj:1"),
    ("health", {**WEB, "Program.cs": 'app.MapGet("/ping", P);\napp.MapHealthChecks("/status");'}, "/status Program.cs:2"),
    ("health", {**WEB, "Program.cs": 'var api = app.MapGroup("/api");\napi.MapGet("/health", H);'}, "/api/health Program.cs:2"),
    ("health", {**WEB, "H.cs": '[ApiController]\n[Route("api/v1")]\npublic class H {\n  [HttpGet("health")]\n}'}, "/api/v1/health H.cs:4"),
    ("health", {**WEB, "H.cs": '[Route("healthz")]\npublic class H {\n  [HttpGet]\n}'}, "/healthz H.cs:3"),
    # Rust.
    ("version", {**RUST, "rust-toolchain": "1.85.0"}, "1.85.0 rust-toolchain:1"),
    ("version", {**RUST, "rust-toolchain.toml": '[toolchain]\nchannel = "stable"'}, None),
    ("version", {"Cargo.toml": '[package]\nname = "a"\nrust-version = "1.80"'}, "1.80 Cargo.toml:3"),
    ("framework", AXUM, "axum Cargo.toml:5"),
    ("framework", {"Cargo.toml": '[package]\nname = "a"\n[dependencies.actix-web]\nversion = "4"'}, "actix-web Cargo.toml:3"),
    ("service", {"Cargo.toml": '[package]\nname="a"\n[dependencies]\ndiesel = { version = "2", features = ["mysql"] }'}, "mysql Cargo.toml:4"),
    ("entry", {**AXUM, "src/main.rs": "mod a;\n\nfn main() {}"}, "shop src/main.rs:3"),
    ("entry", {**AXUM, "src/bin/serve.rs": "fn main() {}"}, "serve Cargo.toml:1"),
    ("entry", {**AXUM, "src/lib.rs": ""}, None),
    ("entry", {**RUST, "Cargo.toml": '[package]\nname = "a"\n\n[[bin]]\nname = "shopd"\npath = "src/x.rs"'}, "shopd Cargo.toml:4"),
    ("port", {**AXUM, "src/main.rs": 'TcpListener::bind("0.0.0.0:3001").await;'}, "3001 src/main.rs:1"),
    ("port", {**AXUM, "src/main.rs": "SocketAddr::from(([0, 0, 0, 0], 3002))"}, "3002 src/main.rs:1"),
    ("port", {**AXUM, "src/main.rs": '.bind(("127.0.0.1", 3003))?'}, "3003 src/main.rs:1"),
    ("port", {**AXUM, "src/main.rs": 'env::var("PORT").unwrap_or_else(|_| "3004".to_string())'}, "3004 src/main.rs:1"),
    ("port", {**AXUM, "src/main.rs": 'let url = "localhost:5432";'}, None),
    ("port", {"Cargo.toml": '[package]\nname="a"\n[dependencies]\nrocket="0.5"', "src/main.rs": ""}, "8000 Cargo.toml:4"),
    ("port", {"Cargo.toml": '[package]\nname="a"\n[dependencies]\nrocket="0.5"', "src/main.rs": "", "Rocket.toml": "[default]\nport = 8001"}, "8001 Rocket.toml:2"),
    ("health", {**AXUM, "src/main.rs": '#[get("/healthz")]\nasync fn h() {}'}, "/healthz src/main.rs:1"),
    ("health", {**AXUM, "src/main.rs": 'let app = Router::new()\n  .route("/health", get(h))\n  .nest("/api", api);'}, "/health src/main.rs:2"),
    ("health", {**AXUM, "src/main.rs": 'let api = Router::new().route("/health", get(h));\nlet app = Router::new().nest("/api", api);'}, None),
    # Sites.
    ("entry", {"site/index.html": "<h1>"}, "site/index.html site/index.html:1"),
    ("language", {"templates/index.html": "<h1>"}, None),
    ("framework", {"config.toml": "", "content/a.md": ""}, "hugo config.toml:1"),
    ("framework", {"config.toml": "", "a.md": ""}, None),
    ("framework", {"_config.yml": "", "Gemfile": "gem 'jekyll'"}, "jekyll Gemfile:1"),
    ("installer", {"_config.yml": "", "Gemfile": "gem 'jekyll'"}, "bundler Gemfile:1"),
    ("framework", {"package.json": '{"devDependencies": {\n"@11ty/eleventy": "3"}}'}, "eleventy package.json:2"),
    ("framework", {"package.json": '{"devDependencies": {"vite": "7"}}', "index.html": ""}, "vite package.json:1"),
    ("framework", {"package.json": '{"devDependencies": {"vite": "7"}}'}, None),
    ("framework", {"package.json": '{"dependencies": {"vite": "7", "express": "5"}}', "index.html": ""}, "express package.json:1"),
    ("language", {"package.json": '{"devDependencies": {"prettier": "3"}}', "index.html": ""}, "static index.html:1"),
    ("language", {"package.json": '{"devDependencies": {"vite": "7"}}', "index.html": "", **LARAVEL}, "php composer.json:1"),
    ("port", {"index.html": ""}, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "expected"), CASES)
def test_a_fact_is_found_where_it_stands(
    name: str, given: dict[str, str], expected: str | None
) -> None:
    assert place(facts_of(given), name) == expected


@pytest.mark.parametrize(
    ("manifest", "path", "text", "variables"),
    [
        (GO, "a.go", 'os.Getenv("A"); os.LookupEnv("B"); os.Setenv("C", ""); mustEnv("D")', "A B D"),
        (GO, "a.go", 'mustMapEnv(&server.address, "A"); environment("b")', "A"),
        (GO, "a.go", '`env:"A,required"`\n`envconfig:"B"`; viper.BindEnv("x", "C")', "A B C"),
        (GO, "a.go", '// os.Getenv("A")', ""),
        (JAVA, "A.java", 'System.getenv("A"); System.getenv().get("B"); @Value("${C:1}")', "A B C"),
        (JAVA, "A.kt", 'System.getenv()["A"]; @Value("\\${B}"); @Value("\\${app.name}")', "A B"),
        (JAVA, f"{RESOURCES}.properties", "a=${A}:${B:${C:x}}\nb=${spring.x}", "A B C"),
        (JAVA, f"{RESOURCES}.conf", "port = ${?A}", "A"),
        (RUBY, "a.rb", "ENV['A']; ENV.fetch(\"B\", 1); ENV['C'] ||= 'x'; ENV['D'] == 'x'", "A B D"),
        (RUBY, "config/a.yml", "a: <%= ENV['A'] %>\n# b: <%= ENV['B'] %>", "A"),
        (PHP, "a.php", "<?php env('A'); getenv(\"B\"); $_ENV['C']; $_SERVER['D'];", "A B C"),
        (PHP, "config/a.yaml", "a: '%env(resolve:A)%'\nb: '%env(int:B)%'", "A B"),
        (WEB, "a.cs", 'Environment.GetEnvironmentVariable("A"); Environment.SetEnvironmentVariable("B", "")', "A"),
        (WEB, "a.cs", 'Configuration["A:B"]; config.GetValue<int>("C"); c.GetConnectionString("D")', "A__B C ConnectionStrings__D"),
        (RUST, "src/a.rs", 'env::var("A"); std::env::var_os("B"); env!("C"); dotenvy::var("D")', "A B D"),
        (RUST, "src/a.rs", '#[arg(long, env = "A")]\nenv_or("B", 1)', "A B"),
    ],
)  # fmt: skip
def test_variables_are_those_that_are_read(
    manifest: dict[str, str], path: str, text: str, variables: str
) -> None:
    found = facts_of({**manifest, path: text})
    assert sorted(found.values(FactName.ENV)) == variables.split()
