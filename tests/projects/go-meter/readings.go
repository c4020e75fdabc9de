package main

import (
	"database/sql"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

var (
	taken = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: "meter",
		Name:      "readings_total",
		Help:      "Readings that were taken.",
	}, []string{"district"})
	delay = promauto.NewHistogram(prometheus.HistogramOpts{
		Namespace: "meter",
		Subsystem: "readings",
		Name:      "delay_seconds",
		Help:      "How old readings are when they come.",
		Buckets:   prometheus.ExponentialBuckets(1, 2, 12),
	})
)

func take(db *sql.DB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		taken.WithLabelValues(r.URL.Query().Get("district")).Inc()
		delay.Observe(1)
		w.WriteHeader(http.StatusCreated)
	}
}
