// Package links keeps short links in PostgreSQL and the ones in use in Redis.
package links

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
)

const keptFor = time.Hour

// Store is safe for use by many requests at once.
type Store struct {
	pool  *pgxpool.Pool
	cache *redis.Client
}

// Open connects to both.
func Open(ctx context.Context, databaseURL, redisAddr string) (*Store, error) {
	pool, err := pgxpool.New(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	return &Store{pool: pool, cache: redis.NewClient(&redis.Options{Addr: redisAddr})}, nil
}

// Close ends all connections.
func (s *Store) Close() {
	s.pool.Close()
	_ = s.cache.Close()
}

// Add keeps a target and says under which code.
func (s *Store) Add(ctx context.Context, target string) (string, error) {
	code := rand.Text()[:7]
	_, err := s.pool.Exec(ctx, "INSERT INTO link (code, target) VALUES ($1, $2)", code, target)
	return code, err
}

// Target looks a code up.
func (s *Store) Target(ctx context.Context, code string) (string, error) {
	if target, err := s.cache.Get(ctx, "link:"+code).Result(); err == nil {
		return target, nil
	}
	var target string
	row := s.pool.QueryRow(ctx, "UPDATE link SET followed_at = now() WHERE code = $1 RETURNING target", code)
	if err := row.Scan(&target); err != nil {
		return "", err
	}
	s.cache.Set(ctx, "link:"+code, target, keptFor)
	return target, nil
}
