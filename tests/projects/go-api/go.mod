module github.com/fernweh/linkdesk

go 1.24.0

toolchain go1.24.4

require (
	github.com/go-chi/chi/v5 v5.2.1
	github.com/jackc/pgx/v5 v5.7.4
	github.com/redis/go-redis/v9 v9.7.3
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	golang.org/x/crypto v0.36.0 // indirect
)
