CREATE TABLE blog_posts (
    id uuid PRIMARY KEY,
    title text COLLATE "C" NOT NULL,
    content text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    published_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1
);

-- A user's posts, newest first: a page of them is one short walk.
CREATE INDEX blog_posts_user_id_id_idx ON blog_posts (user_id, id);
