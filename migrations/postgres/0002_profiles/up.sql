-- One for a user at most: the unique foreign key makes the relationship one-to-one, and its index serves it.
CREATE TABLE profiles (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    display_name text COLLATE "C",
    bio text COLLATE "C",
    website_url text COLLATE "C",
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1
);
