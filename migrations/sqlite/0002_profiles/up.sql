-- One for a user at most: the unique foreign key makes the relationship one-to-one, and its index serves it.
CREATE TABLE profiles (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    display_name TEXT,
    bio TEXT,
    website_url TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
