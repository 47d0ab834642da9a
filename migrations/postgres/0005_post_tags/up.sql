-- The join table of posts and tags. `position` is the writer's order of a post's tags.
CREATE TABLE post_tags (
    post_id uuid NOT NULL REFERENCES blog_posts (id) ON DELETE CASCADE,
    tag_id uuid NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    position integer NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (post_id, tag_id)
);

-- A post's tags in the writer's order.
CREATE INDEX post_tags_post_id_position_tag_id_idx ON post_tags (post_id, position, tag_id);
-- A tag's posts, newest first: a version 7 id begins with the time of creation.
CREATE INDEX post_tags_tag_id_post_id_idx ON post_tags (tag_id, post_id);
