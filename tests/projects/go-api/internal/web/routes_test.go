package web

import (
	"net/http/httptest"
	"os"
	"testing"
)

func TestHealthAnswers(t *testing.T) {
	if os.Getenv("LINKDESK_SLOW_TESTS") == "" {
		t.Skip("needs a database")
	}
	recorder := httptest.NewRecorder()
	Routes(nil, "").ServeHTTP(recorder, httptest.NewRequest("GET", "/healthz", nil))
	if recorder.Code != 204 {
		t.Fatal(recorder.Code)
	}
}
