-- People who write. Text is compared by code point (COLLATE "C"), as SQLite does, so that both databases
-- sort alike. Names of constraints are PostgreSQL's own: users_pkey, users_username_key.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    username text COLLATE "C" NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1
);
