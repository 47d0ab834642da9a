-- All posts by what a frontend sorts them by, and a condition on such a column. Each index ends with the id, which
-- breaks ties in that direction: a page is one short walk, wherever it begins. There is none for `content`, which is
-- too long for an index, and none for `version`, by which nobody sorts.
CREATE INDEX blog_posts_published_at_id_idx ON blog_posts (published_at, id);
CREATE INDEX blog_posts_title_id_idx ON blog_posts (title, id);
CREATE INDEX blog_posts_created_at_id_idx ON blog_posts (created_at, id);
CREATE INDEX blog_posts_updated_at_id_idx ON blog_posts (updated_at, id);

-- A tag's posts, newest first, as before, and now with what the link itself holds. Without that, a page that shows it could be
-- read from the index on a post's tags, from end to end.
DROP INDEX post_tags_tag_id_post_id_idx;
CREATE INDEX post_tags_tag_id_post_id_idx ON post_tags (tag_id, post_id) INCLUDE (position, added_at);
