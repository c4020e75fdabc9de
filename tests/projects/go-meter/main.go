// Go-meter takes readings of electricity meters.
package main

import (
	"database/sql"
	"embed"
	"log"
	"net/http"
	"os"

	"github.com/go-chi/chi/v5"
	_ "github.com/lib/pq"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

//go:embed web/static
var static embed.FS

func main() {
	db, err := sql.Open("postgres", os.Getenv("METER_DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	router := chi.NewRouter()
	router.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	router.Handle("/metrics", promhttp.Handler())
	router.Handle("/web/*", http.FileServerFS(static))
	router.Post("/readings", take(db))
	log.Fatal(http.ListenAndServe(":8070", router))
}
