// Package config reads what the server has to be told.
package config

import (
	"errors"
	"os"
)

// Config is read once, at the start.
type Config struct {
	Port        string
	BaseURL     string
	DatabaseURL string
	RedisAddr   string
}

// Load reads the environment.
func Load() (Config, error) {
	cfg := Config{
		Port:        envOr("PORT", "8080"),
		BaseURL:     envOr("BASE_URL", "http://localhost:8080"),
		DatabaseURL: os.Getenv("DATABASE_URL"),
		RedisAddr:   envOr("REDIS_ADDR", "localhost:6379"),
	}
	if cfg.DatabaseURL == "" {
		return cfg, errors.New("DATABASE_URL is not set")
	}
	return cfg, nil
}

func envOr(name, fallback string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return fallback
}
