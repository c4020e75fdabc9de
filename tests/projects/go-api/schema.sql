CREATE TABLE link (
    code text PRIMARY KEY,
    target text NOT NULL,
    followed_at timestamptz NOT NULL DEFAULT now()
);
