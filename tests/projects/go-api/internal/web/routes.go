// Package web is the HTTP side.
package web

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/fernweh/linkdesk/internal/links"
)

// Routes is the whole site.
func Routes(store *links.Store, baseURL string) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.RequestID, middleware.Recoverer)
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	r.Route("/api/v1", func(r chi.Router) {
		r.Post("/links", add(store, baseURL))
		r.Get("/ping", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("pong")) })
	})
	r.Get("/{code}", follow(store))
	return r
}

func add(store *links.Store, baseURL string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var wanted struct{ Target string }
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&wanted)
		if target, bad := url.Parse(wanted.Target); err != nil || bad != nil || target.Host == "" {
			http.Error(w, "a target with a host is needed", http.StatusUnprocessableEntity)
			return
		}
		code, err := store.Add(r.Context(), wanted.Target)
		if err != nil {
			http.Error(w, "could not be kept", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]string{"short": baseURL + "/" + code})
	}
}

func follow(store *links.Store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		target, err := store.Target(r.Context(), chi.URLParam(r, "code"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		http.Redirect(w, r, target, http.StatusFound)
	}
}
