CREATE TABLE link (code text PRIMARY KEY, target text NOT NULL);
