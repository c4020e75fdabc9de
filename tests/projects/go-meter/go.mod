module github.com/stromwerk/go-meter

go 1.24

require (
	github.com/go-chi/chi/v5 v5.2.3
	github.com/lib/pq v1.10.9
	github.com/prometheus/client_golang v1.23.2
)
